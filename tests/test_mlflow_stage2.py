"""A stage 2 with less of its words, and where it works, out of a folder and out of a real registry."""

from dataclasses import replace
from pathlib import Path

import mlflow
import pytest
import torch

from tests.registry import make_champion, quality_model, restorer
from tests.trained import CONTROL, OTHER, STAGE1, STAGE2, Store, is_seed
from wordmend.assessment.where_fault import WhereFault
from wordmend.mlflow_weights import choose_weights
from wordmend.restorers.config import Use
from wordmend.restorers.weights import fingerprint, save_restorer


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


def test_alone_stage2_takes_in_what_it_needs_of_its_control(store: Store, models: Path, tmp_path: Path):
    save_restorer(models / "stage2", replace(restorer(STAGE2), use=Use(alone=0.75)))
    chosen = choose_weights("stage2", models, None)
    first, second = (restorer(seed).network.state_dict() for seed in (STAGE2, CONTROL))
    for name, value in chosen.restorer.network.state_dict().items():
        torch.testing.assert_close(value, torch.lerp(first[name], second[name], 0.75))
    assert (chosen.training, chosen.control_share, chosen.restorer.use) == ("stage2", 0.75, Use())
    assert chosen.told.startswith("stage2 with 0.75 of its control, NAFNet")
    assert chosen.lies_in(models)


def test_what_comes_from_the_store_is_fetched_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fetched = []
    download = mlflow.artifacts.download_artifacts

    def noting(artifact_uri: str, dst_path: str) -> str:
        fetched.append(artifact_uri)
        return str(download(artifact_uri=artifact_uri, dst_path=dst_path))

    monkeypatch.setattr(mlflow.artifacts, "download_artifacts", noting)
    choose_weights("models:/wordmend-restorer/3", tmp_path / "nowhere", None, where="fault")
    assert fetched == ["models:/wordmend-restorer/3/artifacts"]
