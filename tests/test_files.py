import errno
from pathlib import Path

import pytest

from wordmend.errors import WordmendError
from wordmend.files import atomic_path, staged_folder


def test_files_and_folders_have_the_usual_permissions(tmp_path: Path):
    (tmp_path / "usual").touch()
    (tmp_path / "usual folder").mkdir()
    with atomic_path(tmp_path / "ours") as path:
        path.write_text("x")
    with staged_folder(tmp_path / "our folder") as folder:
        (folder / "file").touch()
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode
    assert (tmp_path / "our folder").stat().st_mode == (tmp_path / "usual folder").stat().st_mode


def test_an_error_leaves_what_was_there(tmp_path: Path):
    (tmp_path / "file").write_text("old")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ZeroDivisionError), atomic_path(tmp_path / "file") as path:
        path.write_text("new")
        raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError), staged_folder(tmp_path / "folder") as folder:
        (folder / "new").touch()
        raise ZeroDivisionError
    assert (tmp_path / "file").read_text() == "old"
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["file", "folder"]


def test_a_full_disk_is_explained(tmp_path: Path):
    said = r"table: can't be written: No space left.*MB are free there"
    with pytest.raises(WordmendError, match=said), atomic_path(tmp_path / "table"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert not list(tmp_path.iterdir())
