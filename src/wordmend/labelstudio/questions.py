"""The questions that an export asks: which samples, with which pictures and suggestions."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from wordmend.comments.entry import Entry
from wordmend.comments.table import table_to_entries
from wordmend.files import sha256_of
from wordmend.images.reading import read_image
from wordmend.labelstudio.board import Key
from wordmend.labelstudio.config import AnnotationExportConfig
from wordmend.labelstudio.tasks import Question
from wordmend.pairs.library import PairLibrary
from wordmend.samples.asking import most_unsure_first, samples_to_ask

logger = logging.getLogger(__name__)

_JUDGED = 2000
"""Samples that the quality model judges at most, to find what it is unsure about."""


def questions_from(
    samples: pd.DataFrame,
    measured: pd.DataFrame,
    pairs: PairLibrary,
    data_folder: Path,
    quality_folder: Path,
    config: AnnotationExportConfig,
) -> Callable[[set[Key], int], Sequence[Question]]:
    """A function that gives, for what was asked already and a number, the next questions.

    First come restored images of the pairs trained on last, then what the quality model is most unsure about,
    by turns in each dimension; before there is a quality model, the samples in their order.
    """
    files = pairs.table.set_index("pair_id")[["lq_path", "gt_path"]]
    suggested: dict[str, list[Entry]] = {}
    if config.suggest:
        for entry in table_to_entries(measured, "measured comments"):
            suggested.setdefault(entry.sample_id, []).append(entry)

    def question(row: dict[str, object]) -> Question:
        pair_id = None if pd.isna(row["pair_id"]) else str(row["pair_id"])  # type: ignore[call-overload]
        lq, gt = (
            (pairs.folder / str(files.at[pair_id, name]) for name in ("lq_path", "gt_path"))
            if pair_id in files.index
            else (None, None)
        )
        picture = data_folder / str(row["image_path"])
        height, width = read_image(picture).shape[:2]
        entries = tuple(suggested.get(str(row["sample_id"]), ()))
        return Question(
            str(row["sample_id"]), pair_id, str(row["kind"]), picture, lq, gt, width, height, entries
        )

    def choose(asked: set[Key], count: int) -> list[Question]:
        names = {sample_id for sample_id, _ in asked}
        chosen: list[Question] = []
        for row in _ordered(samples, data_folder, quality_folder, config, count):
            if len(chosen) == count:
                break
            sample_id = str(row["sample_id"])
            # the hash is needed only of samples whose name was asked about
            if sample_id in names and (sample_id, sha256_of(data_folder / str(row["image_path"]))) in asked:
                continue
            chosen.append(question(row))
        return chosen

    return choose


def _ordered(
    samples: pd.DataFrame,
    data_folder: Path,
    quality_folder: Path,
    config: AnnotationExportConfig,
    count: int,
) -> list[dict[str, object]]:
    rows = samples_to_ask(samples, config.splits).to_dict("records")
    last = [row for row in rows if pd.notna(row["last_trained"])]
    rest = [row for row in rows if pd.isna(row["last_trained"])][:_JUDGED]
    if not rest or not count or not (quality_folder / "config.json").is_file():
        return last + rest  # type: ignore[return-value]
    from wordmend.quality.doubt import doubt
    from wordmend.quality.weights import load_quality_model

    logger.info("looking for what the quality model is unsure about, in %d pictures", len(rest))
    model = load_quality_model(quality_folder).eval()
    pictures = [
        np.rint(read_image(data_folder / str(row["image_path"])) * 255).astype(np.uint8) for row in rest
    ]
    return last + [rest[place] for place in most_unsure_first(doubt(model, pictures))]  # type: ignore[return-value]
