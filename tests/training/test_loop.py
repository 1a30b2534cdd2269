import signal
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import Tensor, nn

from wordmend.errors import ParameterError, TrainingError
from wordmend.training.checkpoints import Checkpoints
from wordmend.training.config import LoopConfig
from wordmend.training.loop import learning_rate_factor, train
from wordmend.training.task import Validation


class LineTask:
    """Learns y = 3x - 1 from two numbers a step."""

    name = "line"
    seed = 5

    def __init__(self, broken_from: int | None = None) -> None:
        torch.manual_seed(0)
        self.module = nn.Linear(1, 1)
        self.broken_from = broken_from

    def to(self, device: str) -> None:
        self.module.to(device)

    def batches(self, start: int) -> Iterator[Tensor]:
        step = start
        while True:
            step += 1
            x = torch.rand(2, 1, generator=torch.Generator().manual_seed(step))
            yield x * float("nan") if self.broken_from is not None and step >= self.broken_from else x

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        pass

    def step(self, batch: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        loss = (self.module(batch) - (3 * batch - 1)).square().mean()
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
    training = train(task, config(log_every=20, validate_every=30), log)
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
    training = train(LineTask(), config(log_every=7, validate_every=50), log)
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
            InterruptingLog(step=7, times=2),
            checkpoints=checkpoints,
        )
    newest = checkpoints.newest()
    assert newest is not None
    assert newest.name == "step-000000006"
    assert signal.getsignal(signal.SIGINT) is handler


def test_all_thresholds_must_be_kept():
    training = train(LineTask(), config(end_below={"square": 10.0, "loss": 0.0}, end_below_steps=5))
    assert training.ended_by == "steps"


def test_it_ends_after_a_part_of_the_schedule():
    whole, part = train(LineTask(), config(log_every=1)), train(LineTask(), config(log_every=1), end_after=7)
    assert part.steps == 7
    assert part.losses["loss"].tolist() == whole.losses["loss"].tolist()[:7]


def test_an_unknown_threshold_is_refused():
    with pytest.raises(ParameterError, match=r"text_loss.*loss.*square"):
        train(LineTask(), config(end_below={"text_loss": 0.1}))


def test_a_loss_that_is_not_finite_ends_the_training():
    with pytest.raises(TrainingError, match=r"line: .*not finite at step 20.*learning_rate"):
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
