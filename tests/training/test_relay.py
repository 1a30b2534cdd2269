"""What goes between the process that a training was started from and those that it runs in."""

import logging

import numpy as np
import pytest

from tests.training.test_loop import LineTask, MemoryLog, config
from wordmend.training.control import Wish
from wordmend.training.loop import train
from wordmend.training.relay import Messages, Receiver, Relay, Sender
from wordmend.training.run import TrainingRun


class Line(Relay):
    """A relay in the same process."""

    def flush(self) -> None:
        pass


class Person:
    """Sees what the training does."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def wish(self) -> Wish:
        return "train"

    def tell(self, state: str) -> None:
        self.told.append(state)


def test_a_training_elsewhere_is_logged_as_one_here():
    line, here, there = Line(), MemoryLog(), MemoryLog()
    train(LineTask(), config(), TrainingRun(here))
    sender = Sender(line)
    train(LineTask(), config(), TrainingRun(sender, sender))
    receiver = Receiver(there, Person())
    for event in line.exchange("train"):
        receiver.receive(event)
    assert there.values == here.values
    assert there.pictures == here.pictures
    assert receiver.step == 60
    assert line.exchange("train") == []


def test_what_is_told_again_after_a_restart_is_left_out():
    line, log = Line(), MemoryLog()
    sender, receiver = Sender(line), Receiver(log, Person())
    for step in (10, 20, 30, 20, 30, 40):  # it died after 30, the checkpoint was of 15
        sender.metrics({"loss": float(step)}, step)
        sender.picture("grid", np.zeros((2, 2, 3), np.float32), step)
    for event in line.exchange("train"):
        receiver.receive(event)
    assert [step for _, _, step in log.values] == [10, 20, 30, 40]
    assert log.pictures == [("grid", 10), ("grid", 20), ("grid", 30), ("grid", 40)]


def test_wishes_go_the_other_way():
    line = Line()
    sender = Sender(line)
    assert sender.wish() == "train"
    line.exchange("stop")
    assert sender.wish() == "stop"


def test_states_and_messages_arrive(caplog: pytest.LogCaptureFixture):
    line, person = Line(), Person()
    messages = logging.getLogger("wordmend.elsewhere")
    messages.addHandler(handler := Messages(line))
    messages.propagate = False  # in a process of its own nobody else would hear it
    messages.warning("the disk of %s is full", "machine 2")
    messages.removeHandler(handler)
    Sender(line).tell("paused after step 3")
    for event in line.exchange("train"):
        Receiver(MemoryLog(), person).receive(event)
    assert person.told == ["paused after step 3"]
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [
        (logging.WARNING, "the disk of machine 2 is full")
    ]
