"""The study through Kedro's command line, MLflow and DVC."""

import json
from collections.abc import Callable
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from tests.projects import command

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def studied(make_project: Callable[[str], Path]) -> tuple[Path, str]:
    project = make_project("study")
    command(project, "git", "init", "-q")
    command(project, "dvc", "init", "-q")
    parameters = "study.steering_seeds=1,study.workers=2"
    output = command(project, "kedro", "run", "--pipelines=study", "--params", parameters)
    return project, output


def test_it_ends_with_goals_and_a_page(studied: tuple[Path, str]):
    project, output = studied
    folder = project / "data/08_reporting/study"
    assert "study: seed 1 of 1, arm 3 of 12 (stage2)" in output
    assert "Do words move pictures?" in output
    assert (folder / "report.html").as_uri() in output
    assert json.loads((folder / "left_out.json").read_text()) == []
    assert len(json.loads((folder / "goals.json").read_text())) == 11
    images = pd.read_parquet(folder / "images.parquet")
    assert {"only noise", "unsharp 0.3", "wordless"} < set(images["arm"])
    summary = pd.read_csv(folder / "summary.csv")
    assert {"stage1", "stage2", "only noise"} < set(summary["arm"])
    assert "Steering" in (folder / "report.html").read_text()


def test_each_training_is_a_run_of_its_own_in_that_of_the_study(studied: tuple[Path, str]):
    project, _ = studied
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = client.search_runs(experiments, "tags.`wordmend.training` LIKE 'study-%'")
    names = {run.data.tags["wordmend.training"] for run in runs}
    assert {"study-3-stage1", "study-3-judge", "study-3-control", "study-3-only-noise"} < names
    assert len(runs) == len(names) == 13
    parents = {run.data.tags["mlflow.parentRunId"] for run in runs}
    assert len(parents) == 1
    parent = client.get_run(parents.pop())
    assert "study/stage2/psnr/all" in parent.data.metrics
    assert {artifact.path for artifact in client.list_artifacts(parent.info.run_id)} >= {
        *("study.html", "summary.csv")
    }


def test_results_are_in_dvc_and_data_not_in_git(studied: tuple[Path, str]):
    project, _ = studied
    assert (project / "data/08_reporting/study.dvc").is_file()
    command(project, "git", "add", "-A")
    tracked = command(project, "git", "ls-files", "data").splitlines()
    assert "data/08_reporting/study.dvc" in tracked
    assert all(Path(path).name in {".gitkeep", ".gitignore", "study.dvc"} for path in tracked)
