"""A person at the page while stage 2 trains: the real pipeline, server and browser."""

import logging
import shutil
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from tests.labelstudio.browser import person_at
from tests.labelstudio.test_exchange import tasks_of
from tests.projects import change_parameters, runner_in
from wordmend.images.channels import FloatImage
from wordmend.labelstudio.connection import connect
from wordmend.labelstudio.live import LivePeople
from wordmend.labelstudio.local_server import LocalServer
from wordmend.mlflow_log import MlflowLog

pytestmark = pytest.mark.slow

TITLE = "live circle"
SECONDS = 120.0
STEPS = 12


class Heard(logging.Handler):
    """Notes that both answers have come."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: set[str] = set()
        self.both = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        told = record.getMessage()
        if told.startswith("a person wants of"):
            self.answered.add(told.split(":")[0])
        if len(self.answered) == 2:
            self.both.set()


@pytest.fixture(scope="module")
def trained(whole_way: Path, local: LocalServer, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """A project whose stage 2 trained while a person answered two of three questions.

    The training waits after its third question until the person has answered, however slow the browser is.
    """
    project = tmp_path_factory.mktemp("live") / "project"
    shutil.copytree(whole_way, project)
    stage2 = {
        "words": {"live": True, "countdown": 600, "live_tasks": 3},
        "damage_share": 0,  # else the control has batches of its own
        "noise_share": 0,
        "gt_unsharp": 0,  # else its pixels are compared with sharper originals
        "pieces_share": 0,  # people are not asked about images with anything of others on them
        "clean_share": 0,  # nor about good ones
        "loop": {"steps": STEPS, "log_every": 1, "validate_every": STEPS},
    }
    change_parameters(
        project,
        {
            "annotation_export": {"project": TITLE},
            "annotation_import": {"project": TITLE},
            "stage2": stage2,
        },
    )
    heard, failed, questions = Heard(), [], []
    go_on, ask = MlflowLog.metrics, LivePeople.ask

    def note_and_ask(people: LivePeople, pair_id: str, restored: FloatImage) -> None:
        questions.append(pair_id)
        ask(people, pair_id, restored)

    def wait_for_the_person(log: MlflowLog, values: dict[str, float], step: int) -> None:
        if len(questions) >= 3:  # the first may be answered, and a fourth asked, before it is noted
            assert heard.both.wait(SECONDS), "nobody answered"
        go_on(log, values, step)

    def train() -> None:
        try:
            run("stage2")
        except BaseException as error:
            failed.append(error)

    logger = logging.getLogger("wordmend.labelstudio.live")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABEL_STUDIO_URL", local.server.url)
        patch.setenv("LABEL_STUDIO_API_KEY", str(local.server.api_key))
        patch.setattr(MlflowLog, "metrics", wait_for_the_person)
        patch.setattr(LivePeople, "ask", note_and_ask)
        with runner_in(project) as run, person_at(local, tmp_path_factory.mktemp("profile")) as person:
            training = threading.Thread(target=train)
            training.start()
            client, asked = connect(local.server), []
            end = time.monotonic() + SECONDS
            while len(asked) < 3 and not failed:
                assert time.monotonic() < end, "no questions"
                time.sleep(0.5)
                found = list(client.projects.list(title=f"{TITLE} live"))
                asked = tasks_of(client, found[0].id) if found else []
            logger.addHandler(heard)
            person.open_first_task(found[0].id)
            person.press("3")
            person.draw(0.25, 0.25, 0.75, 0.75)
            person.type_into("What is wrong", "a scratch is left here")
            assert person.submit().status == 201
            person.next_task()
            person.type_into("Or in your words", "there is too much noise")
            assert person.submit().status == 201
            training.join(SECONDS)
            logger.removeHandler(heard)
            assert not failed, failed
            assert not training.is_alive()
            run("annotation_import")
    drawn, typed, unanswered = (task.data["pair_id"] for task in asked)
    return {"project": project, "drawn": drawn, "typed": typed, "unanswered": unanswered}


@pytest.fixture(scope="module")
def visits(trained: dict) -> pd.DataFrame:
    return pd.read_parquet(trained["project"] / "data/08_reporting/stage2/visits.parquet")


def test_the_training_went_on_with_other_pairs_and_used_the_words_at_once(trained, visits):
    assert visits["step"].max() == STEPS
    asked_about = visits[visits["pair_id"] == trained["drawn"]]
    assert asked_about["words"].tolist()[:2] == ["asked", "said"]
    said = asked_about[asked_about["words"] == "said"].iloc[0]
    assert said["text"] == "no scratch is left here"
    assert (said["source"], said["dimension"]) == ("person", "scratches")
    assert 1 <= said["step"] - asked_about["step"].iloc[0] <= 3
    assert abs(said["region_x"] - 8) <= 1
    assert said["similarity"] > 0.9
    typed = visits[visits["pair_id"] == trained["typed"]]
    assert typed["words"].tolist()[:2] == ["asked", "said"]
    assert typed["dimension"].iloc[1] == "noise"


def test_who_is_not_answered_about_is_not_trained_on_meanwhile(trained, visits):
    waiting = visits[visits["pair_id"] == trained["unanswered"]]
    assert waiting["words"].tolist() == ["asked"]
    assert set(visits["words"]) == {"asked", "said", "preset"}


def test_no_more_is_asked_than_is_set_until_something_is_answered(visits):
    asked = visits[visits["words"] == "asked"]
    assert len(asked) == 5  # three at first, and one for each that was answered
    assert asked["pair_id"].nunique() == 5


def test_the_control_saw_the_same(trained, visits):
    losses = pd.read_csv(trained["project"] / "data/08_reporting/control/losses.csv")
    assert losses["step"].max() == STEPS
    stage2 = pd.read_csv(trained["project"] / "data/08_reporting/stage2/losses.csv")
    assert stage2["pixel_loss"].iloc[0] == losses["pixel_loss"].iloc[0]
    assert stage2["texts_person"].sum() > 0
    assert (visits["source"] == "person").sum() >= 2


def test_what_was_used_is_a_comment_after_the_import(trained, visits):
    comments = pd.read_parquet(trained["project"] / "data/04_feature/comments.parquet")
    said = comments[comments["source"] == "person"]
    assert sorted(said["text"]) == ["a scratch is left here", "there is too much noise"]
    used = visits[visits["source"] == "person"]
    assert set(used["comment_id"]) == set(said["comment_id"])
    assert set(used["sample_id"]) == set(said["sample_id"])
