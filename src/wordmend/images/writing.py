"""Images into 8-bit PNG files that are either whole or not there."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from wordmend.errors import ImageError, WordmendError
from wordmend.images.channels import ByteImage, FloatImage, to_bytes


def write_image(path: Path, image: FloatImage) -> None:
    """Write an image (H, W, 3 or 1) in [0, 1] as 8-bit PNG, rounded as `round(x * 255)`; folders are made.

    Raises:
        ImageError: the name doesn't end in .png, or the image has another shape or values that aren't finite.
        WordmendError: the file can't be written.
    """
    if path.suffix.lower() != ".png":
        raise ImageError(f"{path}: images are written as PNG; give it a name that ends in .png")
    if image.ndim != 3 or image.shape[2] not in (1, 3) or image.size == 0:
        raise ImageError(f"{path}: an image to write has shape (H, W, 1 or 3), not {image.shape}")
    if not np.isfinite(image).all():
        raise ImageError(f"{path}: the image to write has values that are not numbers (NaN or infinite)")
    write_atomically(path, encode_png(to_bytes(image)))


def encode_png(pixels: ByteImage) -> bytes:
    """PNG file of 8-bit pixels (H, W), (H, W, 1) or (H, W, 3) RGB."""
    ordered = (
        pixels[..., ::-1] if pixels.ndim == 3 else pixels
    )  # OpenCV takes BGR; one channel stays as it is
    encoded, data = cv2.imencode(".png", np.ascontiguousarray(ordered))
    assert encoded, f"PNG encoder refused {pixels.shape} {pixels.dtype}"
    return bytes(data)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file through a temporary one beside it: a reader sees the old one or the new one, never a part.

    Raises:
        WordmendError: the folder or the file can't be written (with the space left).
    """
    with explained_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(temporary).chmod(0o666 & ~_umask())  # mkstemp makes files that only their owner can read
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


@contextmanager
def explained_write_errors(path: Path) -> Iterator[None]:
    """Turn an `OSError` while writing `path` into a `WordmendError` that names it and the space left."""
    try:
        yield
    except OSError as error:
        raise WordmendError(
            f"{path}: can't be written: {error.strerror or error}{_space_left(path)}"
        ) from error


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
