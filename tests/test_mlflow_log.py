import logging
import time
from pathlib import Path

import mlflow
import numpy as np
import pytest

from tests.mlflow_server import mlflow_server, until
from wordmend import mlflow_log
from wordmend.mlflow_log import MlflowLog
from wordmend.tracking import log_metrics

PICTURE = np.full((8, 8, 3), 0.5, np.float32)


def a_run(store: str) -> str:
    return mlflow.MlflowClient(store).create_run("0").info.run_id


def curve(store: str, run_id: str, name: str = "loss") -> list[tuple[int, float]]:
    history = mlflow.MlflowClient(store).get_metric_history(run_id, name)
    return [(metric.step, metric.value) for metric in history]


def pictures(store: str, run_id: str) -> list[str]:
    files = [file.path for file in mlflow.MlflowClient(store).list_artifacts(run_id, "images")]
    return sorted(path.split("+timestamp")[0] for path in files if path.endswith(".png"))


def test_more_numbers_than_a_batch_takes_arrive_in_order(mlflow_store: str):
    run_id = a_run(mlflow_store)
    log = MlflowLog(run_id, tracking_uri=mlflow_store)
    for step in range(2345):
        log.metrics({"loss": 1 / (step + 1)}, step)
    log.close()
    assert curve(mlflow_store, run_id) == [(step, 1 / (step + 1)) for step in range(2345)]


@pytest.mark.usefixtures("experiment_id")
def test_nested_numbers_have_paths_and_what_there_is_none_of_is_left_out():
    with mlflow.start_run() as run:
        log_metrics({"study": {"stage2": {}, "control": {"psnr": 26.5, "judge": None}}})
    assert mlflow.get_run(run.info.run_id).data.metrics == {"study/control/psnr": 26.5}


def test_a_run_that_goes_on_has_everything_once(mlflow_store: str, tmp_path: Path):
    client = mlflow.MlflowClient(mlflow_store)
    experiment = client.create_experiment("goes on", str(tmp_path))
    run_id = client.create_run(experiment).info.run_id
    for goes_on, steps in ((False, range(1, 6)), (True, range(3, 9))):
        log = MlflowLog(run_id, goes_on, mlflow_store)
        for step in steps:
            log.metrics({"loss": float(step), f"new/{goes_on}": 0.0}, step)
            if step % 2 == 0:
                log.picture("validation/grid", PICTURE, step)
        log.close()
    assert curve(mlflow_store, run_id) == [(step, float(step)) for step in range(1, 9)]
    assert len(curve(mlflow_store, run_id, "new/True")) == 6
    assert pictures(mlflow_store, run_id) == [f"images/validation~grid+step+{step}" for step in (2, 4, 6, 8)]


def test_what_the_store_refuses_does_not_keep_back_the_rest(
    mlflow_store: str, caplog: pytest.LogCaptureFixture
):
    run_id = a_run(mlflow_store)
    log = MlflowLog(run_id, tracking_uri=mlflow_store)
    log.metrics({"not a name: [?]": 1.0}, 1)
    log.flush()
    log.metrics({"loss": 1.0}, 2)
    log.close()
    assert curve(mlflow_store, run_id) == [(2, 1.0)]
    assert "refused" in caplog.text


def test_a_store_that_never_comes_back_costs_the_limit_and_a_warning(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(mlflow_log, "FLUSH_SECONDS", 0.5)
    monkeypatch.setattr(mlflow_log, "MAX_PICTURES", 2)
    log = MlflowLog("0" * 32, goes_on=True, tracking_uri="http://127.0.0.1:9")
    for step in range(3):
        log.metrics({"loss": 1.0, "rate": 0.1}, step)
        log.picture("grid", PICTURE, step)
    begin = time.monotonic()
    log.flush()
    log.close(2)
    assert time.monotonic() - begin < 5
    assert len(log.pictures) == 2
    assert caplog.text.count("is away") == 1
    assert "did not get 6 numbers and 3 pictures" in caplog.text


@pytest.mark.slow
def test_an_outage_costs_neither_time_nor_numbers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    """The server is killed while a training logs, and comes back."""
    # MLflow itself goes on for four minutes with a request that is under way when the server dies
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    caplog.set_level(logging.INFO, "wordmend")
    slowest = 0.0
    with mlflow_server(tmp_path) as server:
        run_id = a_run(server.url)
        log = MlflowLog(run_id, tracking_uri=server.url)

        def train(steps: range) -> None:
            nonlocal slowest
            for step in steps:
                begin = time.monotonic()
                log.metrics({"loss": float(step)}, step)
                if step % 25 == 0:
                    log.picture("grid", PICTURE, step)
                slowest = max(slowest, time.monotonic() - begin)
                time.sleep(0.02)

        train(range(1, 151))  # 3 s: some are sent
        server.kill()
        train(range(151, 301))
        until(lambda: "is away" in caplog.text)
        assert 0 < len(curve(f"sqlite:///{tmp_path}/mlflow.db", run_id)) < 300
        server.start()
        train(range(301, 351))
        log.close()
        assert curve(server.url, run_id) == [(step, float(step)) for step in range(1, 351)]
        steps = sorted(int(name.split("+")[-1]) for name in pictures(server.url, run_id))
        assert steps == list(range(25, 351, 25))
    assert slowest < 1
    assert caplog.text.count("is away") == caplog.text.count("is back") == 1
