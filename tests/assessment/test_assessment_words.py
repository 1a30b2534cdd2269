"""Assessments in words."""

import numpy as np
import pytest

from wordmend.assessment.assess import Assessment
from wordmend.assessment.config import DEFAULT_TEXTS
from wordmend.assessment.grid import window_grid
from wordmend.assessment.words import NOTHING_FOUND, words_of
from wordmend.comments.language import QualityLanguage

GRID = window_grid(352, 352, 32, 0.0, 1000)


def assessment(**changes: np.ndarray | float) -> Assessment:
    windows = {name: np.ones(GRID.shape, np.float32) for name in DEFAULT_TEXTS}
    for name, values in changes.items():
        windows[name] = np.broadcast_to(np.float32(values), GRID.shape)  # type: ignore[index]
    return Assessment(GRID, windows)


def corner(rows: slice, columns: slice) -> np.ndarray:
    values = np.ones(GRID.shape, np.float32)
    values[rows, columns] = 0
    return values


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (assessment(), NOTHING_FOUND),
        (assessment(noise=0.4), "the image has noise"),
        (
            assessment(noise=0.4, sharpness=0.1),
            "the image is not clear; the image has noise",
        ),
        (
            assessment(scratches=corner(slice(0, 4), slice(0, 4)), noise=0.4),
            "the image has noise; there are scratches on the image at the upper left",
        ),
        (
            assessment(missing_parts=corner(slice(7, 11), slice(3, 11))),
            "parts of the image are missing at the lower middle and lower right",
        ),
        (assessment(sharpness=np.nan), NOTHING_FOUND),
    ],
)
def test_the_whole_image_is_named_or_its_worst_places(
    found: Assessment, words: str, language: QualityLanguage
):
    assert words_of(found, DEFAULT_TEXTS, language, 0.5) == words
