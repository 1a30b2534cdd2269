"""Side-by-side judgement: people choose the best of several restorers' pictures, not knowing whose it is."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wordmend.errors import TableError
from wordmend.files import atomic_path
from wordmend.labelstudio.annotations import AnnotatedTask
from wordmend.labelstudio.answers import Part, choices_of, parts_of
from wordmend.labelstudio.board import CHUNK, Board
from wordmend.labelstudio.config import AnnotationExportConfig
from wordmend.labelstudio.connection import LabelStudioServer
from wordmend.labelstudio.tasks import sha256_of
from wordmend.seeds import seed_for

TITLE_SUFFIX = " judgement"
"""The project of judgements is called as that of comments, with this behind it."""

_BEST = "best"
_NONE = "no_difference"
_LETTERS = "abc"
_STYLE = """
.wm-row { display: flex; gap: 16px; align-items: flex-start; flex-wrap: wrap }
.wm-picture { flex: 1 1 240px; min-width: 0; padding-bottom: 64px }
.wm-picture .lsf-pagination { visibility: hidden }
.wm-picture .lsf-object { padding-right: 48px }
.wm-picture .lsf-toolbar { position: absolute; right: 0 }
"""


class Order(BaseModel):
    """Whose pictures a task shows, in the order in which it shows them; the server never learns it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pair_id: str
    arms: tuple[str, ...] = Field(min_length=2, max_length=len(_LETTERS))
    weights: dict[str, str]
    """SHA-256 of each arm's weights: a judgement is about these, not about those of a later training."""


@dataclass(frozen=True)
class Candidate:
    """A held-out pair with one picture an arm."""

    pair_id: str
    lq: Path
    pictures: Mapping[str, Path]


def judging_config() -> str:
    """The page: the input and three pictures, digits choose the best."""
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Style").text = _STYLE
    row = ElementTree.SubElement(view, "View", className="wm-row")
    for name, heading in (("input", "Input"), *((letter, letter.upper()) for letter in _LETTERS)):
        column = ElementTree.SubElement(row, "View", className="wm-picture")
        ElementTree.SubElement(column, "Header", value=heading, size="5")
        # a list of one picture: Label Studio takes uploads only for pages without several single ones
        options = {"valueList": f"${name}", "zoom": "true", "zoomControl": "true", "smoothing": "false"}
        options["name"] = name
        ElementTree.SubElement(column, "Image", options)
    ElementTree.SubElement(view, "Header", value="Which one is restored best?", size="5")
    best = ElementTree.SubElement(
        view,
        "Choices",
        name=_BEST,
        toName=_LETTERS[0],
        choice="single-radio",
        showInline="true",
        required="true",
    )
    for key, letter in enumerate(_LETTERS, start=1):
        ElementTree.SubElement(best, "Choice", value=letter.upper(), alias=letter, hotkey=str(key))
    ElementTree.SubElement(best, "Choice", value="No difference", alias=_NONE, hotkey="0")
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode")


def put_up_judgements(
    server: LabelStudioServer,
    candidates: Sequence[Candidate],
    weights: Mapping[str, str],
    annotations_folder: Path,
    config: AnnotationExportConfig,
    seed: int,
) -> dict[str, Any]:
    """Put up a task for each candidate that wasn't asked about, unless all its pictures are the same.

    Args:
        server: where.
        candidates: with one picture for each of three arms.
        weights: SHA-256 of each arm's weights.
        annotations_folder: keeps `orders.json`, which tells whose picture is whose.
        config: project, how pictures travel, number of people.
        seed: where the orders come from.
    """
    board = Board.open(server, config.project + TITLE_SUFFIX, judging_config(), annotations_folder, config)
    asked, waiting = board.there()
    known = read_orders(annotations_folder)
    tasks = []
    for candidate in candidates:
        rng = np.random.default_rng(seed_for(seed, f"order of {candidate.pair_id}"))
        arms = tuple(str(arm) for arm in rng.permutation(sorted(candidate.pictures)))
        hashes = [sha256_of(candidate.pictures[arm]) for arm in arms]
        name, key = f"{candidate.pair_id}.judgement", hashlib.sha256("".join(hashes).encode()).hexdigest()
        if (name, key) in asked or len(set(hashes)) == 1:
            continue
        known[key] = Order(pair_id=candidate.pair_id, arms=arms, weights=dict(weights))
        tasks.append((candidate, arms, name, key))
    _write_orders(annotations_folder, known)  # before anybody can answer

    def task_of(candidate: Candidate, arms: tuple[str, ...], name: str, key: str) -> dict[str, Any]:
        shown = {
            letter: [board.address(candidate.pictures[arm])]
            for letter, arm in zip(_LETTERS, arms, strict=True)
        }
        identity = {"sample_id": name, "pair_id": candidate.pair_id, "kind": "restored", "image_sha256": key}
        return {"data": identity | {"input": [board.address(candidate.lq)]} | shown}

    chunks = [tasks[start : start + CHUNK] for start in range(0, len(tasks), CHUNK)]
    board.put_up(([task_of(*task) for task in chunk] for chunk in chunks), len(chunks))
    return {
        "url": board.url,
        "project_id": board.project_id,
        "put_up": [candidate.pair_id for candidate, *_ in tasks],
        "waiting": waiting + len(tasks),
    }


def judgements_of(
    tasks: Sequence[AnnotatedTask], orders: Mapping[str, Order], weights: Mapping[str, str]
) -> pd.DataFrame:
    """What people found, of the weights that there are now.

    Returns:
        Columns `pair_id, annotator, best`, one row a judgement; `best` is an arm, None for no difference.
    """
    rows = []
    for task in tasks:
        order = orders.get(task.image_sha256)
        if order is None or order.weights != dict(weights):
            continue
        for annotation in task.annotations:
            parts = [part for part in parts_of(annotation.result) if isinstance(part, Part)]
            chosen = choices_of(parts, _BEST)
            if annotation.skipped or not chosen or chosen[0] not in (*_LETTERS[: len(order.arms)], _NONE):
                continue
            best = None if chosen[0] == _NONE else order.arms[_LETTERS.index(chosen[0])]
            rows.append((task.pair_id, annotation.annotator, best))
    return pd.DataFrame(rows, columns=["pair_id", "annotator", "best"])


def read_orders(annotations_folder: Path) -> dict[str, Order]:
    """Whose pictures the tasks show, by `image_sha256`; none where nothing was put up.

    Raises:
        TableError: the file is damaged.
    """
    path = annotations_folder / "orders.json"
    if not path.is_file():
        return {}
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return {str(key): Order.model_validate(order) for key, order in raw.items()}
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError, ValidationError) as error:
        raise TableError(
            f"{path}: not the orders of judgements ({' '.join(str(error).split())[:200]}); restore it, or "
            "delete it and lose the judgements made so far"
        ) from error


def _write_orders(annotations_folder: Path, orders: Mapping[str, Order]) -> None:
    content = {key: order.model_dump(mode="json") for key, order in sorted(orders.items())}
    with atomic_path(annotations_folder / "orders.json") as path:
        path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
