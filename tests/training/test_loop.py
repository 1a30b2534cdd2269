import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file
from torch import Tensor, nn

from wordmend.errors import ParameterError, TrainingError
from wordmend.training.checkpoints import Checkpoints
from wordmend.training.config import LoopConfig
from wordmend.training.control import Wish
from wordmend.training.learner import learning_rate_factor
from wordmend.training.loop import train
from wordmend.training.run import TrainingRun
from wordmend.training.task import Guard, ParameterGroup, Validation


@dataclass(frozen=True)
class Numbers:
    """A batch of numbers `(B, 1)`."""

    x: Tensor
    share: float = 1.0

    @property
    def names(self) -> list[str]:
        return [f"x{place}" for place in range(len(self.x))]

    def split(self, parts: int) -> list["Numbers"]:
        return [Numbers(part, self.share * len(part) / len(self.x)) for part in self.x.chunk(parts)]

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "Numbers":
        return Numbers(self.x.to(device), self.share)


class LineTask:
    """Learns y = 3x - 1 from two numbers a step."""

    name = "line"
    seed = 5
    apart: Sequence[ParameterGroup] = ()
    guard: Guard | None = None

    def __init__(self, broken_from: int | None = None) -> None:
        torch.manual_seed(0)
        self.module = nn.Linear(1, 1)
        self.broken_from = broken_from

    def to(self, device: str) -> None:
        self.module.to(device)

    def compile(self) -> None:
        pass

    def batches(self, start: int, rank: int = 0, world_size: int = 1) -> Iterator[Numbers]:
        step = start
        while True:
            step += 1
            x = torch.rand(2, 1, generator=torch.Generator().manual_seed(step))
            broken = self.broken_from is not None and step >= self.broken_from
            yield Numbers(x * float("nan") if broken else x)

    def state_dict(self) -> dict[str, Any]:
        return {}

    def merged(self, states: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return states[0]

    def load_state_dict(self, state: dict[str, Any]) -> None:
        pass

    def step(self, batch: Numbers) -> tuple[Tensor, dict[str, Tensor]]:
        loss = (self.module(batch.x) - (3 * batch.x - 1)).square().mean()
        return loss, {"square": loss.detach()}

    def validate(self) -> Validation:
        assert not self.module.training
        assert not torch.is_grad_enabled()
        error = (self.module(torch.ones(1, 1)) - 2).abs().item()
        return Validation({"error": error}, {"picture": np.zeros((2, 2, 3), np.float32)})


class MemoryLog:
    def __init__(self) -> None:
        self.values: list[tuple[str, float, int]] = []
        self.pictures: list[tuple[str, int]] = []

    def metrics(self, values: dict[str, float], step: int) -> None:
        self.values += [(name, value, step) for name, value in values.items()]

    def picture(self, name: str, image: np.ndarray, step: int) -> None:
        self.pictures.append((name, step))

    def flush(self) -> None:
        pass


def config(**changes: object) -> LoopConfig:
    return LoopConfig.model_validate({"steps": 60, "learning_rate": 0.3, "device": "cpu"} | changes)


def test_it_learns_and_reports():
    task, log = LineTask(), MemoryLog()
    training = train(task, config(log_every=20, validate_every=30), TrainingRun(log))
    assert (training.steps, training.ended_by) == (60, "steps")
    assert training.losses["step"].tolist() == [20, 40, 60]
    assert training.validations["step"].tolist() == [0, 30, 60]
    assert training.validations["error"].iloc[-1] < 0.5 * training.validations["error"].iloc[0]
    assert ("validation/picture", 30) in log.pictures
    assert [step for name, _, step in log.values if name == "square"] == [20, 40, 60]
    assert not task.module.training


def test_the_same_seed_gives_the_same_weights():
    first, second = LineTask(), LineTask()
    train(first, config())
    train(second, config())
    assert torch.equal(first.module.weight, second.module.weight)


def test_it_ends_when_the_loss_stays_under_its_threshold():
    training = train(LineTask(), config(steps=500, end_below={"square": 0.05}, end_below_steps=10))
    assert training.ended_by == "threshold"
    assert 10 <= training.steps < 500
    assert training.validations["step"].iloc[-1] == training.steps


class InterruptingLog(MemoryLog):
    """Presses Ctrl-C at a step, some times."""

    def __init__(self, step: int, times: int) -> None:
        super().__init__()
        self.step = step
        self.times = times

    def metrics(self, values: dict[str, float], step: int) -> None:
        super().metrics(values, step)
        if step == self.step and "loss" in values:
            for _ in range(self.times):
                signal.raise_signal(signal.SIGINT)


def test_ctrl_c_ends_it_in_order():
    handler = signal.getsignal(signal.SIGINT)
    log = InterruptingLog(step=7, times=1)
    training = train(LineTask(), config(log_every=7, validate_every=50), TrainingRun(log))
    assert (training.steps, training.ended_by) == (8, "person")  # the step after the one that it came in
    assert training.losses["step"].tolist() == [7, 8]
    assert training.validations["step"].tolist() == [0, 8]
    assert signal.getsignal(signal.SIGINT) is handler


def test_ctrl_c_twice_ends_it_at_once(tmp_path):
    handler = signal.getsignal(signal.SIGINT)
    checkpoints = Checkpoints(tmp_path, {})
    with pytest.raises(KeyboardInterrupt):
        train(
            LineTask(),
            config(log_every=7, checkpoint_every=3),
            TrainingRun(InterruptingLog(step=7, times=2), checkpoints=checkpoints),
        )
    newest = checkpoints.newest()
    assert newest is not None
    assert newest.name == "step-000000006"
    assert signal.getsignal(signal.SIGINT) is handler


def test_all_thresholds_must_be_kept():
    training = train(LineTask(), config(end_below={"square": 10.0, "loss": 0.0}, end_below_steps=5))
    assert training.ended_by == "steps"


def test_an_unknown_threshold_is_refused():
    with pytest.raises(ParameterError, match=r"text_loss.*loss.*square"):
        train(LineTask(), config(end_below={"text_loss": 0.1}))


def test_a_loss_that_is_not_finite_ends_the_training():
    with pytest.raises(
        TrainingError,
        match=r"line: not finite at step 15: loss = nan.*The batch: x0, x1.*learning",
    ):
        train(LineTask(broken_from=15), config(log_every=10))


def test_learning_rate_rises_and_falls():
    factor = learning_rate_factor(config(steps=100, warmup_steps=10, final_learning_rate=0.1))
    rates = [factor(step) for step in range(101)]
    assert rates[0] < rates[5] < rates[9] < 1.0
    assert max(rates) == rates[10] == 1.0
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.1)


