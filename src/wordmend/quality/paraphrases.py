"""What people would say of pictures, in words of their own: held-out texts to test a quality model on."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from wordmend.comments.entry import Dimension


@dataclass(frozen=True)
class Paraphrase:
    """A text about one dimension that no template made, and whether it names a defect or praises."""

    text: str
    dimension: Dimension
    defect: bool


@cache
def paraphrases() -> tuple[Paraphrase, ...]:
    """The texts of `paraphrases.csv`, as many of each dimension that blame as that praise.

    Written by hand, typos and British spelling included, before any model was tried on them. They are for
    testing alone: no training may see them, and no word goes into the lexicon because one of them has it. The
    lexicon's sayings are by the same hand, though: other people's words may be understood less well.
    """
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Paraphrase(row["text"], cast(Dimension, row["dimension"]), row["polarity"] == "defect")
            for row in csv.DictReader(file)
        )


@cache
def held_out_texts() -> frozenset[str]:
    """The texts in lower case, for a training to leave out what a saying happens to make of them."""
    return frozenset(one.text.lower() for one in paraphrases())
