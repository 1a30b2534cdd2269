"""Trainings in two real processes that Ray starts: they end as in one, whatever happens on the way."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import ray
import torch

from tests.training.guarded import FOOLED, settings, task_of
from tests.training.lines import DyingLine, FixedStatistics, SharedLine, SlowLine
from tests.training.test_loop import MemoryLog, config
from tests.training.test_quality import SMALL, samples  # noqa: F401
from tests.training.test_stages import (
    LOOP,
    quality_model,  # noqa: F401
    stage1,  # noqa: F401
    stage1_config,
    stage2_config,
    stage2_of,
)
from wordmend.comments.language import QualityLanguage
from wordmend.errors import ParameterError, TrainingError
from wordmend.pairs.library import PairLibrary
from wordmend.quality.model import QualityModel
from wordmend.quality.samples import QualitySamples
from wordmend.restorers.weights import Restorer
from wordmend.training.checkpoints import Checkpoints
from wordmend.training.control import Wish
from wordmend.training.launch import launch
from wordmend.training.run import TrainingRun
from wordmend.training.stages import train_stage1

pytestmark = pytest.mark.slow

DEVICE = "cpu" if torch.accelerator.is_available() else "auto"
RAY = {"launcher": "ray", "processes": 2, "device": DEVICE}
WAYS: dict[str, dict[str, Any]] = {"1 x 8": {}, "2 x 4 in turn": {"accumulate": 2}, "2 x 4 at once": RAY}


@pytest.fixture(scope="module", autouse=True)
def ray_here() -> Iterator[None]:
    """Ray on this machine with two CPUs, for all of these tests."""
    ray.init(
        address="local",
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        _system_config={"worker_niceness": 0},  # else other tests that run meanwhile leave it no time
    )
    yield
    ray.shutdown()


def same_weights(one: torch.nn.Module, other: torch.nn.Module, **tolerance: float) -> bool:
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return all(torch.allclose(a, b, **tolerance) for a, b in pairs)


def test_stage1_depends_on_the_batch_alone(small_library: PairLibrary):
    whole, *parts = [
        train_stage1(small_library, stage1_config(batch_size=8, loop=LOOP | way), seed=0)
        for way in WAYS.values()
    ]
    for part in parts:
        assert np.allclose(part.training.losses, whole.training.losses, rtol=1e-4)
        assert np.allclose(part.training.validations, whole.training.validations, rtol=1e-4)
        assert same_weights(part.restorer.network, whole.restorer.network, atol=1e-4)
        assert part.last_pair_ids == whole.last_pair_ids


def test_a_quality_model_learns_with_stage1(small_library: PairLibrary, language: QualityLanguage):
    config = {"model": {"image_size": 32}, "picture_size": 32, "every": 2}
    alone, both = (
        train_stage1(
            small_library,
            stage1_config(batch_size=8, quality=quality, loop=LOOP | way),
            seed=0,
            language=language,
        )
        for quality, way in ((None, {}), (config, RAY))
    )
    assert same_weights(alone.restorer.network, both.restorer.network, atol=1e-4)
    assert both.training.losses["quality_loss"].notna().tolist() == [True, False, True, False]
    assert both.training.losses["quality_gradient_norm"].notna().tolist() == [True, False, True, False]


def test_stage2_depends_on_the_batch_alone(
    small_library: PairLibrary,
    stage1: Restorer,  # noqa: F811
    quality_model: QualityModel,  # noqa: F811
):
    configs = (
        stage2_config(batch_size=8, words={"reuse_similarity": 0.1}, loop=LOOP | way) for way in WAYS.values()
    )
    whole, *parts = (stage2_of(small_library, stage1, quality_model, config) for config in configs)
    names = ["loss", "pixel_loss", "text_loss", "gradient_norm"]
    for part in parts:
        assert np.allclose(part.training.losses[names], whole.training.losses[names], rtol=1e-3)
        texts = [name for name in whole.visits if name != "similarity"]
        assert part.visits[texts].equals(whole.visits[texts])
        assert same_weights(part.restorer.network, whole.restorer.network, atol=1e-4)


def test_what_a_guard_rules_all_follow(small_library: PairLibrary):
    found = []
    for way in ({}, RAY):
        config = settings(0.3, FOOLED, **way)
        task = task_of(small_library, config)
        for one in (task.guided, task.control):
            one.module.body[2].p = 0.0  # each process draws its own numbers
        found.append((task, launch(task, config.loop)))
    (one, expected), (other, training) = found
    assert training.ended_by == expected.ended_by == "guard"
    assert training.rulings == expected.rulings
    assert same_weights(one.module, other.module, atol=1e-4)
    assert [row[:4] for row in other.guided.visits] == [row[:4] for row in one.guided.visits]


def test_clip_quality_learns_from_the_same_comments(samples: QualitySamples):  # noqa: F811
    found = []
    for way in WAYS.values():
        torch.manual_seed(0)
        loop = config(steps=3, log_every=1, learning_rate=1e-3, **way)
        task = FixedStatistics(QualityModel(SMALL.model), samples, SMALL, seed=0)
        found.append((task, launch(task, loop)))
    (one, whole), *others = found
    for other, parts in others:
        assert other.uses == one.uses
        assert np.allclose(parts.losses, whole.losses, rtol=1e-3)


def test_a_process_that_dies_is_started_anew(tmp_path: Path):
    settings = {"checkpoint_every": 10, "log_every": 4, "validate_every": 12}
    whole = SharedLine()
    expected = launch(whole, config(**settings))
    log = MemoryLog()
    task = DyingLine(tmp_path / "died", step=34)
    run = TrainingRun(log, checkpoints=Checkpoints(tmp_path / "line", {}))
    found = launch(task, config(**settings, **RAY), run)
    assert (tmp_path / "died").exists()
    assert (found.steps, found.ended_by) == (60, "steps")
    assert same_weights(task.module, whole.module, rtol=1e-4)
    assert np.allclose(found.losses, expected.losses, rtol=1e-3)
    logged = [step for name, _, step in log.values if name == "loss"]
    assert logged == expected.losses["step"].tolist()  # neither gaps nor doubles
    assert [step for _, step in log.pictures] == found.validations["step"].tolist()


def test_processes_that_die_each_time_are_given_up(tmp_path: Path):
    checkpoints = Checkpoints(tmp_path / "line", {})
    task = DyingLine(tmp_path / "died", step=3, once=False)
    settings = config(**RAY | {"restarts": 0, "checkpoint_every": 2})
    with pytest.raises(TrainingError, match=r"as `restarts` allows .*process 1.*same command goes on"):
        launch(task, settings, TrainingRun(checkpoints=checkpoints))
    assert checkpoints.newest() == tmp_path / "line" / "step-000000002"


def test_what_a_process_finds_wrong_is_said_and_not_tried_again(tmp_path: Path):
    run = TrainingRun(checkpoints=Checkpoints(tmp_path / "line", {}))
    with pytest.raises(TrainingError, match=r"line: not finite at step 15: loss = nan.*last_good"):
        launch(SharedLine(broken_from=15), config(**RAY), run)
    assert (tmp_path / "line" / "last_good.safetensors").is_file()


class Person(MemoryLog):
    """Wants a pause until it is seen, and presses Ctrl-C when the training has gone on for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.since = 0

    def wish(self) -> Wish:
        return "train" if self.told else "pause"

    def tell(self, state: str) -> None:
        self.told.append(state)

    def metrics(self, values: dict[str, float], step: int) -> None:
        super().metrics(values, step)
        self.since += len(self.told) == 2
        if self.since == 3:
            signal.raise_signal(signal.SIGINT)


def test_a_person_pauses_it_and_ends_it_in_order():
    person = Person()
    run = TrainingRun(person, person)
    training = launch(SlowLine(), config(**RAY, steps=10_000, log_every=1), run)
    assert person.told[0].startswith("paused after step ")
    assert person.told[1:] == ["running"]
    assert training.ended_by == "person"
    assert training.validations["step"].tolist() == [0, training.steps]


def test_too_few_cpus_are_refused():
    with pytest.raises(ParameterError, match="processes: 3 need a CPU each, but Ray has 2"):
        launch(SharedLine(), config(launcher="ray", processes=3))
