"""The restorers of a way through all trainings, in a registry and in the folder of the models."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import mlflow
import pytest

from tests.registry import quality_model, register, restorer
from wordmend.quality.weights import save_quality_model
from wordmend.restorers.config import Use
from wordmend.restorers.weights import Restorer, fingerprint, save_restorer

STAGE1, CONTROL, STAGE2, OTHER = range(4)
STORED = {"stage1": STAGE1, "control": CONTROL, "stage2": STAGE2}
USE = Use(sharpness=0.25)


@dataclass(frozen=True)
class Store:
    """A store with the versions 1 stage1, 2 control, 3 stage2."""

    folder: Path
    stage1_run: str
    stage2_run: str


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("registry")
    before = mlflow.get_tracking_uri()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        one = register("pairs", stage1=restorer(STAGE1))
        two = register("pairs", control=restorer(CONTROL), stage2=replace(restorer(STAGE2), use=USE))
    mlflow.set_tracking_uri(before)
    return Store(folder, one, two)


@pytest.fixture
def store(filled: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    before = mlflow.get_tracking_uri()
    monkeypatch.chdir(filled.folder)
    mlflow.set_tracking_uri(f"sqlite:///{filled.folder}/mlflow.db")
    yield filled
    client = mlflow.MlflowClient()
    for alias in client.get_registered_model("wordmend-restorer").aliases:
        client.delete_registered_model_alias("wordmend-restorer", alias)
    mlflow.set_tracking_uri(before)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for name, seed in (("stage1", STAGE1), ("control", CONTROL), ("stage2", STAGE2)):
        save_restorer(tmp_path / "models" / name, restorer(seed))
    save_quality_model(tmp_path / "models" / "quality", quality_model())
    return tmp_path / "models"


def is_seed(found: Restorer, seed: int) -> bool:
    return fingerprint(found.network) == fingerprint(restorer(seed).network)
