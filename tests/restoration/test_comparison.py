from pathlib import Path

import numpy as np
import pytest

from wordmend.errors import ImageError
from wordmend.images.picture import Picture
from wordmend.images.picture_writing import write_pictures
from wordmend.restoration.comparison import compare_files, mean_differences


def pages(*levels: int, size: tuple[int, int, int] = (40, 60, 3)) -> list[Picture]:
    return [Picture(np.full(size, level, np.uint8)) for level in levels]


def test_the_pages_that_are_wanted_are_compared(tmp_path: Path) -> None:
    write_pictures(tmp_path / "in.tif", pages(0, 0, 0, 0))
    write_pictures(tmp_path / "out.tif", pages(51, 0, 102, 255))
    files = tmp_path / "in.tif", tmp_path / "out.tif"
    assert mean_differences(*files) == pytest.approx([0.2, 0, 0.4, 1], abs=1e-5)
    found = list(compare_files(*files, {2, 0}))
    assert [(each.page, each.bits, each.kind) for each in found] == [(0, 8, "colour"), (2, 8, "colour")]
    assert [each.place_mean for each in found] == pytest.approx([0.2, 0.4], abs=1e-5)
    assert found[0].whole.before == found[1].whole.before != found[0].whole.after
    assert list(compare_files(*files, set())) == []


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    write_pictures(tmp_path / "two.tif", pages(0, 1))
    write_pictures(tmp_path / "one.tif", pages(0))
    write_pictures(tmp_path / "other.tif", pages(0, size=(40, 61, 3)))
    with pytest.raises(ImageError, match="the input has 2 pictures, the result 1"):
        mean_differences(tmp_path / "two.tif", tmp_path / "one.tif")
    with pytest.raises(ImageError, match="61 x 40"):
        list(compare_files(tmp_path / "one.tif", tmp_path / "other.tif", {0}))
    with pytest.raises(ImageError, match="no such file"):
        compare_files(tmp_path / "one.tif", tmp_path / "none.tif", {0})
