"""Every way to name weights, with a real store and registry."""

import shutil
from pathlib import Path

import mlflow
import pytest
import torch

from tests.registry import make_champion, restorer
from tests.trained import CONTROL, OTHER, STAGE1, STAGE2, STORED, Store, is_seed
from wordmend.errors import ParameterError, WeightsError
from wordmend.mlflow_weights import choose_weights
from wordmend.restorers.weights import fingerprint, save_restorer


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
    assert not file.lies_in(models)
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


def test_weights_without_words_restore_everywhere(store: Store, models: Path):
    for named in ("control", "stage1"):
        assert is_seed(choose_weights(named, models, None, where="fault").restorer, STORED[named])


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
