import numpy as np
import pytest

from wordmend.comments.entry import Region
from wordmend.errors import ImageError
from wordmend.images.picture import Picture
from wordmend.restoration.difference import measure_difference


def blank(height: int = 500, width: int = 700, channels: int = 3, depth: type = np.uint8) -> Picture:
    return Picture(np.zeros((height, width, channels), depth))


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (33, 20), (301, 257)])
def test_the_mean_is_that_of_the_pixels(height: int, width: int, channels: int, depth: type) -> None:
    rng = np.random.default_rng(0)
    shape, highest = (height, width, channels), np.iinfo(depth).max
    before, after = (rng.integers(0, highest, shape, endpoint=True).astype(depth) for _ in range(2))
    wanted = np.abs(before / highest - after / highest).mean()
    assert measure_difference(Picture(before), Picture(after)).mean == pytest.approx(wanted, rel=1e-4)


def test_the_place_is_where_it_changed_most() -> None:
    changed = blank()
    changed.pixels[:, :100] = 10
    changed.pixels[400:440, 600:640] = 255
    place, mean = measure_difference(blank(), changed).largest(256)
    assert place.width == place.height == 256
    assert place.x <= 600 and place.x + 256 >= 640 and place.y <= 400 and place.y + 256 >= 440
    assert mean == pytest.approx(40 * 40 / 256**2, rel=0.05)


def test_the_place_lies_in_the_picture() -> None:
    for height, width in ((1, 1), (40, 700), (257, 255), (300, 33)):
        changed = blank(height, width)
        changed.pixels[-1, -1] = 255
        place, _ = measure_difference(blank(height, width), changed).largest(256)
        wanted = min(width, 256), min(height, 256)
        assert place == Region(width - wanted[0], height - wanted[1], *wanted)


def test_what_nobody_sees_is_no_difference() -> None:
    alpha = np.zeros((40, 50), np.uint8)
    alpha[:, 25:] = 255
    before, after = blank(40, 50), Picture(np.full((40, 50, 3), 255, np.uint8))
    found = measure_difference(Picture(before.pixels, alpha), Picture(after.pixels, alpha))
    assert found.mean == pytest.approx(0.5)


def test_pictures_of_other_sizes_are_refused() -> None:
    with pytest.raises(ImageError, match="the input has 700 x 500 pixels, the result 700 x 501"):
        measure_difference(blank(), blank(501))
