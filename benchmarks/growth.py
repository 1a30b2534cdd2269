"""How a training's start, its steps and its memory grow with the number of pairs."""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from benchmarks.steps import comment_on, small_library
from benchmarks.timing import once, peak_mib
from wordmend.comments.table import entries_to_table
from wordmend.comments.target_table import table_to_targets, targets_to_table
from wordmend.comments.words import TargetText
from wordmend.pairs.library import PairLibrary
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.weights import build_quality_model
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer
from wordmend.restorers.weights import Restorer
from wordmend.samples.quality_samples import picture_paths
from wordmend.training.clip_quality import train_quality_model
from wordmend.training.log import NoLog
from wordmend.training.quality_config import QualityTrainingConfig
from wordmend.training.restoration_config import Stage1Config, Stage2Config
from wordmend.training.run import TrainingRun
from wordmend.training.stage2 import train_stage2
from wordmend.training.stages import train_stage1

PAIRS = 100
TIMES = (1, 4, 16)
LOOP = {"steps": 8, "learning_rate": 1e-3, "log_every": 1, "device": "cpu"}
"""Too few steps for a picture to come twice: none gain from what is kept in memory."""
SETTINGS = {"batch_size": 8, "validation_pairs": 8, "validation_pictures": 1, "loop": LOOP}
SMALL = {"width": 8}


class Clock(NoLog):
    """Notes how much CPU time the process had taken when each step was done."""

    def __init__(self) -> None:
        self.done: list[float] = []

    def metrics(self, values: dict[str, float], step: int) -> None:
        """Note the time after a step."""
        if "loss" in values:
            self.done.append(time.process_time())


def training_growth(folder: Path) -> dict[str, dict[str, Any]]:
    """Each training on 1, 4 and 16 times so many pairs, each time in a process of its own.

    Each pair has a comment with words of its own. `start` is from opening the tables to the end of the first
    step, with a validation of a set number of pictures; `step` is the median of the others; `memory` is the
    most that the process had (Linux tells it). Times are CPU time on one thread, as others may be at work;
    the shorter one of two trainings counts, the first of which loads what is loaded once.

    Returns:
        <training>_<start, step or memory>: with 16 times the pairs against once; all three by the number of
        pairs.
    """
    sizes = [PAIRS * times for times in TIMES]
    for size in sizes:
        _write_tables(folder / str(size), size)
    found: dict[str, dict[str, Any]] = {}
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as executor:
        for name in _TRAININGS:
            rows = [executor.submit(_measured, name, folder / str(size)).result() for size in sizes]
            for part, unit in (("start", "seconds"), ("step", "seconds"), ("memory", "mib")):
                values = [row[part] for row in rows]
                found[f"{name}_{part}"] = {
                    **once(values[-1], values[0], f"with {PAIRS} pairs", unit),
                    f"{unit}_by_pairs": dict(zip(sizes, values, strict=True)),
                }
    return found


def _write_tables(folder: Path, size: int) -> None:
    folder.mkdir()
    pairs = small_library(folder, size).table
    words, entries, rows = {}, [], []
    for number, pair in enumerate(pairs.itertuples()):
        name, text = f"{pair.pair_id}.restored", f"the hair of person {number} is not clear"
        opposite = f"the hair of person {number} is clear"
        entry = comment_on(name, str(pair.pair_id), "restored", text, opposite, "person")
        entries.append(entry)
        words[str(pair.pair_id)] = [TargetText(opposite, "sharpness", None, "person", entry.comment_id, name)]
        rows.append((name, pair.split, "restored", str(pair.lq_path)))
    samples = pd.DataFrame(rows, columns=["sample_id", "split", "kind", "image_path"])
    samples.to_parquet(folder / "samples.parquet")
    entries_to_table(entries).to_parquet(folder / "comments.parquet")
    targets_to_table(words).to_parquet(folder / "words.parquet")


def _stage1(folder: Path, run: TrainingRun) -> None:
    config = Stage1Config.model_validate(SETTINGS | {"options": SMALL})
    train_stage1(PairLibrary.open(folder / "pairs.parquet"), config, 0, run)


def _clip_quality(folder: Path, run: TrainingRun) -> None:
    settings = {"batch_size": 8, "validation_samples": 8, "loop": LOOP}
    config = QualityTrainingConfig.model_validate(settings)
    samples, comments = (pd.read_parquet(folder / f"{name}.parquet") for name in ("samples", "comments"))
    train_quality_model(samples, comments, folder, config, 0, run)


def _stage2(folder: Path, run: TrainingRun) -> None:
    restorer_config = RestorerConfig(options=SMALL)
    restorer, control = (Restorer(build_restorer(restorer_config), restorer_config) for _ in range(2))
    train_stage2(
        PairLibrary.open(folder / "pairs.parquet"),
        restorer,
        build_quality_model(QualityModelConfig()),
        table_to_targets(pd.read_parquet(folder / "words.parquet")),
        picture_paths(pd.read_parquet(folder / "samples.parquet"), folder),
        Stage2Config.model_validate(SETTINGS),
        0,
        run,
        trained_control=control,
    )


_TRAININGS: dict[str, Callable[[Path, TrainingRun], None]] = {
    "stage1": _stage1,
    "clip_quality": _clip_quality,
    "stage2": _stage2,
}


def _measured(name: str, folder: Path) -> dict[str, float]:
    """Start and step in seconds, memory in MiB, of one training in this process."""
    torch.set_num_threads(1)
    starts, steps = [], []
    for _ in range(2):
        clock, begun = Clock(), time.process_time()
        _TRAININGS[name](folder, TrainingRun(clock))
        starts.append(clock.done[0] - begun)
        steps.append(statistics.median(later - earlier for earlier, later in pairwise(clock.done)))
    return {"start": min(starts), "step": min(steps), "memory": peak_mib()}
