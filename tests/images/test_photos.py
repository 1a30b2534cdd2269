import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wordmend.errors import PhotosError
from wordmend.images.photos import SAMPLE_PHOTOGRAPHS, find_photos
from wordmend.images.reading import read_image


def photo(path: Path, value: int = 0, size: tuple[int, int] = (40, 30)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, 0, 0)).save(path)
    return path


def test_sample_photographs_are_installed_and_most_are_in_colour() -> None:
    scan = find_photos(None, min_side=96)
    assert len(scan.photos) == len(SAMPLE_PHOTOGRAPHS)
    assert scan.rejected == []
    images = {found.name: read_image(found.path) for found in scan.photos}
    gray = {name for name, image in images.items() if np.abs(image[..., 0] - image[..., 2]).max() < 0.1}
    assert gray == {"brick.png", "camera.png", "coins.png", "grass.png", "gravel.png"}


def test_folders_are_searched_and_names_sorted(tmp_path: Path) -> None:
    photo(tmp_path / "b.JPG", 1)
    photo(tmp_path / "sub" / "deep" / "a.png", 2)
    photo(tmp_path / "A.tif", 3)
    (tmp_path / "notes.txt").write_text("no picture")
    scan = find_photos(tmp_path)
    assert [found.name for found in scan.photos] == ["A.tif", "b.JPG", "sub/deep/a.png"]
    assert len({found.sha256 for found in scan.photos}) == 3
    assert scan.rejected == []


def test_unusable_files_are_rejected_with_reasons(tmp_path: Path) -> None:
    good = photo(tmp_path / "good.png")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("hello")
    photo(tmp_path / "small.png", size=(10, 100))
    (tmp_path / "cut.png").write_bytes(good.read_bytes()[:-40])
    shutil.copy(good, tmp_path / "same.png")
    scan = find_photos(tmp_path, min_side=20)
    assert [found.name for found in scan.photos] == ["good.png"]
    reasons = {path.name: reason for path, reason in scan.rejected}
    assert set(reasons) == {"empty.jpg", "text.jpg", "small.png", "cut.png", "same.png"}
    assert "empty" in reasons["empty.jpg"]
    assert "at least 20" in reasons["small.png"]
    assert "same file as good.png" in reasons["same.png"]


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    photo(tmp_path / "a.png")
    photo(tmp_path / ".hidden.png", 1)
    photo(tmp_path / ".cache" / "b.png", 2)
    scan = find_photos(tmp_path)
    assert [found.name for found in scan.photos] == ["a.png"]
    assert scan.rejected == []


def test_links_that_leave_the_folder_are_rejected(tmp_path: Path) -> None:
    outside = photo(tmp_path / "outside" / "secret.png", 5)
    folder = tmp_path / "photos"
    photo(folder / "a.png")
    (folder / "link.png").symlink_to(outside)
    (folder / "linked").symlink_to(outside.parent)
    (folder / "loop").symlink_to(folder)
    (folder / "broken.png").symlink_to(folder / "nowhere.png")
    scan = find_photos(folder)
    assert [found.name for found in scan.photos] == ["a.png"]
    reasons = {path.name: reason for path, reason in scan.rejected}
    assert "leaves the folder" in reasons["link.png"]
    assert "no such file" in reasons["broken.png"]


def test_names_that_no_table_can_store_are_rejected(tmp_path: Path) -> None:
    good = photo(tmp_path / "a.png")
    try:
        shutil.copy(good, os.fsencode(tmp_path) + b"/\xff.png")
    except OSError:
        pytest.skip("the file system takes Unicode names only")
    shutil.copy(good, tmp_path / "new\nline.png")
    scan = find_photos(tmp_path)
    assert [found.name for found in scan.photos] == ["a.png"]
    assert all("rename" in reason for _, reason in scan.rejected)
    assert len(scan.rejected) == 2


def test_nothing_usable_says_why_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PhotosError, match=r"no usable photograph in .*: 0 files rejected; put photographs"):
        find_photos(tmp_path)
    (tmp_path / "text.jpg").write_text("hello")
    with pytest.raises(PhotosError, match=r"1 files rejected \(first: .*text\.jpg: not an image"):
        find_photos(tmp_path)


def test_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(PhotosError, match="does not exist"):
        find_photos(tmp_path / "nowhere")
    with pytest.raises(PhotosError, match="is a file"):
        find_photos(photo(tmp_path / "a.png"))
