"""An entry: what somebody said about one dimension of one image, or of a region of it."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from wordmend.comments.text import clean_text
from wordmend.config import nearest_name
from wordmend.errors import ParameterError

Dimension = Literal["sharpness", "noise", "scratches", "missing_parts", "other"]
Kind = Literal["lq", "gt", "restored", "new"]
Source = Literal["person", "measured", "preset"]

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
KINDS: tuple[Kind, ...] = get_args(Kind)
SOURCES: tuple[Source, ...] = get_args(Source)


@dataclass(frozen=True, order=True)
class Region:
    """A rectangle of an image, in whole pixels; (0, 0) is the upper left corner.

    Raises:
        ParameterError: when it is empty, begins outside of the image or isn't in whole pixels.
    """

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        for name, least in (("x", 0), ("y", 0), ("width", 1), ("height", 1)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ParameterError(f"region {name} is {value!r}; give whole pixels, {least} or more")


@dataclass(frozen=True)
class Entry:
    """One row of the comments table.

    Raises:
        LanguageError: when a text is empty or too long.
        ParameterError: when a field has a value that it doesn't take, or two fields contradict each other.
    """

    comment_id: str
    """Stable and unique; `comment_id_of` makes one."""
    sample_id: str
    """The quality sample (an image) that is spoken about."""
    pair_id: str | None
    """The pair that the image belongs to; None for new images."""
    kind: Kind
    """What the image is."""
    text: str
    """The words, cleaned: NFC, one line, at most 500 characters."""
    opposite: str | None
    """The same words with the meaning turned round; None where nobody could turn them."""
    dimension: Dimension
    """What the words are about."""
    region: Region | None
    """Where, in pixels of the image; None is the whole image."""
    conforms: int
    """1 when the words describe the image as it is, 0 when they describe the opposite."""
    source: Source
    """Who said it."""
    annotator: str | None = None
    """Name of the person; None unless `source` is person."""
    created_at: datetime | None = None
    """When it was said, in UTC; None where nobody knows."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", clean_text(self.text))
        if self.opposite is not None:
            object.__setattr__(self, "opposite", clean_text(self.opposite, "opposite"))
        self._refuse_unknown_names()
        self._refuse_contradictions()
        if self.created_at is not None:
            object.__setattr__(self, "created_at", self.created_at.astimezone(UTC))

    def _refuse_unknown_names(self) -> None:
        named: tuple[tuple[str, str, tuple[str, ...]], ...] = (
            ("dimension", self.dimension, DIMENSIONS),
            ("kind", self.kind, KINDS),
            ("source", self.source, SOURCES),
        )
        for name, value, known in named:
            if value not in known:
                hint = nearest_name(str(value), list(known))
                raise ParameterError(f"comment {self.comment_id!r}: {name} is {value!r}{hint}")
        if isinstance(self.conforms, bool) or self.conforms not in (0, 1):
            raise ParameterError(f"comment {self.comment_id!r}: conforms is {self.conforms!r}; give 1 or 0")

    def _refuse_contradictions(self) -> None:
        if not self.comment_id or not self.sample_id:
            raise ParameterError(
                f"comment {self.comment_id!r} of sample {self.sample_id!r}: both identifiers need at least"
                " one character"
            )
        if self.pair_id is None and self.kind != "new":
            raise ParameterError(
                f"comment {self.comment_id!r}: pair_id is None, but a {self.kind} image belongs to a pair;"
                " give it"
            )
        if self.annotator is not None and self.source != "person":
            raise ParameterError(
                f"comment {self.comment_id!r}: source {self.source} has no annotator, but"
                f" {self.annotator!r} is given; leave it out or set the source to person"
            )
        if self.created_at is not None and self.created_at.tzinfo is None:
            raise ParameterError(
                f"comment {self.comment_id!r}: created_at {self.created_at} has no time zone; give it in UTC"
            )


def comment_id_of(
    sample_id: str,
    text: str,
    dimension: str,
    region: Region | None,
    source: str,
    *,
    annotator: str | None = None,
) -> str:
    """16 hexadecimal digits that are the same whenever the same is said about the same thing."""
    place = "" if region is None else f"{region.x},{region.y},{region.width},{region.height}"
    parts = (sample_id, clean_text(text), dimension, place, source, annotator or "")
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]
