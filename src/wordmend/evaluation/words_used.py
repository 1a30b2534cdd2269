"""What guided stage 2, summed up from its visits."""

from typing import Any

import pandas as pd

from wordmend.comments.entry import DIMENSIONS, SOURCES

_SHOWN = 20


def sum_up_words(visits: pd.DataFrame) -> dict[str, Any]:
    """Sum up the visits of stage 2 for the report.

    Args:
        visits: the table that stage 2 gives, one row a text that guided an image in a step.

    Returns:
        `images` (how many, over all steps, by what guided them: said, preset, asked, waiting, none), `texts`
        (source, times, pairs), `persons` (the texts of people that guided most: text, times, pairs) and
        `asked`, `heard`: pairs that people were asked about, and those of them that their words guided.
    """
    images = visits.drop_duplicates(["step", "place"])
    texts = visits.dropna(subset=["text"])
    persons = texts[texts["source"] == "person"]
    asked = set(images[images["words"] == "asked"]["pair_id"])
    return {
        "images": {str(words): int(count) for words, count in images["words"].value_counts().items()},
        "texts": [
            {"source": source, **_counts(rows)}
            for source in SOURCES
            if not (rows := texts[texts["source"] == source]).empty
        ],
        "persons": [
            {"text": str(text), **_counts(persons[persons["text"] == text])}
            for text in persons["text"].value_counts().index[:_SHOWN]
        ],
        "asked": len(asked),
        "heard": len(asked & set(persons["pair_id"])),
    }


def sum_up_dimensions(visits: pd.DataFrame, shown: int = 5) -> dict[str, dict[str, Any]]:
    """What guided stage 2 by dimension, for those that anything guided.

    Args:
        visits: as for `sum_up_words`.
        shown: at most so many texts.

    Returns:
        By dimension: `visits` (images of steps that were guided on it), `pairs` (how many these were of) and
        `texts`, the most frequent first (text, times).
    """
    texts = visits.dropna(subset=["text"])
    return {
        dimension: {
            "visits": len(rows.drop_duplicates(["step", "place"])),
            "pairs": int(rows["pair_id"].nunique()),
            "texts": [(str(t), int(times)) for t, times in rows["text"].value_counts().head(shown).items()],
        }
        for dimension in DIMENSIONS
        if not (rows := texts[texts["dimension"] == dimension]).empty
    }


def _counts(rows: pd.DataFrame) -> dict[str, int]:
    return {"times": len(rows), "pairs": int(rows["pair_id"].nunique())}
