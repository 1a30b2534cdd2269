"""Restorers in a real MLflow registry, each of a training run of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
import torch

from wordmend.assessment.where_fault import Beside
from wordmend.mlflow_lineage import CHAMPION, RESTORERS, champion_version
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.model import QualityModel
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer
from wordmend.restorers.weights import Restorer
from wordmend.tracking import log_restorer

DEFAULT_EXPERIMENT = "0"
CONFIG = RestorerConfig(options={"width": 4, "middle_blk_num": 1, "enc_blk_nums": [1], "dec_blk_nums": [1]})


def restorer(seed: int) -> Restorer:
    """A small one; other seeds have other weights."""
    return Restorer(build_restorer(CONFIG, seed).eval(), CONFIG)


def quality_model() -> QualityModel:
    """A small one."""
    torch.manual_seed(0)
    return QualityModel(QualityModelConfig(image_size=32)).eval()


def register(pairs: str, **restorers: Restorer) -> str:
    """Log restorers by training (stage1, control, stage2) to one run, and give its id.

    A stage 2 is logged with the control, where there is one.
    """
    control = restorers.get("control")
    beside = None if control is None else Beside(control, quality_model())
    # a test before may have left the experiment of another store as the one that is set
    with mlflow.start_run(experiment_id=DEFAULT_EXPERIMENT, tags={"data.pairs": pairs}) as run:
        for training, trained in restorers.items():
            log_restorer(trained, training, beside if training == "stage2" else None)
    return str(run.info.run_id)


def champion() -> str | None:
    """The version that is the champion."""
    version = champion_version()
    return None if version is None else str(version.version)


def tags(version: str) -> dict[str, str]:
    """The tags of a version."""
    found: dict[str, str] = mlflow.MlflowClient().get_model_version(RESTORERS, version).tags
    return found


def make_champion(version: str) -> None:
    """Give the alias by hand, as a person would."""
    mlflow.MlflowClient().set_registered_model_alias(RESTORERS, CHAMPION, version)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store with nothing in it, to be copied: making one takes seconds."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    mlflow.MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def registry(empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty store of a test's own is the one that is set."""
    before = mlflow.get_tracking_uri()
    monkeypatch.chdir(tmp_path)
    shutil.copy(empty_store, tmp_path)
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    yield
    mlflow.set_tracking_uri(before)
