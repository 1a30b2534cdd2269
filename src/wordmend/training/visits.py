"""What stage 2 was trained on, step by step, to be looked up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from wordmend.comments.entry import SOURCES
from wordmend.comments.target_table import TARGET_TYPES, target_row
from wordmend.comments.words import TargetText

Words = Literal["said", "preset", "asked", "waiting", "none"]
"""What guided an image: what was said of it, the preset, or nothing: as people were asked about it in this
step, were being waited for, or as there is no preset."""

VISIT_TYPES = {
    "step": "Int64",
    "place": "Int64",
    "pair_id": "string",
    "draw": "Int64",
    "words": "string",
    "similarity": "Float64",
    **{name: kind for name, kind in TARGET_TYPES.items() if name != "pair_id"},
}
"""Columns of the table: one row a text that guided an image in a step, or one row an image without any."""

_NO_TEXT = (None,) * (len(TARGET_TYPES) - 1)


@dataclass(frozen=True)
class Visit:
    """One image of one step."""

    pair_id: str
    draw: int
    """Where flips, turns and crops came from."""
    words: Words
    similarity: float | None
    """SSIM with the picture that was commented on last, None where none was or nothing was compared."""
    texts: tuple[TargetText, ...]
    """Those that guided."""


def texts_by_source(visits: Sequence[Visit]) -> dict[str, float]:
    """How many texts of a person, measured and preset an image had, as terms to log: means over images."""
    sources = [target.source for visit in visits for target in visit.texts]
    return {f"texts_{source}": sources.count(source) / len(visits) for source in SOURCES}


Row = tuple[str | int | float | None, ...]


def rows_of(step: int, places: Sequence[int], visits: Sequence[Visit]) -> list[Row]:
    """The rows of some images of a step, with their places in its batch."""
    return [
        (step, place, visit.pair_id, visit.draw, visit.words, visit.similarity, *text)
        for place, visit in zip(places, visits, strict=True)
        for text in ([target_row(target) for target in visit.texts] or [_NO_TEXT])
    ]


def rows_to_table(rows: Sequence[Row]) -> pd.DataFrame:
    """The visits of all steps, with the columns and types of `VISIT_TYPES`."""
    return pd.DataFrame(list(rows), columns=list(VISIT_TYPES)).astype(VISIT_TYPES)
