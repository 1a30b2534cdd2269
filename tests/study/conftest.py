"""A tiny study: sample photographs, small pictures, a few steps."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.projects import merged
from wordmend.config import Config
from wordmend.pairs.config import PairSynthesisConfig
from wordmend.samples.config import CommentsConfig
from wordmend.study.config import StudyConfig
from wordmend.study.project import Project
from wordmend.training.checkpoints import Checkpoints
from wordmend.training.control import NoControl, Wish
from wordmend.training.log import NoLog
from wordmend.training.quality_config import QualityTrainingConfig
from wordmend.training.restoration_config import Stage1Config, Stage2Config
from wordmend.training.run import TrainingRun

LOOP = {"warmup_steps": 1, "learning_rate": 1e-3, "device": "cpu", "log_every": 1, "validate_every": 100}

TINY: dict[str, dict[str, Any]] = {
    "pair_synthesis": {"size": 32, "pairs": 30, "workers": 1},
    "stage1": {
        "options": {"width": 4, "middle_blk_num": 1, "enc_blk_nums": [1], "dec_blk_nums": [1]},
        "batch_size": 2,
        "validation_pairs": 1,
        "loop": LOOP | {"steps": 3},
    },
    "comments": {},
    "clip_quality": {
        "model": {"image_size": 32},
        "batch_size": 4,
        "validation_samples": 4,
        "judge": {"model": {"name": "wordmend-dct", "image_size": 32}, "steps": 2, "batch_size": 4},
        "loop": LOOP | {"steps": 2},
    },
    "stage2": {
        "batch_size": 2,
        "validation_pairs": 1,
        "w_text": 0.001,
        "w_named": {"noise": 0.1, "scratches": 0.02},
        "damage_share": 0.5,
        "control_share": 0.25,
        "loop": LOOP | {"steps": 4, "checkpoint_every": 1},
    },
    "study": {
        "seeds": [0, 1],
        "workers": 1,
        "test_pairs": 12,
        "text_weights": [],
        "sharpness_weights": [0.1],
        "unsharp": [0.3],
        "steering_seeds": 0,
    },
}

CONFIGS: dict[str, type[Config]] = {
    "pair_synthesis": PairSynthesisConfig,
    "stage1": Stage1Config,
    "comments": CommentsConfig,
    "clip_quality": QualityTrainingConfig,
    "stage2": Stage2Config,
    "study": StudyConfig,
}


class Killed(BaseException):
    """Stands for whatever ends a process."""


class Runs:
    """Opens trainings and notes which; one may be killed at a step, one ended by a person."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.kill: tuple[str, int] | None = None
        self.stop: str | None = None
        self.first_steps: dict[str, int] = {}

    @contextmanager
    def __call__(
        self, name: str, config: Config, seed: int, data: Any, folder: Path
    ) -> Iterator[TrainingRun]:
        self.opened.append(name)
        log, control = KillingLog(self, name), Stop() if self.stop == name else NoControl()
        yield TrainingRun(log, control, Checkpoints(folder / name, {"name": name, **data}))


class Stop(NoControl):
    def wish(self) -> Wish:
        return "stop"


class KillingLog(NoLog):
    def __init__(self, runs: Runs, name: str) -> None:
        self.runs, self.name = runs, name

    def metrics(self, values: Any, step: int) -> None:
        if "loss" in values:
            self.runs.first_steps.setdefault(self.name, step)
        if self.runs.kill == (self.name, step):
            raise Killed


@pytest.fixture(scope="session")
def tiny_project(lexicon: dict[str, Any]):
    def make(**changes: dict[str, Any]) -> Project:
        settings = merged(TINY, changes)
        configs = {name: kind.model_validate(settings[name]) for name, kind in CONFIGS.items()}
        return Project(photos_dir=None, lexicon=lexicon, **configs)  # type: ignore[arg-type]

    return make
