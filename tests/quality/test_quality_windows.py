import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wordmend.comments.entry import Region
from wordmend.quality.windows import cover_with_windows, cut_window, region_corner

sides = st.integers(1, 40)


@settings(max_examples=60, deadline=None)
@given(height=sides, width=sides, side=st.integers(2, 24))
def test_windows_cover_every_pixel(height: int, width: int, side: int) -> None:
    image = torch.arange(height * width, dtype=torch.float32).reshape(1, 1, height, width)
    windows = cover_with_windows(image, side)
    assert windows.shape[2:] == (1, side, side)
    assert set(windows.flatten().tolist()) == set(range(height * width))
    least = -(-height // side) * -(-width // side)
    assert windows.shape[1] == least


@settings(max_examples=60, deadline=None)
@given(data=st.data(), height=sides, width=sides, side=st.integers(2, 40))
def test_the_window_holds_a_region_that_fits_it(
    data: st.DataObject, height: int, width: int, side: int
) -> None:
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    region = Region(
        x,
        y,
        data.draw(st.integers(1, min(side, width - x))),
        data.draw(st.integers(1, min(side, height - y))),
    )
    left, top = region_corner(region, height, width, side)
    assert 0 <= left <= x and x + region.width <= left + side
    assert 0 <= top <= y and y + region.height <= top + side
    assert left + min(side, width) <= width and top + min(side, height) <= height


def test_of_a_large_region_the_middle_is_seen() -> None:
    assert region_corner(Region(10, 0, 100, 20), height=200, width=200, side=50) == (35, 0)


def test_a_small_picture_is_filled_up_by_reflection() -> None:
    image = np.arange(3, dtype=np.uint8).reshape(1, 3, 1)
    window = cut_window(image, 0, 0, 5)
    assert window.shape == (5, 5, 1)
    assert (window[:, :, 0] == [0, 0, 1, 2, 2]).all()


def test_windows_pass_gradients_on() -> None:
    image = torch.rand(2, 3, 20, 33, requires_grad=True)
    cover_with_windows(image, 24).sum().backward()
    assert image.grad is not None
    assert (image.grad >= 1).all()