def test_warm_up_must_end_before_the_training():
    with pytest.raises(ValidationError, match=r"warmup_steps \(60\)"):
        config(warmup_steps=60)


@pytest.mark.parametrize("channels_last", [True, False])
def test_weights_are_channels_last_while_training_only(channels_last: bool):
    task = LineTask()
    convolution = nn.Conv2d(2, 2, 3, padding=1)
    task.module = nn.Sequential(
        nn.Linear(1, 2), nn.Unflatten(1, (2, 1, 1)), convolution, nn.Flatten(), nn.Linear(2, 1)
    )
    seen: list[bool] = []
    convolution.register_forward_hook(
        lambda module, *_: seen.append(module.weight.is_contiguous(memory_format=torch.channels_last))
    )
    train(task, config(channels_last=channels_last, steps=2))
    assert set(seen) == {channels_last}
    assert convolution.weight.is_contiguous()


def test_accumulated_parts_give_the_result_of_the_whole_batch():
    whole, parts = LineTask(), LineTask()
    one, other = train(whole, config()), train(parts, config(accumulate=2))
    assert torch.allclose(whole.module.weight, parts.module.weight, rtol=1e-4)
    assert np.allclose(one.losses, other.losses, rtol=1e-3)


class TwoLinesTask(LineTask):
    """Learns a second line beside the first, in every other step."""

    def __init__(self, **settings: float | None) -> None:
        super().__init__()
        line, other = self.module, nn.Linear(1, 1)
        self.module = nn.ModuleDict({"line": line, "other": other})
        self.apart = [ParameterGroup("other_gradient_norm", list(other.parameters()), **settings)]
        self.others: list[Tensor] = []

    def step(self, batch: Numbers) -> tuple[Tensor, dict[str, Tensor]]:
        self.others.append(self.module["other"].weight.detach().clone())
        square = (self.module["line"](batch.x) - (3 * batch.x - 1)).square().mean()
        if len(self.others) % 2 == 0:
            return square, {"square": square.detach()}
        other = (self.module["other"](batch.x) - 1000 * batch.x).square().mean()
        return square + other, {"square": square.detach(), "other": other.detach()}

    def validate(self) -> Validation:
        return Validation({})


@pytest.mark.parametrize("average", [None, 0.9])
def test_what_is_learned_apart_leaves_the_others_as_they_would_be(average: float | None):
    alone = LineTask()
    both = TwoLinesTask(learning_rate=0.02, weight_decay=0.5, gradient_clip=0.1)
    expected = train(alone, config(ema_decay=average, log_every=1))
    found = train(both, config(ema_decay=average, log_every=1))
    for one, other in zip(alone.module.parameters(), both.module["line"].parameters(), strict=True):
        assert torch.equal(one, other)
    assert found.losses["gradient_norm"].tolist() == expected.losses["gradient_norm"].tolist()
    assert found.losses["other_gradient_norm"].dropna().gt(100).all()  # clipped alone


