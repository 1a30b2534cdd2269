from pathlib import Path

import pytest
import torch
from spandrel import ModelLoader

from wordmend.errors import WeightsError
from wordmend.export.config import ExportConfig
from wordmend.export.facts import RunFacts
from wordmend.export.folder import export_restorer
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer
from wordmend.restorers.weights import Restorer, fingerprint, save_restorer

NAMES = {"README.md", "config.json", "restorer.onnx", "restorer.safetensors"}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for seed, name in enumerate(("stage1", "stage2")):
        config = RestorerConfig(options={"width": 4})
        save_restorer(tmp_path / "models" / name, Restorer(build_restorer(config, seed), config))
    return tmp_path / "models"


def test_everything_that_others_need_is_there(models: Path, tmp_path: Path):
    asked = []

    def lineage(weights: str) -> dict[str, str]:
        asked.append(weights)
        return {"git.commit": "abc123"}

    output = tmp_path / "out"
    files = export_restorer(models, RunFacts(), lineage, ExportConfig(output=str(output)))
    assert {path.name for path in files} == NAMES == {path.name for path in output.iterdir()}
    loaded = ModelLoader().load_from_file(output / "restorer.safetensors")
    assert asked == [fingerprint(build_restorer(RestorerConfig(options={"width": 4}), 1))]
    assert torch.isfinite(loaded(torch.rand(1, 3, 16, 16))).all()
    assert "| git.commit | `abc123` |" in (output / "README.md").read_text()
    original = models / "stage2" / "restorer.safetensors"
    assert (output / "restorer.safetensors").read_bytes() == original.read_bytes()


def test_other_files_stay_but_not_the_onnx_file_of_other_weights(models: Path, tmp_path: Path):
    output = tmp_path / "out"
    output.mkdir()
    for name in ("notes.txt", "restorer.onnx"):
        (output / name).write_text("old")
    config = ExportConfig(weights="stage1", output=str(output), onnx=False)
    export_restorer(models, RunFacts(), lambda _: {}, config)
    assert {path.name for path in output.iterdir()} == NAMES - {"restorer.onnx"} | {"notes.txt"}
    assert "onnxruntime" not in (output / "README.md").read_text()


def test_weights_that_are_not_there_are_named(models: Path, tmp_path: Path):
    with pytest.raises(WeightsError, match="no weights of 'control'; there are stage2, stage1"):
        export_restorer(
            models, RunFacts(), lambda _: {}, ExportConfig(weights="control", output=str(tmp_path))
        )
