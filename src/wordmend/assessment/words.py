"""An assessment in plain words."""

from collections.abc import Mapping, Sequence

import numpy as np

from wordmend.assessment.assess import Assessment
from wordmend.assessment.config import TextPair
from wordmend.assessment.grid import FloatArray
from wordmend.comments.entry import Dimension, Region
from wordmend.comments.language import QualityLanguage

NOTHING_FOUND = "nothing wrong was found"
_MOST_PLACES = 2
"""Ninths that are named of a dimension: the worst."""


def words_of(
    assessment: Assessment,
    texts: Mapping[Dimension, Sequence[TextPair]],
    language: QualityLanguage,
    limit: float,
) -> str:
    """What is wrong, the worst first: "the image has noise; the image is not clear at the upper left".

    A dimension whose score is below the limit is told of the whole image; otherwise the worst ninths of the
    image are named in which the mean of the heat map is below it.

    Args:
        assessment: of a picture.
        texts: by dimension, with opposites; that of the first pair is said.
        language: knows the names of places.
        limit: in (0, 1).
    """
    said: list[tuple[float, str]] = []
    for dimension, score in assessment.scores.items():
        text = texts[dimension][0].opposite or ""
        if score < limit:
            said.append((score, text))
            continue
        ninths = [each for each in _ninths(assessment.heat_map(dimension), language) if each[0] < limit]
        if ninths:
            places = " and ".join(place for _, place in ninths[:_MOST_PLACES])
            # told after what is wrong with a whole image
            said.append((1 + ninths[0][0], f"{text} at the {places}"))
    return "; ".join(text for _, text in sorted(said)) or NOTHING_FOUND


def _ninths(heat_map: FloatArray, language: QualityLanguage) -> list[tuple[float, str]]:
    """Mean and name of each ninth of an image `(h, w)` in which something is told, the worst first."""
    found = []
    rows, columns = (np.array_split(np.arange(extent), 3) for extent in heat_map.shape)
    for row in rows:
        for column in columns:
            part = heat_map[np.ix_(row, column)]
            told = part[np.isfinite(part)]
            if told.size:
                region = Region(int(column[0]), int(row[0]), len(column), len(row))
                place = language.place(region, heat_map.shape[1], heat_map.shape[0])
                found.append((float(told.mean()), place))
    return sorted(found)
