"""Questions during a training, with a real server."""

import logging
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from label_studio_sdk import LabelStudio

from tests.labelstudio.conftest import Library, failing
from tests.labelstudio.test_exchange import answer_task, tasks_of
from tests.labelstudio.test_results import choice, region, words
from wordmend.comments.config import WordsConfig
from wordmend.errors import LabelStudioError
from wordmend.images.reading import read_image
from wordmend.labelstudio.config import AnnotationExportConfig
from wordmend.labelstudio.connection import LabelStudioServer
from wordmend.labelstudio.importing import import_annotations
from wordmend.labelstudio.live import LivePeople
from wordmend.labelstudio.people import people_comments, with_annotated_samples
from wordmend.samples.quality_samples import picture_paths
from wordmend.training.people import Answer, Shown

pytestmark = pytest.mark.slow

_numbers = count()
IMAGE = np.full((32, 32, 3), 0.5, dtype=np.float32)


@pytest.fixture
def project() -> str:
    return f"training {next(_numbers)}"


@pytest.fixture
def live(library: Library, server, language, project) -> Callable[..., LivePeople]:
    def live(at: LabelStudioServer = server, **settings) -> LivePeople:
        return LivePeople.open(
            at,
            library.pairs,
            picture_paths(library.samples, library.data),
            library.annotations,
            language,
            WordsConfig(),
            AnnotationExportConfig(project=project, **settings),
        )

    return live


def next_news(people: LivePeople, seconds: float = 30) -> Shown | Answer:
    """The next event; what comes with it is kept."""
    waiting = people.__dict__.setdefault("test_news", [])
    end = time.monotonic() + seconds
    while not waiting:
        waiting += people.news()
        assert time.monotonic() < end, "no news"
        time.sleep(0.05)
    return waiting.pop(0)


def live_tasks(client: LabelStudio, project: str) -> list:
    (found,) = [p for p in client.projects.list(title=f"{project} live") if p.title == f"{project} live"]
    return tasks_of(client, found.id)


def test_a_question_is_shown_and_its_answer_comes_back_and_may_change(live, client, library, project):
    pair_id = library.pairs.pair_ids[4]
    with live() as people:
        people.ask(pair_id, IMAGE)
        assert next_news(people) == Shown(pair_id)
        (task,) = live_tasks(client, project)
        assert task.data["pair_id"] == pair_id
        assert len(task.data["pages"]) == 3
        made = answer_task(client, task.id, *region("noise", "there is grain", to_name="picture"))
        answer = next_news(people)
        assert isinstance(answer, Answer)
        assert np.allclose(read_image(answer.picture), IMAGE, atol=1 / 255)
        (target,) = answer.targets
        assert (answer.pair_id, target.source, target.dimension) == (pair_id, "person", "noise")
        assert target.region is not None

        client.annotations.update(id=made.id, result=made.result, lead_time=9.0)
        time.sleep(3)  # some looks
        assert people.news() == []  # nothing else is said

        client.annotations.update(id=made.id, result=[words("the hair is not clear")])
        changed = next_news(people)
        assert [target.text for target in changed.targets] == ["the hair is clear"]

        client.annotations.delete(id=made.id)
        assert next_news(people).targets == ()
        assert people.news() == []  # told once


@pytest.mark.parametrize("said", ["skipped", "nothing to object", "something hostile"])
def test_an_answer_without_wishes_is_an_answer(live, client, library, project, said):
    with live() as people:
        people.ask(library.pairs.pair_ids[0], IMAGE)
        next_news(people)
        (task,) = live_tasks(client, project)
        if said == "skipped":
            answer_task(client, task.id, was_cancelled=True)
        elif said == "nothing to object":
            answer_task(client, task.id, choice("verdict", "nothing", to_name="picture"))
        else:
            answer_task(client, task.id, words("<script>alert(1)</script>"), words("x" * 100_000))
        answer = next_news(people)
        assert (answer.pair_id, answer.targets) == (library.pairs.pair_ids[0], ())


def test_what_nobody_answered_is_taken_down_before_the_next_training(live, client, library, project):
    first, second = library.pairs.pair_ids[:2]
    with live() as people:
        people.ask(first, IMAGE)
        people.ask(second, IMAGE)
        assert {next_news(people).pair_id, next_news(people).pair_id} == {first, second}
        task = next(task for task in live_tasks(client, project) if task.data["pair_id"] == first)
        answer_task(client, task.id, words("the hair is not clear"))
        next_news(people)
    again = live()
    assert [task.data["pair_id"] for task in live_tasks(client, project)] == [first]
    (known,) = again.news()  # what was said in the earlier training, imported or not
    assert [target.text for target in known.targets] == ["the hair is clear"]


def test_who_changes_their_mind_on_an_exported_task_is_heard(live, server, client, library, project):
    export = library.export(server, project=project, samples=2)
    _, second = tasks_of(client, export.project_id)
    with live() as people:
        answer_task(client, second.id, words("there is too much noise"))
        answer = next_news(people)
        assert answer.pair_id == second.data["pair_id"]
        # said of the picture of a listed sample, so it is called as in the comments table
        assert [target.sample_id for target in answer.targets] == [second.data["sample_id"]]


def test_the_import_keeps_what_was_said_under_the_same_name(live, server, client, library, language, project):
    with live() as people:
        people.ask(library.pairs.pair_ids[0], IMAGE)
        next_news(people)
        (task,) = live_tasks(client, project)
        answer_task(client, task.id, words("the hair is not clear"))
        (target,) = next_news(people).targets
    found = import_annotations(server, library.annotations / "none.json", [project, f"{project} live"])
    samples = with_annotated_samples(library.samples, found.tasks, library.data, library.annotations)
    comments, _ = people_comments(found.tasks, samples, library.data, language)
    assert list(comments["comment_id"]) == [target.comment_id]
    assert list(comments["sample_id"]) == [target.sample_id]
    picture = picture_paths(samples, library.data)[str(target.sample_id)]
    assert np.allclose(read_image(Path(picture)), IMAGE, atol=1 / 255)


@pytest.mark.parametrize("status", [400, 0])
def test_a_server_that_goes_away_for_a_while_stops_nothing(
    live, server, client, library, project, status, monkeypatch, caplog
):
    monkeypatch.setattr("label_studio_sdk.core.http_client.time.sleep", lambda _: None)
    monkeypatch.setattr("wordmend.labelstudio.board.time.sleep", lambda _: None)
    away = False
    caplog.set_level(logging.INFO)
    with failing(server, lambda *_: "before" if away else None, status=status) as proxy:
        people = live(proxy)
        away = True
        with people:
            people.ask(library.pairs.pair_ids[0], IMAGE)
            while "The training goes on" not in caplog.text:
                time.sleep(0.05)
            assert people.news() == []
            away = False
            assert next_news(people) == Shown(library.pairs.pair_ids[0])
            assert len(live_tasks(client, project)) == 1
            while "is back" not in caplog.text:
                time.sleep(0.05)
    assert caplog.text.count("The training goes on") == 1
    assert "asked about 1 images" in caplog.text


def test_without_a_server_the_training_does_not_start(live):
    with pytest.raises(LabelStudioError, match="make label-studio"):
        live(LabelStudioServer("http://127.0.0.1:9", "x"))
