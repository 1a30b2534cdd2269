"""A training that was interrupted ends as if it never had been."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.training.test_loop import LineTask, MemoryLog, config
from wordmend.errors import TrainingError, WordmendError
from wordmend.training.checkpoints import Checkpoints
from wordmend.training.loop import train
from wordmend.training.run import TrainingRun

IDENTITY = {"training": "line", "seed": 0, "parameters": {"loop": {"steps": 60, "learning_rate": 0.3}}}


class Killed(BaseException):
    """Stands for whatever ends a process."""


class DroppingTask(LineTask):
    """Draws random numbers while it trains, and gathers something on its way."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.module = nn.Sequential(nn.Linear(1, 8), nn.Dropout(0.5), nn.Linear(8, 8), nn.Linear(8, 1))
        self.sums: list[float] = []

    def step(self, batch):
        self.sums.append(float(batch.x.sum()))
        return super().step(batch)

    def state_dict(self):
        return {"sums": self.sums}

    def load_state_dict(self, state):
        self.sums = state["sums"]


class KillingLog(MemoryLog):
    """Ends the training at a step."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step

    def metrics(self, values, step):
        if step == self.step and "loss" in values:
            raise Killed
        super().metrics(values, step)


SETTINGS = {"log_every": 7, "validate_every": 10, "checkpoint_every": 5, "warmup_steps": 8}


def kept(folder: Path) -> TrainingRun:
    return TrainingRun(checkpoints=Checkpoints(folder, IDENTITY))


def interrupted(folder: Path, *kills: int, **changes):
    """Train with interruptions at these steps; gives the task and the training that came to its end."""
    for kill in kills:
        with pytest.raises(Killed):
            train(
                DroppingTask(),
                config(**SETTINGS | changes),
                TrainingRun(KillingLog(kill), checkpoints=Checkpoints(folder, IDENTITY)),
            )
        torch.rand(17)  # whatever else draws random numbers
    task = DroppingTask()
    return task, train(task, config(**SETTINGS | changes), kept(folder))


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
@pytest.mark.parametrize("kills", [(7,), (21,), (60,), (14, 28, 28, 49)])
def test_it_ends_with_the_same_weights_and_curves(tmp_path, kills, optimizer):
    whole = DroppingTask()
    expected = train(whole, config(**SETTINGS, optimizer=optimizer))
    task, found = interrupted(tmp_path / "line", *kills, optimizer=optimizer)
    for one, other in zip(task.module.parameters(), whole.module.parameters(), strict=True):
        assert torch.equal(one, other)
    assert found.losses.equals(expected.losses)
    assert found.validations.equals(expected.validations)
    assert (found.steps, found.ended_by) == (expected.steps, expected.ended_by)
    assert task.sums == whole.sums


def test_its_moving_average_goes_on_too(tmp_path):
    whole = DroppingTask()
    train(whole, config(**SETTINGS, ema_decay=0.9))
    task, _ = interrupted(tmp_path / "line", 14, 28, ema_decay=0.9)
    for one, other in zip(task.module.parameters(), whole.module.parameters(), strict=True):
        assert torch.equal(one, other)


def test_thresholds_count_the_steps_before_the_interruption(tmp_path):
    settings = {"end_below": {"square": 10.0}, "end_below_steps": 20}
    whole = DroppingTask()
    expected = train(whole, config(**SETTINGS | settings))
    _, found = interrupted(tmp_path / "line", 14, **settings)
    assert (found.steps, found.ended_by) == (expected.steps, "threshold")


def test_one_that_has_ended_is_not_trained_again(tmp_path):
    first, _ = interrupted(tmp_path / "line")
    log = MemoryLog()
    task = DroppingTask()
    again = train(
        task, config(**SETTINGS), TrainingRun(log, checkpoints=Checkpoints(tmp_path / "line", IDENTITY))
    )
    assert again.steps == 60
    expected = MemoryLog()
    train(DroppingTask(), config(**SETTINGS), TrainingRun(expected))
    assert sorted(log.values) == sorted(expected.values)  # offered again: the log knows what it has
    assert log.pictures == []
    assert torch.equal(task.module[0].weight, first.module[0].weight)


def test_a_checkpoint_comes_after_some_minutes(tmp_path, monkeypatch):
    now = iter(range(0, 10_000, 20))
    monkeypatch.setattr("wordmend.training.keeper.time.monotonic", lambda: float(next(now)))
    checkpoints = Checkpoints(tmp_path / "line", IDENTITY)
    with pytest.raises(Killed):
        train(
            DroppingTask(),
            config(log_every=10, checkpoint_minutes=1),
            TrainingRun(KillingLog(10), checkpoints=checkpoints),
        )
    newest = checkpoints.newest()
    assert newest is not None
    assert newest.name == "step-000000008"  # 20 seconds a look, 60 a checkpoint


def test_only_the_newest_is_kept_and_all_go_when_they_are_done_with(tmp_path):
    interrupted(tmp_path / "line")
    checkpoints = Checkpoints(tmp_path / "line", IDENTITY)
    assert sorted(path.name for path in (tmp_path / "line").iterdir()) == ["step-000000060", "training.json"]
    checkpoints.clear()
    assert checkpoints.newest() is None
    assert not (tmp_path / "line").exists()


def test_another_training_is_refused_and_the_difference_named(tmp_path):
    interrupted(tmp_path / "line")
    other = json.loads(json.dumps(IDENTITY))
    other["parameters"]["loop"]["learning_rate"] = 0.1
    with pytest.raises(TrainingError, match=r"parameters.loop.learning_rate was 0.3 and is 0.1.*delete"):
        train(DroppingTask(), config(), TrainingRun(checkpoints=Checkpoints(tmp_path / "line", other)))


def test_notes_are_found_again_by_the_same_training_alone(tmp_path):
    checkpoints = Checkpoints(tmp_path / "line", IDENTITY)
    checkpoints.note("run", "abc")
    assert Checkpoints(tmp_path / "line", IDENTITY).notes == {"run": "abc"}
    assert Checkpoints(tmp_path / "line", {"training": "other"}).notes == {}


@pytest.mark.parametrize("name", ["state.pt", "model.safetensors", "optimizer.bin"])
def test_a_damaged_checkpoint_is_named(tmp_path, name):
    interrupted(tmp_path / "line")
    (tmp_path / "line" / "step-000000060" / name).write_bytes(b"nothing of use")
    with pytest.raises(TrainingError, match=r"step-000000060: damaged .*to start the training anew"):
        interrupted(tmp_path / "line")


def test_one_that_can_not_be_written_leaves_the_one_before(tmp_path):
    checkpoints = Checkpoints(tmp_path / "line", IDENTITY)
    checkpoints.write(5, lambda folder: (folder / "x").write_text("5"))

    def full(folder: Path) -> None:
        (folder / "x").write_text("6")
        raise OSError(28, "No space left on device")

    with pytest.raises(WordmendError, match="No space left"):
        checkpoints.write(6, full)
    newest = checkpoints.newest()
    assert newest is not None
    assert (newest / "x").read_text() == "5"
    assert [path.name for path in checkpoints.folder.iterdir() if path.name.startswith(".")] == []


def test_a_training_goes_on_where_no_checkpoint_can_be_written(tmp_path, caplog):
    (tmp_path / "line").write_text("a file where the folder should be")
    training = train(DroppingTask(), config(**SETTINGS), kept(tmp_path / "line"))
    assert training.steps == 60
    assert "line goes on, without a checkpoint of step 5" in caplog.text