def test_what_is_learned_apart_has_its_own_rate_and_rests_without_a_gradient():
    both = TwoLinesTask(learning_rate=0.02, weight_decay=0.5, gradient_clip=None)
    training = train(both, config(log_every=1, steps=6, final_learning_rate=1.0))
    moved = [float((b - a).abs()) for a, b in pairwise(both.others)]
    # AdamW goes about its learning rate in the first step, and no more than decay lets it
    assert moved[0] == pytest.approx(0.02, rel=0.5)
    assert moved[1::2] == [0.0, 0.0]
    assert all(step > 0 for step in moved[::2])
    assert training.losses["other_gradient_norm"].isna().tolist() == [False, True] * 3


def test_the_moving_average_is_validated_and_kept():
    last, average = LineTask(), LineTask()
    train(last, config())
    training = train(average, config(ema_decay=0.9, validate_every=60))
    assert not torch.equal(last.module.weight, average.module.weight)
    with torch.no_grad():
        kept = average.validate().metrics["error"]
    assert training.validations["error"].iloc[-1] == pytest.approx(kept)
    assert not average.module.training


def test_fp16_on_a_cpu_is_refused_together():
    with pytest.raises(ValidationError, match="fp16 needs a GPU"):
        config(precision="fp16")


def test_several_processes_need_a_launcher():
    with pytest.raises(ValidationError, match=r"processes \(2\) need launcher: ray"):
        config(processes=2)


class HungryTask(LineTask):
    """Has memory for a few pictures at a time only."""

    batch, room = 8, 2

    def batches(self, start: int, rank: int = 0, world_size: int = 1) -> Iterator[Numbers]:
        for batch in super().batches(start):
            yield Numbers(batch.x.repeat(self.batch // 2, 1))

    def step(self, batch: Numbers) -> tuple[Tensor, dict[str, Tensor]]:
        if len(batch.x) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return super().step(batch)


def test_short_memory_says_what_fits():
    with pytest.raises(TrainingError, match=r"line: a step of 8 pictures in 1 part.*accumulate: 4 fits"):
        train(HungryTask(), config())
    assert train(HungryTask(), config(accumulate=4)).steps == 60


def test_where_nothing_fits_that_is_said():
    task = HungryTask()
    task.room = 0
    with pytest.raises(TrainingError, match="not even one picture at a time fits"):
        train(task, config())


def test_weights_before_a_step_that_is_not_finite_are_kept(tmp_path):
    good = LineTask()
    train(good, config(), TrainingRun(control=Wishes(*["train"] * 13, "stop")))
    run = TrainingRun(checkpoints=Checkpoints(tmp_path / "line", {}))
    with pytest.raises(TrainingError, match=r"The weights of step 14 are in .*last_good.safetensors"):
        train(LineTask(broken_from=15), config(), run)
    kept = load_file(tmp_path / "line" / "last_good.safetensors")
    assert torch.equal(kept["weight"], good.module.weight)


class Wishes:
    """Says at each look what was wished for, the last one for ever."""

    def __init__(self, *wishes: Wish) -> None:
        self.wishes = list(wishes)
        self.told: list[str] = []

    def wish(self) -> Wish:
        return self.wishes.pop(0) if len(self.wishes) > 1 else self.wishes[0]

    def tell(self, state: str) -> None:
        self.told.append(state)


def test_a_wish_to_stop_ends_it_in_order():
    log = MemoryLog()
    training = train(LineTask(), config(), TrainingRun(log, Wishes("train", "stop")))
    assert (training.steps, training.ended_by) == (2, "person")
    assert training.validations["step"].tolist() == [0, 2]


def test_it_pauses_with_a_checkpoint_and_resumes(tmp_path):
    wishes = Wishes("train", "pause", "pause", "pause", "train")
    checkpoints = Checkpoints(tmp_path / "line", {})
    whole, paused = LineTask(), LineTask()
    train(whole, config())
    training = train(paused, config(), TrainingRun(control=wishes, checkpoints=checkpoints))
    assert training.steps == 60
    assert wishes.told == ["paused after step 2", "running"]
    assert torch.equal(whole.module.weight, paused.module.weight)


def test_a_paused_training_can_be_stopped():
    training = train(LineTask(), config(), TrainingRun(control=Wishes("train", "pause", "stop")))
    assert training.ended_by == "person"
