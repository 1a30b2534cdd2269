"""Files that are complete or not there, and their hashes."""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wordmend.errors import WordmendError


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; what was written there takes its place when the block ends well.

    A reader sees the old file or the new one, never a part. On an error the temporary file is removed and
    what stood at `path` stays. Folders are made.

    Raises:
        WordmendError: the folder or the file can't be written (with the space left).
    """
    with explained_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:40]}-", suffix=path.suffix)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(0o666 & ~_umask())  # mkstemp makes files that only their owner can read
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def staged_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside `folder`; it takes its place as a whole when the block ends well.

    On an error it is removed and what stood at `folder` stays.

    Raises:
        WordmendError: the folder can't be written (with the space left).
    """
    with explained_write_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        staged.chmod(0o777 & ~_umask())
        yield staged  # errors in here may be of what is read: those who write explain their own
        with explained_write_errors(folder):
            if folder.exists():
                shutil.rmtree(folder)
            staged.replace(folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


@contextmanager
def explained_write_errors(path: Path) -> Iterator[None]:
    """Turn an `OSError` while writing `path` into a `WordmendError` that names it and the space left."""
    try:
        yield
    except OSError as error:
        raise WordmendError(
            f"{path}: can't be written: {error.strerror or error}{_space_left(path)}"
        ) from error


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's contents, in hexadecimal.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _space_left(path: Path) -> str:
    with contextlib.suppress(OSError):
        existing = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
        return f"; {shutil.disk_usage(existing).free / 1e6:,.0f} MB are free there"
    return ""


def _umask() -> int:
    # The only way to learn the umask is to set it; nothing runs between the two calls but this thread's code.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
