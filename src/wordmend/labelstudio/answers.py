"""The parts of an annotation, as Label Studio gives them, checked at the door."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from wordmend.comments.entry import DIMENSIONS, Dimension, Region
from wordmend.labelstudio.labelling_config import REGION, REGION_WORDS

Percent = Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]
Pixels = Annotated[int, Field(gt=0, le=1_000_000)]
Texts = Annotated[list[str], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Value(_Read):
    """What was drawn, chosen or typed; places are in percent of the picture."""

    x: Percent | None = None
    y: Percent | None = None
    width: Percent | None = None
    height: Percent | None = None
    rectanglelabels: list[str] = []
    choices: list[str] = []
    text: Texts = []


class Part(_Read):
    """One part: parts of one region have one id."""

    id: str = ""
    from_name: str
    """The control on the page."""
    value: Value
    item_index: Annotated[int, Field(ge=0)] | None = None
    """The page of the picture that it was drawn on, from 0."""
    original_width: Pixels | None = None
    original_height: Pixels | None = None
    origin: str | None = None

    @property
    def left_as_suggested(self) -> bool:
        """Whether it is a suggestion that the person did not touch."""
        return self.origin == "prediction"


@dataclass(frozen=True)
class Area:
    """A rectangle on the page: where, about what, in which words."""

    region: Region
    dimension: Dimension
    words: tuple[str, ...]


def parts_of(result: Iterable[Any]) -> Iterator[Part | str]:
    """The parts; for what is none, why."""
    for raw in result:
        try:
            yield Part.model_validate(raw)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(name) for name in first["loc"])
            yield f"a part of the annotation can't be read ({place or 'the whole of it'}: {first['msg']})"


def areas_of(parts: Iterable[Part]) -> Iterator[Area | str]:
    """The rectangles on the picture itself, without untouched suggestions; for what makes up none, why."""
    by_id: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        if part.from_name in (REGION, REGION_WORDS):
            by_id[part.id].append(part)
    for group in by_id.values():
        if not all(part.left_as_suggested for part in group):
            yield area_of(group)


def area_of(group: list[Part]) -> Area | str:
    """The rectangle that the parts of one id make up, or why there is none."""
    boxes = [part for part in group if part.from_name == REGION]
    if not boxes:
        return "words for a region without a rectangle"
    box = boxes[0]
    if box.item_index:
        return f"a region on page {box.item_index + 1}: only those on the first, the picture itself, are read"
    label = (box.value.rectanglelabels or ["other"])[0]
    if label not in DIMENSIONS:
        return f"a region with the unknown label {label[:40]!r}"
    region = _pixels(box)
    if region is None:
        return "a region outside of the picture, or without a place"
    return Area(region, label, texts_of(group, REGION_WORDS))


def choices_of(parts: Iterable[Part], control: str) -> list[str]:
    """What was chosen at a control."""
    return [choice for part in parts if part.from_name == control for choice in part.value.choices]


def texts_of(parts: Iterable[Part], control: str) -> tuple[str, ...]:
    """What was typed at a control."""
    return tuple(
        text for part in parts if part.from_name == control for text in part.value.text if text.strip()
    )


def _pixels(box: Part) -> Region | None:
    """A rectangle in percent as whole pixels, cut off at the borders; None where nothing is left."""
    value, width, height = box.value, box.original_width, box.original_height
    if value.x is None or value.y is None or value.width is None or value.height is None:
        return None
    if width is None or height is None:
        return None
    left, right = (min(width, max(0, round(width * e / 100))) for e in (value.x, value.x + value.width))
    top, bottom = (min(height, max(0, round(height * e / 100))) for e in (value.y, value.y + value.height))
    if right <= left or bottom <= top:
        return None
    return Region(left, top, right - left, bottom - top)
