"""What a text says about a picture, in the terms of its users."""

from dataclasses import dataclass
from typing import Literal

from wordmend.comments.entry import Dimension
from wordmend.comments.statements import Clause
from wordmend.comments.tokens import join
from wordmend.comments.vocabulary import Role

Polarity = Literal["defect", "good"]


@dataclass(frozen=True)
class Reading:
    """What a text says about a picture."""

    dimension: Dimension
    """What it is about; `other` where its clauses are about different things or no word tells."""
    polarity: Polarity | None
    """Whether it tells of a defect or that all is well; None where that isn't known, or clauses differ."""
    words: tuple[str, ...] = ()
    """The words that tell it."""
    doubt: str | None = None
    """Why the polarity is None."""


def reading_of(clause: Clause) -> Reading:
    """What one clause says."""
    words = tuple(join(clause.tokens[s.head.start : s.head.end]) for s in clause.statements)
    polarity: dict[int | None, Polarity | None] = {1: "good", -1: "defect", None: None}
    return Reading(clause.dimension, polarity[clause.sign], words, clause.doubt)


def combined(readings: list[Reading]) -> Reading:
    """What several clauses say together."""
    if len(readings) == 1:
        return readings[0]
    dimensions = {reading.dimension for reading in readings}
    polarities = {reading.polarity for reading in readings}
    doubt = next((reading.doubt for reading in readings if reading.doubt), None)
    if len(polarities) > 1 and doubt is None:
        doubt = "one part of it praises and another finds fault"
    return Reading(
        dimension=dimensions.pop() if len(dimensions) == 1 else "other",
        polarity=polarities.pop() if len(polarities) == 1 else None,
        words=tuple(word for reading in readings for word in reading.words),
        doubt=doubt,
    )


def why_not_turned(clause: Clause) -> str | None:
    """Why a clause has no opposite that a program could state; None when it may have."""
    if clause.doubt:
        return clause.doubt
    if any(one.has(Role.WISH) for one in clause.found):
        return "it is a wish, and its opposite is not what is seen"
    dimensions = dict.fromkeys(statement.dimension for statement in clause.statements)
    if len(dimensions) > 1:
        return f"it is about {' and '.join(dimensions)} at once; say each in a sentence of its own"
    return None
