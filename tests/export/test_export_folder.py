from dataclasses import replace
from pathlib import Path

import pytest
import torch
from spandrel import ModelLoader

from wordmend.export.config import ExportConfig
from wordmend.export.facts import RunFacts
from wordmend.export.folder import export_restorer
from wordmend.restorers.chosen import ChosenWeights
from wordmend.restorers.config import RestorerConfig, Use
from wordmend.restorers.networks import build_restorer
from wordmend.restorers.weights import Restorer, save_restorer

NAMES = {"README.md", "config.json", "restorer.onnx", "restorer.safetensors"}


@pytest.fixture
def weights() -> ChosenWeights:
    config = RestorerConfig(options={"width": 4})
    restorer = Restorer(build_restorer(config, 1), config)
    return ChosenWeights(restorer, "stage2", "stage2", {"git.commit": "abc123"})


def test_everything_that_others_need_is_there(weights: ChosenWeights, tmp_path: Path):
    output = tmp_path / "out"
    files = export_restorer(weights, RunFacts(), ExportConfig(output=str(output)))
    assert {path.name for path in files} == NAMES == {path.name for path in output.iterdir()}
    loaded = ModelLoader().load_from_file(output / "restorer.safetensors")
    assert torch.isfinite(loaded(torch.rand(1, 3, 16, 16))).all()
    assert "| git.commit | `abc123` |" in (output / "README.md").read_text()
    save_restorer(tmp_path / "original", weights.restorer)
    original = tmp_path / "original" / "restorer.safetensors"
    assert (output / "restorer.safetensors").read_bytes() == original.read_bytes()


def test_how_it_would_be_used_with_its_control_stays_here(weights: ChosenWeights, tmp_path: Path):
    used = replace(weights, restorer=replace(weights.restorer, use=Use(sharpness=0.5)), control_share=0.75)
    facts = RunFacts(parameters={"stage2": {"words_where": "fault"}})
    export_restorer(used, facts, ExportConfig(output=str(tmp_path), onnx=False))
    assert not (tmp_path / "use.json").exists()
    assert "work everywhere" not in (tmp_path / "README.md").read_text()  # no numbers that this is about


def test_other_files_stay_but_not_the_onnx_file_of_other_weights(weights: ChosenWeights, tmp_path: Path):
    output = tmp_path / "out"
    output.mkdir()
    for name in ("notes.txt", "restorer.onnx"):
        (output / name).write_text("old")
    export_restorer(weights, RunFacts(), ExportConfig(output=str(output), onnx=False))
    assert {path.name for path in output.iterdir()} == NAMES - {"restorer.onnx"} | {"notes.txt"}
    assert "onnxruntime" not in (output / "README.md").read_text()


def test_of_weights_of_an_unknown_training_the_card_tells_what_is_known(
    weights: ChosenWeights, tmp_path: Path
):
    unknown = replace(weights, training=None, lineage={})
    export_restorer(unknown, RunFacts(), ExportConfig(output=str(tmp_path), onnx=False))
    card = (tmp_path / "README.md").read_text()
    assert "# Image restorer, of unknown training" in card
    assert "pixels alone" not in card
    assert "| sha256 |" in card
