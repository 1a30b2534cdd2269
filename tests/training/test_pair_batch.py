import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordmend.comments.entry import Region
from wordmend.training.pair_batch import Orientation


@given(
    turns=st.integers(0, 3),
    flip=st.booleans(),
    x=st.integers(0, 5),
    y=st.integers(0, 3),
    width=st.integers(1, 3),
    height=st.integers(1, 3),
)
def test_a_region_turns_with_its_image(turns: int, flip: bool, x: int, y: int, width: int, height: int):
    image = np.zeros((6, 8, 1), dtype=np.float32)
    image[y : y + height, x : x + width] = 1
    orientation = Orientation(turns, flip)
    region = orientation.of_region(Region(x, y, width, height), height=6, width=8)
    expected = np.zeros_like(orientation.of_image(image))
    expected[region.y : region.y + region.height, region.x : region.x + region.width] = 1
    assert np.array_equal(orientation.of_image(image), expected)


@given(turns=st.integers(0, 3), flip=st.booleans())
def test_turning_can_be_undone(turns: int, flip: bool):
    image = np.arange(12, dtype=np.float32).reshape(4, 3, 1)
    orientation = Orientation(turns, flip)
    assert np.array_equal(orientation.undone(orientation.of_image(image)), image)
