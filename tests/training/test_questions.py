"""Who is asked, and how long they are waited for."""

import numpy as np
import pytest

from wordmend.comments.words import TargetText
from wordmend.training.people import Answer, PairAgenda, People, Questions, Shown

CLEAR = TargetText("the hair is clear", "sharpness", None, "person", "c1", "a.restored")
IMAGE = np.zeros((8, 8, 3), dtype=np.float32)


class Waiting(People):
    """People whose news are set by hand."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.coming: list[Shown | Answer] = []

    def ask(self, pair_id, restored):
        self.asked.append(pair_id)

    def news(self):
        coming, self.coming = self.coming, []
        return coming


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def people():
    return Waiting()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def questions(people, clock):
    return Questions(people, countdown=30, at_most=2, clock=clock)


def answer(pair_id, tmp_path, *targets):
    return Answer(pair_id, tmp_path / "picture.png", targets)


def test_the_countdown_begins_when_the_picture_is_shown(questions, people, clock):
    questions.ask("a", IMAGE)
    clock.now = 20
    people.coming = [Shown("a")]
    assert list(questions.hear()) == []
    clock.now = 49.9
    assert list(questions.hear()) == []
    assert questions.waits("a")
    assert questions.take_due(8) == []
    clock.now = 50
    assert list(questions.hear()) == []
    assert not questions.waits("a")
    assert questions.take_due(8) == ["a"]
    assert questions.take_due(8) == []


def test_a_picture_that_can_not_be_shown_is_not_waited_for_longer(questions, clock):
    questions.ask("a", IMAGE)
    clock.now = 30
    assert list(questions.hear()) == []
    assert questions.take_due(8) == ["a"]


def test_an_answer_ends_the_countdown(questions, people, clock, tmp_path):
    questions.ask("a", IMAGE)
    clock.now = 3
    people.coming = [Shown("a"), answer("a", tmp_path, CLEAR)]
    (heard,) = questions.hear()
    assert heard.targets == (CLEAR,)
    assert questions.take_due(8) == ["a"]
    clock.now = 99
    assert list(questions.hear()) == []
    assert questions.take_due(8) == []  # once


def test_a_late_answer_is_heard_and_makes_nothing_due(questions, people, clock, tmp_path):
    questions.ask("a", IMAGE)
    clock.now = 31
    assert list(questions.hear()) == []
    assert questions.take_due(8) == ["a"]
    people.coming = [answer("a", tmp_path, CLEAR)]
    assert len(list(questions.hear())) == 1
    assert questions.take_due(8) == []


def test_of_some_pairs_nobody_is_asked(people, clock):
    questions = Questions(people, countdown=30, at_most=2, clock=clock, unasked={"a"})
    assert not questions.may_ask("a")
    assert questions.may_ask("b")


def test_only_so_many_questions_wait_also_after_their_countdown(questions, people, clock, tmp_path):
    questions.ask("a", IMAGE)
    questions.ask("b", IMAGE)
    assert not questions.may_ask("c")
    clock.now = 60
    assert list(questions.hear()) == []
    assert not questions.may_ask("c")  # nobody is there: no heap of questions
    assert not questions.may_ask("a")
    people.coming = [answer("a", tmp_path)]
    assert len(list(questions.hear())) == 1
    assert questions.may_ask("c")
    assert questions.may_ask("a")


def test_an_answer_to_what_nobody_asked_is_heard(questions, people, tmp_path):
    people.coming = [answer("x", tmp_path, CLEAR)]
    assert [heard.pair_id for heard in questions.hear()] == ["x"]
    assert questions.take_due(8) == []


def test_the_agenda_speaks_of_places(questions, people, clock, tmp_path):
    agenda = PairAgenda(["b", "a"], questions)
    questions.ask("a", IMAGE)
    assert [agenda.waits(place) for place in (0, 1)] == [False, True]
    people.coming = [answer("a", tmp_path, CLEAR)]
    list(questions.hear())
    assert agenda.take_due(8) == [1]
