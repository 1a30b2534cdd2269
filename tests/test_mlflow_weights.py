"""Every way to name weights, with a real store and registry."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import mlflow
import pytest
import torch

from tests.registry import DEFAULT_EXPERIMENT, make_champion, quality_model, register, restorer
from wordmend.assessment.where_fault import WhereFault
from wordmend.errors import ParameterError, WeightsError
from wordmend.mlflow_weights import choose_weights, lies_in, read_model
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


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("registry")
    before = mlflow.get_tracking_uri()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        one = register("pairs", stage1=restorer(STAGE1))
        two = register("pairs", control=restorer(CONTROL), stage2=replace(restorer(STAGE2), use=USE))
        yield Store(folder, one, two)
    mlflow.set_tracking_uri(before)


@pytest.fixture
def store(filled: Store) -> Iterator[Store]:
    yield filled
    client = mlflow.MlflowClient()
    for alias in client.get_registered_model("wordmend-restorer").aliases:
        client.delete_registered_model_alias("wordmend-restorer", alias)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for name, seed in (("stage1", STAGE1), ("control", CONTROL), ("stage2", STAGE2)):
        save_restorer(tmp_path / "models" / name, restorer(seed))
    save_quality_model(tmp_path / "models" / "quality", quality_model())
    return tmp_path / "models"


def is_seed(found: Restorer, seed: int) -> bool:
    return fingerprint(found.network) == fingerprint(restorer(seed).network)


def test_the_champion_is_used_where_there_is_one(store: Store, models: Path):
    make_champion("2")
    chosen = choose_weights("champion", models, None)
    assert is_seed(chosen.restorer, CONTROL)
    assert chosen.training == "control"
    assert chosen.told == (
        f"champion (control), NAFNet, {fingerprint(restorer(CONTROL).network)}, "
        f"models:/wordmend-restorer/2, run {store.stage2_run}"
    )


def test_without_a_champion_the_best_that_lies_here_is_used_and_told(store: Store, models: Path):
    chosen = choose_weights("champion", models, None)
    assert is_seed(chosen.restorer, STAGE2)
    assert chosen.told.startswith(
        f"stage2, the best in {models}, as there is no champion in {mlflow.get_tracking_uri()}, NAFNet"
    )
    assert chosen.told.endswith(f"models:/wordmend-restorer/3, run {store.stage2_run}")


def test_the_best_is_what_the_evaluation_found(store: Store, models: Path):
    release = {"arm": "control", "weights": {"control": fingerprint(restorer(CONTROL).network)}}
    assert is_seed(choose_weights("best", models, release).restorer, CONTROL)
    # of weights that have been trained anew it said nothing
    save_restorer(models / "control", restorer(OTHER))
    assert is_seed(choose_weights("best", models, release).restorer, STAGE2)
    shutil.rmtree(models / "control")
    assert is_seed(choose_weights("best", models, release).restorer, STAGE2)


@pytest.mark.parametrize(("name", "seed"), [("stage1", STAGE1), ("control", CONTROL), ("stage2", STAGE2)])
def test_trainings_that_lie_here(store: Store, models: Path, name: str, seed: int):
    make_champion("1")
    chosen = choose_weights(name, models, None)
    assert is_seed(chosen.restorer, seed)
    assert (chosen.called, chosen.training) == (name, name)


def test_uris_of_mlflow(store: Store, models: Path):
    mlflow.MlflowClient().set_registered_model_alias("wordmend-restorer", "archive", "2")
    uris = {
        "models:/wordmend-restorer/3": STAGE2,
        "models:/wordmend-restorer@archive": CONTROL,
        f"runs:/{store.stage2_run}/control": CONTROL,
        f"runs:/{store.stage2_run}/stage2": STAGE2,
        f"runs:/{store.stage1_run}": STAGE1,
    }
    for uri, seed in uris.items():
        chosen = choose_weights(uri, models, None)
        assert is_seed(chosen.restorer, seed), uri
        assert chosen.called == uri
        assert chosen.lineage["mlflow.run"] in uri or "models:/" in uri


def test_files_and_folders(store: Store, models: Path):
    (models / "mine").mkdir()
    save_restorer(models / "mine", restorer(OTHER))
    (models / "mine" / "restorer.safetensors").rename(models / "mine" / "old-prints.safetensors")
    for place in (models / "stage2", models / "stage2" / "restorer.safetensors"):
        chosen = choose_weights(str(place), models, None)
        assert is_seed(chosen.restorer, STAGE2)
        assert chosen.training == "stage2"
    file = choose_weights(str(models / "mine" / "old-prints.safetensors"), models, None)
    assert is_seed(file.restorer, OTHER)
    assert (file.training, dict(file.lineage)) == (None, {})
    assert not lies_in(models, file)
    with pytest.raises(WeightsError, match=r"mine/restorer\.safetensors: not found"):
        choose_weights(str(models / "mine"), models, None)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("stag2", "'stag2': there is no such file or folder; did you mean 'stage2'\\?; give champion, best"),
        ("/nowhere/at/all", "'/nowhere/at/all': there is no such file or folder; give champion"),
        (
            "models:/wordmend-restorer/99",
            "models:/wordmend-restorer/99: can't be read from sqlite.*make mlflow",
        ),
        ("models:/wordmend-restorer@nobody", "@nobody: can't be read from sqlite"),
        ("models:/", "models:/: can't be read"),
        ("runs:/abc/stage2", "runs:/abc/stage2: can't be read from sqlite.*abc"),
        ("runs:/abc", "runs:/abc: it has no restorer"),
    ],
)
def test_what_is_not_there_is_named(store: Store, models: Path, named: str, message: str):
    with pytest.raises(WeightsError, match=message):
        choose_weights(named, models, None)


def test_a_run_with_several_restorers_asks_which(store: Store, models: Path):
    run = store.stage2_run
    with pytest.raises(WeightsError, match=f"give runs:/{run}/control or runs:/{run}/stage2"):
        choose_weights(f"runs:/{run}", models, None)


def test_a_model_that_is_no_restorer_is_refused(store: Store, models: Path):
    with mlflow.start_run(experiment_id=DEFAULT_EXPERIMENT) as run:
        mlflow.log_text("import os", "notes/artifacts/code.py")
    with pytest.raises(WeightsError, match="not a restorer that Wordmend logged"):
        choose_weights(f"runs:/{run.info.run_id}/notes", models, None)


def test_weights_are_never_unpickled(store: Store, models: Path, tmp_path: Path):
    torch.save({"weight": torch.zeros(1)}, models / "stage2" / "old.pth")
    with pytest.raises(WeightsError, match=r"old\.pth: weights are read from safetensors files only"):
        choose_weights(str(models / "stage2" / "old.pth"), models, None)
    (models / "stage2" / "restorer.safetensors").write_bytes(b"\x80\x04")
    with pytest.raises(WeightsError, match="damaged, or not a safetensors file"):
        choose_weights("stage2", models, None)


def test_without_any_weights_it_is_told_how_to_get_some(store: Store, tmp_path: Path):
    for named in ("champion", "best", "stage2"):
        with pytest.raises(WeightsError, match="there are none yet: train some with `make run`"):
            choose_weights(named, tmp_path, None)


def test_words_lie_between_stage2_and_its_own_control(store: Store, models: Path, tmp_path: Path):
    make_champion("3")
    first, second = (restorer(seed).network.state_dict() for seed in (CONTROL, STAGE2))
    nowhere = tmp_path / "nowhere"
    for named, folder in (("stage2", models), ("best", models), ("champion", nowhere), ("champion", models)):
        chosen = choose_weights(named, folder, None, words=0.25)
        for name, value in chosen.restorer.network.state_dict().items():
            torch.testing.assert_close(value, torch.lerp(first[name], second[name], 0.25))
        assert chosen.told.startswith("0.25 ")
        assert " + 0.75 control, NAFNet" in chosen.told
    # of the weights of another run, the control that lies here is not the control
    save_restorer(models / "stage2", restorer(OTHER))
    save_restorer(models / "control", restorer(STAGE1))
    chosen = choose_weights("champion", models, None, words=0)
    assert is_seed(chosen.restorer, CONTROL)


def test_where_there_is_no_fault_the_control_restores(store: Store, models: Path, tmp_path: Path):
    """Of weights that lie here with what lies beside them, of others with what was logged with them."""
    make_champion("3")
    save_restorer(models / "stage2", replace(restorer(STAGE2), use=Use(sharpness=0.5)))
    for named, folder, sharpness in (("stage2", models, 0.5), ("champion", tmp_path / "nowhere", 0.25)):
        chosen = choose_weights(named, folder, None, where="fault")
        network = chosen.restorer.network
        assert isinstance(network, WhereFault)
        assert network.sharpness == sharpness
        assert fingerprint(network.stage2) == fingerprint(restorer(STAGE2).network)
        assert fingerprint(network.control) == fingerprint(restorer(CONTROL).network)
        assert fingerprint(network.find_fault.model) == fingerprint(quality_model())
        assert chosen.training == "stage2"
        assert chosen.called == f"{named} where there is fault, control elsewhere"
        assert chosen.fingerprint == fingerprint(restorer(STAGE2).network)  # by which it is known
    half = choose_weights("stage2", models, None, words=0.5, where="fault")
    between = choose_weights("stage2", models, None, words=0.5).restorer.network
    assert isinstance(half.restorer.network, WhereFault) and half.restorer.network.sharpness == 0.5
    assert fingerprint(half.restorer.network.stage2) == fingerprint(between)
    assert half.training is None


def test_weights_without_words_restore_everywhere(store: Store, models: Path):
    for named in ("control", "stage1"):
        assert is_seed(choose_weights(named, models, None, where="fault").restorer, STORED[named])


def test_alone_stage2_takes_in_what_it_needs_of_its_control(store: Store, models: Path, tmp_path: Path):
    save_restorer(models / "stage2", replace(restorer(STAGE2), use=Use(alone=0.75)))
    chosen = choose_weights("stage2", models, None)
    first, second = (restorer(seed).network.state_dict() for seed in (STAGE2, CONTROL))
    for name, value in chosen.restorer.network.state_dict().items():
        torch.testing.assert_close(value, torch.lerp(first[name], second[name], 0.75))
    assert (chosen.training, chosen.control_share, chosen.restorer.use) == ("stage2", 0.75, Use())
    assert chosen.told.startswith("stage2 with 0.75 of its control, NAFNet")
    assert lies_in(models, chosen)


def test_what_was_logged_is_read_as_it_is_used(store: Store):
    logged = read_model("models:/wordmend-restorer/3")
    assert logged.beside is not None and isinstance(logged.in_use.network, WhereFault)
    assert logged.restorer.use == USE
    control = read_model("models:/wordmend-restorer/2")
    assert control.beside is None and control.in_use is control.restorer


def test_words_are_refused_where_there_are_none(store: Store, models: Path, tmp_path: Path):
    make_champion("2")
    with pytest.raises(
        ParameterError, match=r"champion were trained without words \(control\); set words to 1"
    ):
        choose_weights("champion", models, None, words=0.5)
    save_restorer(tmp_path / "mine", restorer(OTHER))
    with pytest.raises(ParameterError, match="made by no known training"):
        choose_weights(str(tmp_path / "mine"), models, None, words=0.5)
    shutil.rmtree(models / "control")
    save_restorer(models / "stage2", restorer(OTHER))
    with pytest.raises(ParameterError, match=r"words=0\.5 needs the control of stage2.*set words to 1"):
        choose_weights("stage2", models, None, words=0.5)
    save_restorer(models / "control", restorer(CONTROL))
    shutil.rmtree(models / "quality")
    with pytest.raises(
        ParameterError, match=r"words_where=fault needs the quality model of stage2.*everywhere"
    ):
        choose_weights("stage2", models, None, where="fault")
