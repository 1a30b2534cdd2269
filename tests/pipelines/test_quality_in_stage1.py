"""A quality model that learns during stage 1, through real pipelines: where it goes, what goes on from it."""

import shutil
from pathlib import Path

import mlflow
import pandas as pd
import pytest
import torch

from tests.pipelines.test_interruption import kill_while_training
from tests.projects import change_parameters, command, runner_in
from wordmend.quality.weights import load_quality_model

pytestmark = pytest.mark.slow

RESTORER = "data/06_models/stage1/restorer.safetensors"
WEIGHTS = "data/06_models/stage1_quality/model.safetensors"


@pytest.fixture(scope="module")
def project(whole_way: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which stage 1 was trained again, with a quality model."""
    project = tmp_path_factory.mktemp("quality_in_stage1") / "project"
    shutil.copytree(whole_way, project, ignore=shutil.ignore_patterns("mlflow.db", "mlruns"))
    quality = {"every": 2, "model": {"image_size": 32}, "picture_size": 32}
    change_parameters(project, {"stage1": {"quality": quality}})
    with runner_in(project) as run:
        run("stage1")
    return project


def test_without_one_its_folder_is_empty(whole_way: Path):
    assert list((whole_way / "data/06_models/stage1_quality").iterdir()) == []


def test_the_restorer_has_the_bytes_of_stage1_without_it(whole_way: Path, project: Path):
    assert (project / RESTORER).read_bytes() == (whole_way / RESTORER).read_bytes()
    losses = pd.read_csv(project / "data/08_reporting/stage1/losses.csv")
    assert losses["quality_loss"].notna().all()


def test_it_is_registered_with_its_lineage(project: Path):
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    (version,) = client.search_model_versions("name = 'wordmend-quality'")
    run = client.get_run(version.run_id)
    assert run.data.tags["wordmend.training"] == "stage1"
    assert {"data.pairs", "data.quality_language"} <= set(run.data.tags)
    assert run.data.params["quality.every"] == "2"
    assert client.get_metric_history(version.run_id, "validation/quality_accuracy")


def test_clip_quality_goes_on_from_it(project: Path):
    started = load_quality_model((project / WEIGHTS).parent)
    with runner_in(project) as run:
        loop = {"steps": 1, "warmup_steps": 0, "learning_rate": 1e-12}
        run("clip_quality", clip_quality={"model": {"weights": WEIGHTS}, "loop": loop})
    ended = load_quality_model(project / "data/06_models/quality")
    for one, other in zip(started.parameters(), ended.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_both_are_the_same_after_a_kill(project: Path, tmp_path: Path):
    folders = [tmp_path / "whole", tmp_path / "killed"]
    for folder in folders:
        shutil.copytree(project, folder, ignore=shutil.ignore_patterns("mlflow.db", "mlruns"))
        change_parameters(folder, {"stage1": {"loop": {"steps": 80, "checkpoint_every": 3}}})
    kill_while_training(folders[1], "stage1", 0.2)
    for folder in folders:
        command(folder, "kedro", "run", "--pipelines=stage1")
    for name in (RESTORER, WEIGHTS):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


def test_without_it_again_the_old_one_is_gone(project: Path, tmp_path: Path):
    copy = tmp_path / "project"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("mlflow.db", "mlruns"))
    change_parameters(copy, {"stage1": {"quality": None, "loop": {"steps": 2}}})
    with runner_in(copy) as run:
        run("stage1")
    assert not (copy / WEIGHTS).exists()
