"""Windows over a picture, and the map that they make."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wordmend.assessment.grid import window_grid


@settings(max_examples=100, deadline=None)
@given(
    height=st.integers(1, 300),
    width=st.integers(1, 300),
    overlap=st.floats(0, 0.9),
    most=st.integers(1, 400),
)
def test_windows_lie_inside_and_are_no_more_than_wanted(height: int, width: int, overlap: float, most: int):
    grid = window_grid(height, width, 32, overlap, most)
    assert len(grid.corners) == grid.shape[0] * grid.shape[1] <= most
    for starts, extent in ((grid.tops, height), (grid.lefts, width)):
        assert min(starts) >= 0
        assert max(starts) <= max(0, extent - 32)
        assert list(starts) == sorted(set(starts))


@settings(max_examples=100, deadline=None)
@given(height=st.integers(1, 300), width=st.integers(1, 300), overlap=st.floats(0, 0.9))
def test_without_a_limit_they_cover_every_pixel_and_overlap(height: int, width: int, overlap: float):
    grid = window_grid(height, width, 32, overlap, 100_000)
    for starts, extent in ((grid.tops, height), (grid.lefts, width)):
        assert starts[0] == 0
        assert starts[-1] == max(0, extent - 32)
        assert all(later - earlier <= 32 * (1 - overlap) + 1 for earlier, later in pairwise(starts))


def test_a_limit_keeps_the_proportions():
    grid = window_grid(3000, 4000, 64, 0.5, 1000)
    assert grid.shape == (27, 36) or 0.6 < grid.shape[0] / grid.shape[1] < 0.9
    assert 900 <= len(grid.corners) <= 1000


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 300), width=st.integers(1, 300), most=st.integers(1, 200), seed=st.integers(0, 9)
)
def test_a_map_is_between_the_windows_and_nowhere_empty(height: int, width: int, most: int, seed: int):
    grid = window_grid(height, width, 32, 0.5, most)
    values = np.random.default_rng(seed).random(grid.shape).astype(np.float32)
    found = grid.blended(values)
    assert max(found.shape) <= 96
    assert found.min() >= values.min() - 1e-5
    assert found.max() <= values.max() + 1e-5


def test_a_map_is_low_where_the_windows_are():
    grid = window_grid(320, 640, 64, 0.5, 1000)
    values = np.ones(grid.shape, np.float32)
    values[:, -1] = 0
    found = grid.blended(values)
    assert found.shape == (20, 40)
    assert found[:, :34].min() == pytest.approx(1)
    assert found[:, -1].max() == pytest.approx(0)
    assert (np.diff(found[0]) <= 1e-6).all()


def test_windows_that_tell_nothing_leave_holes():
    grid = window_grid(320, 640, 64, 0.5, 1000)
    values = np.full(grid.shape, 0.25, np.float32)
    values[:, :10] = np.nan
    found = grid.blended(values)
    assert np.isnan(found[:, :18]).all()
    assert np.allclose(found[:, 22:], 0.25)


@settings(max_examples=50, deadline=None)
@given(height=st.integers(1, 200), width=st.integers(1, 200), overlap=st.floats(0, 0.8))
@example(height=171, width=172, overlap=0.5)  # just half a cell, in single precision a little more
def test_maps_of_windows_make_up_one_of_the_picture(height: int, width: int, overlap: float):
    grid = window_grid(height, width, 32, overlap, 100_000)
    middles = np.arange(4) * 8 + 4  # cells of 8 px, whose values are how far down and right they are
    values = np.stack([np.add.outer(y + middles, x + middles) for x, y in grid.corners]).astype(np.float32)
    found = grid.assembled(values.reshape(*grid.shape, 4, 4))
    assert found.shape == tuple(max(1, int(extent / 8 + 0.5)) for extent in (height, width))
    wanted = np.add.outer(np.arange(found.shape[0]) * 8 + 4, np.arange(found.shape[1]) * 8 + 4)
    assert np.abs(found - wanted).max() <= 8 + 1e-3  # half a cell down and half a cell right


def test_between_windows_with_gaps_nothing_is_told_of_places():
    grid = window_grid(400, 400, 32, 0.5, 4)
    found = grid.assembled(np.ones((2, 2, 4, 4), np.float32))
    assert np.isnan(found).mean() > 0.9
    assert set(found[np.isfinite(found)]) == {1}
