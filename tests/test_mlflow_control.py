from pathlib import Path

import mlflow
import pytest

from tests.mlflow_server import until
from wordmend import stop
from wordmend.config import Config
from wordmend.mlflow_control import MlflowControl
from wordmend.tracking import training_run


class Settings(Config):
    steps: int = 1


@pytest.fixture
def client(mlflow_store: str) -> mlflow.MlflowClient:
    return mlflow.MlflowClient(mlflow_store)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def says(client: mlflow.MlflowClient, run_id: str, value: str) -> None:
    client.set_tag(run_id, "control", value)


def follows(control: MlflowControl, wish: str) -> None:
    control.thread.wake()
    until(lambda: control.wish() == wish)


def test_a_tag_pauses_resumes_and_stops(client: mlflow.MlflowClient, mlflow_store: str):
    run_id = client.create_run("0").info.run_id
    control = MlflowControl(run_id, tracking_uri=mlflow_store)
    assert control.wish() == "train"
    for value, wish in ((" Pause ", "pause"), ("RESUME", "train"), ("pause", "pause"), ("stop\n", "stop")):
        says(client, run_id, value)
        follows(control, wish)
    control.close()


def test_the_stronger_wish_of_run_and_parent_counts(client: mlflow.MlflowClient, mlflow_store: str):
    parent, run_id = (client.create_run("0").info.run_id for _ in range(2))
    control = MlflowControl(run_id, parent, mlflow_store)
    says(client, parent, "pause")
    follows(control, "pause")
    says(client, run_id, "stop")
    follows(control, "stop")
    says(client, run_id, "train")
    follows(control, "pause")
    says(client, parent, "stop")
    follows(control, "stop")
    control.close()


def test_an_unknown_value_is_named_once_and_changes_nothing(
    client: mlflow.MlflowClient, mlflow_store: str, caplog: pytest.LogCaptureFixture
):
    run_id = client.create_run("0").info.run_id
    control = MlflowControl(run_id, tracking_uri=mlflow_store)
    says(client, run_id, "halt")
    control.wish()
    until(lambda: "'halt'" in caplog.text)
    says(client, run_id, "pause")
    follows(control, "pause")
    says(client, run_id, "halt")
    follows(control, "train")
    assert caplog.text.count("'halt'") == 1
    assert "train, resume, pause, stop" in caplog.text
    control.close()


def test_the_state_is_shown(client: mlflow.MlflowClient, mlflow_store: str):
    run_id = client.create_run("0").info.run_id
    control = MlflowControl(run_id, tracking_uri=mlflow_store)
    control.tell("paused after step 12")
    until(lambda: client.get_run(run_id).data.tags.get("state") == "paused after step 12")
    control.tell("running")
    control.close()
    assert client.get_run(run_id).data.tags["state"] == "ended"


def test_while_the_store_is_away_the_last_wish_stays(
    client: mlflow.MlflowClient, mlflow_store: str, monkeypatch: pytest.MonkeyPatch
):
    run_id = client.create_run("0").info.run_id
    control = MlflowControl(run_id, tracking_uri=mlflow_store)
    says(client, run_id, "pause")
    follows(control, "pause")
    failed = []

    def away(*arguments: object) -> None:
        failed.append(arguments)
        raise ConnectionError("away")

    with monkeypatch.context() as patch:
        patch.setattr(mlflow.MlflowClient, "get_run", away)
        control.thread.wake()
        until(lambda: len(failed) >= 2)
        assert control.wish() == "pause"
    says(client, run_id, "train")
    follows(control, "train")
    control.close()


def test_a_stop_of_an_earlier_try_is_over_and_make_stop_ends_the_next(
    experiment_id: str, client: mlflow.MlflowClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    tried = []
    for _ in range(2):  # the second goes on in the run of the first, which was stopped
        with training_run("stage1", Settings(), 0, {"pairs": "of a test"}, tmp_path) as run:
            newest = client.search_runs([experiment_id], max_results=1)[0]
            assert newest.data.tags["control"] == "train"
            run.log.metrics({"loss": 1.0}, len(tried))
            assert run.control.wish() == "train"
            stop.main(tmp_path)
            assert f"asked stage1 to stop after its step: MLflow run {newest.info.run_id}" in said(capsys)
            follows(run.control, "stop")
        tried.append(newest.info.run_id)
    assert tried[0] == tried[1]
    ended = client.get_run(tried[0])
    assert (ended.info.status, ended.data.tags["state"]) == ("FINISHED", "ended")
    stop.main(tmp_path)
    assert "no training is running" in said(capsys)


def test_make_stop_makes_no_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    stop.main(tmp_path)
    assert "no training is running" in said(capsys)
    assert not list(tmp_path.iterdir())
