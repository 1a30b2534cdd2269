"""Quality samples as tasks of Label Studio."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from wordmend.comments.entry import Entry, Region
from wordmend.files import sha256_of
from wordmend.labelstudio.labelling_config import PICTURE, REGION, REGION_WORDS

SUGGESTED_BY = "measured"
"""What suggestions are marked as."""

_HEADINGS = {
    "restored": "Restored (turn pages for input and original)",
    "lq": "The same, to draw on",
    "new": "The same, to draw on",
}


@dataclass(frozen=True)
class Question:
    """One sample that is to be asked about; paths are files of 8-bit pictures of one size."""

    sample_id: str
    pair_id: str | None
    kind: str
    picture: Path
    lq: Path | None
    gt: Path | None
    width: int
    height: int
    suggestions: tuple[Entry, ...]
    """Comments that are shown as suggestions."""

    @cached_property
    def image_sha256(self) -> str:
        """Of the file of the picture."""
        return sha256_of(self.picture)


def task_of(question: Question, address: Callable[[Path], str]) -> dict[str, Any]:
    """The task as it is imported; `address` says under which one the server shows a file."""
    pages = [question.picture]
    if question.kind == "restored" and question.lq is not None:
        pages.append(question.lq)
    if question.gt is not None:
        pages.append(question.gt)
    addresses = [address(page) for page in pages]
    return {
        "data": {
            "sample_id": question.sample_id,
            "pair_id": question.pair_id,
            "kind": question.kind,
            "image_sha256": question.image_sha256,
            "heading": _HEADINGS[question.kind],
            "input": addresses[1] if question.kind == "restored" and len(addresses) > 1 else addresses[0],
            "pages": addresses,
        },
        "predictions": _predictions(question),
    }


def _predictions(question: Question) -> list[dict[str, Any]]:
    """Regions with a defect; nothing about the whole picture, as a person sees that quicker than reads it."""
    results = list(_suggested(question.suggestions, question.width, question.height))
    return [{"model_version": SUGGESTED_BY, "result": results}] if results else []


def _suggested(entries: Iterable[Entry], width: int, height: int) -> Iterable[dict[str, Any]]:
    for entry in entries:
        words = entry.text if entry.conforms else entry.opposite
        if entry.region is None or words is None:
            continue
        place = _percent(entry.region, width, height)
        common = {
            "id": entry.comment_id,
            "to_name": PICTURE,
            "original_width": width,
            "original_height": height,
            "image_rotation": 0,
            "item_index": 0,
        }
        yield common | {
            "from_name": REGION,
            "type": "rectanglelabels",
            "value": place | {"rectanglelabels": [entry.dimension]},
        }
        yield common | {"from_name": REGION_WORDS, "type": "textarea", "value": place | {"text": [words]}}


def _percent(region: Region, width: int, height: int) -> dict[str, float]:
    return {
        "x": 100 * region.x / width,
        "y": 100 * region.y / height,
        "width": 100 * region.width / width,
        "height": 100 * region.height / height,
        "rotation": 0,
    }
