"""Side-by-side judgement: people choose the best of several restorers' pictures, not knowing whose it is."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from wordmend.files import sha256_of
from wordmend.labelstudio.board import Board
from wordmend.labelstudio.config import AnnotationExportConfig
from wordmend.labelstudio.connection import LabelStudioServer
from wordmend.labelstudio.judgements import BEST, LETTERS, NO_DIFFERENCE, Order, read_orders, write_orders
from wordmend.labelstudio.page import add_picture, as_xml, start_page
from wordmend.seeds import seed_for

TITLE_SUFFIX = " judgement"
"""The project of judgements is called as that of comments, with this behind it."""

_STYLE = """
.wm-picture { padding-bottom: 64px }
.wm-picture .lsf-pagination { visibility: hidden }
"""


@dataclass(frozen=True)
class Candidate:
    """A held-out pair with one picture an arm."""

    pair_id: str
    lq: Path
    pictures: Mapping[str, Path]


def judging_config() -> str:
    """The page: the input and three pictures, digits choose the best."""
    view, row = start_page(_STYLE)
    for name, heading in (("input", "Input"), *((letter, letter.upper()) for letter in LETTERS)):
        add_picture(row, name, heading, valueList=f"${name}")
    ElementTree.SubElement(view, "Header", value="Which one is restored best?", size="5")
    best = ElementTree.SubElement(
        view,
        "Choices",
        name=BEST,
        toName=LETTERS[0],
        choice="single-radio",
        showInline="true",
        required="true",
    )
    for key, letter in enumerate(LETTERS, start=1):
        ElementTree.SubElement(best, "Choice", value=letter.upper(), alias=letter, hotkey=str(key))
    ElementTree.SubElement(best, "Choice", value="No difference", alias=NO_DIFFERENCE, hotkey="0")
    return as_xml(view)


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
    write_orders(annotations_folder, known)  # before anybody can answer

    def task_of(asked: tuple[Candidate, tuple[str, ...], str, str]) -> dict[str, Any]:
        candidate, arms, name, key = asked
        shown = {
            letter: [board.address(candidate.pictures[arm])]
            for letter, arm in zip(LETTERS, arms, strict=True)
        }
        identity = {"sample_id": name, "pair_id": candidate.pair_id, "kind": "restored", "image_sha256": key}
        return {"data": identity | {"input": [board.address(candidate.lq)]} | shown}

    board.put_up_all(tasks, task_of)
    return {
        "url": board.url,
        "project_id": board.project_id,
        "put_up": [candidate.pair_id for candidate, *_ in tasks],
        "waiting": waiting + len(tasks),
    }
