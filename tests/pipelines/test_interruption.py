"""Trainings that are killed at any moment end as if they never had been."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from tests.projects import change_parameters, command

pytestmark = pytest.mark.slow

TRAININGS = ("stage1", "clip_quality", "stage2")
WEIGHTS = {
    "stage1": ["stage1/restorer.safetensors"],
    "clip_quality": ["quality/model.safetensors"],
    "stage2": ["stage2/restorer.safetensors", "control/restorer.safetensors"],
}
KILLS = int(os.environ.get("WORDMEND_TEST_KILLS", "1"))
"""Of each training; more than one takes a while."""
SECONDS = 120.0


@pytest.fixture(scope="module")
def projects(whole_way: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two copies of a project; the trainings of the first were never interrupted.

    They run on as many threads: sums of floats depend on that.
    """
    folder = tmp_path_factory.mktemp("interruption")
    for name in ("whole", "killed"):
        shutil.copytree(whole_way, folder / name)
        loop = {"steps": 120, "checkpoint_every": 3, "log_every": 2, "validate_every": 20, "warmup_steps": 5}
        change_parameters(folder / name, {training: {"loop": loop} for training in TRAININGS})
    for pipeline in TRAININGS:  # one by one: the quality model reads pictures that stage 1 writes
        command(folder / "whole", "kedro", "run", f"--pipelines={pipeline}")
    return folder / "whole", folder / "killed"


def kill_while_training(project: Path, pipeline: str, seconds: float) -> None:
    """Start a pipeline, and kill it so many seconds after it has written a checkpoint."""
    folder = project / "data/06_models/checkpoints" / pipeline
    before = set(folder.glob("step-*"))
    environment = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{project}/mlflow.db"}
    with subprocess.Popen(
        [sys.executable, "-m", "kedro", "run", f"--pipelines={pipeline}"],
        cwd=project,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        end = time.monotonic() + SECONDS
        while not set(folder.glob("step-*")) - before:
            assert process.poll() is None, "it ended before there was a checkpoint"
            assert time.monotonic() < end, "no checkpoint"
            time.sleep(0.01)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


def history_of(project: Path, training: str) -> tuple[int, dict[str, list[tuple[int, float]]]]:
    """How many runs a training has, and the curves of the newest."""
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = client.search_runs(experiments, f"tags.`wordmend.training` = '{training}'")
    newest = runs[0]
    assert newest.info.status == "FINISHED"
    names = [name for name in newest.data.metrics if not name.startswith("system/")]
    curves = {name: client.get_metric_history(newest.info.run_id, name) for name in names}
    return len(runs), {name: [(m.step, m.value) for m in curve] for name, curve in curves.items()}


@pytest.mark.parametrize("pipeline", TRAININGS)
def test_a_killed_training_ends_with_the_same_weights_and_curves(projects: tuple[Path, Path], pipeline: str):
    _, killed = projects
    moments = random.Random(pipeline)
    for _ in range(KILLS):
        kill_while_training(killed, pipeline, moments.uniform(0, 0.5))
    command(killed, "kedro", "run", f"--pipelines={pipeline}")
    for name in WEIGHTS[pipeline]:
        weights = [(project / "data/06_models" / name).read_bytes() for project in projects]
        assert weights[0] == weights[1], name
    losses, curves = (
        [pd.read_csv(project / f"data/08_reporting/{pipeline}/losses.csv") for project in projects],
        [history_of(project, pipeline) for project in projects],
    )
    assert losses[0].equals(losses[1])
    assert curves[0] == curves[1]  # one run of it beside that of the project, without gaps or doubles
    assert not (killed / "data/06_models/checkpoints" / pipeline).exists()


def test_an_interrupted_training_is_not_mixed_with_another(projects: tuple[Path, Path]):
    _, killed = projects
    change_parameters(killed, {"stage1": {"loop": {"steps": 400}}})
    kill_while_training(killed, "stage1", 0)
    change_parameters(killed, {"stage1": {"loop": {"learning_rate": 0.00123}}})
    with pytest.raises(AssertionError, match=r"parameters.loop.learning_rate was 0.005 and is 0.00123"):
        command(killed, "kedro", "run", "--pipelines=stage1")
