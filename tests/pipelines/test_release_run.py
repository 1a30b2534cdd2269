"""From an evaluation to the champion, and from the champion to mended pictures, through real Kedro runs."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
import torch

from tests.projects import Run, runner_in
from tests.registry import champion, make_champion, tags
from wordmend.images.writing import write_image
from wordmend.mlflow_lineage import CHAMPION, RESTORERS
from wordmend.mlflow_release import RELEASE_TAG
from wordmend.pairs.library import PairLibrary
from wordmend.restorers.weights import load_restorer, save_restorer

pytestmark = pytest.mark.slow

VERSIONS = {"stage1": "1", "stage2": "2", "control": "3"}  # as the whole way registers them


@pytest.fixture(scope="module")
def project(whole_way: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy whose registry and weights may be changed."""
    copy = tmp_path_factory.mktemp("release") / "project"
    shutil.copytree(whole_way, copy)
    picture = next(iter(PairLibrary.open(copy / "data/03_primary/pairs.parquet"))).lq
    write_image(copy / "pictures" / "old.png", picture)
    return copy


@pytest.fixture
def run(project: Path) -> Iterator[Run]:
    with runner_in(project) as run:
        mlflow.set_tracking_uri(f"sqlite:///{project}/mlflow.db")
        yield run


def release(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project / "data/08_reporting/release.json").read_text())
    return found


def weights_in_manifest(run: Run, project: Path, **parameters: Any) -> str:
    """Restore the picture, and give what the manifest says of the weights."""
    output = project / "mended"
    shutil.rmtree(output, ignore_errors=True)
    run("restore", restore={"input": str(project / "pictures"), "output": str(output), **parameters})
    (record,) = json.loads((output / "manifest.json").read_text())["pictures"]
    return str(record["weights"])


def test_the_whole_way_leaves_a_champion(project: Path, run: Run):
    decided = release(project)
    assert champion() == VERSIONS[decided["arm"]]
    assert tags(champion())[RELEASE_TAG] == ("earned" if decided["earned"] else "provisional")
    page = (project / "data/08_reporting/report.html").read_text()
    assert "<h2>Release</h2>" in page
    assert f"The champion is now models:/wordmend-restorer/{champion()} ({decided['arm']})" in page
    guard = pd.read_csv(project / "data/08_reporting/stage2/guard.csv")
    assert decided["goals"][0]["told"] == f"at step {guard['step'].iloc[-1]} it found nothing"


def test_restore_uses_words_where_there_is_fault(project: Path, run: Run):
    told = weights_in_manifest(run, project, weights="stage2", words_where="fault")
    assert told.startswith("stage2 where there is fault, control elsewhere, NAFNet, ")


def test_restore_uses_the_champion_unless_told_otherwise(project: Path, run: Run):
    decided = release(project)
    arm, fingerprints = decided["arm"], decided["weights"]
    version = f"models:/wordmend-restorer/{champion()}"
    told = weights_in_manifest(run, project)
    assert told.startswith(f"champion ({arm}), NAFNet, {fingerprints[arm]}, {version}, run ")
    run_id = told.rsplit(maxsplit=1)[-1]
    assert weights_in_manifest(run, project, weights=f"runs:/{run_id}/{arm}").startswith(f"runs:/{run_id}")
    stage2 = weights_in_manifest(run, project, weights="data/06_models/stage2/restorer.safetensors")
    assert f"{fingerprints['stage2']}, models:/wordmend-restorer/{VERSIONS['stage2']}, run " in stage2


def test_what_is_wrong_with_the_name_is_told(project: Path, run: Run):
    with pytest.raises(Exception, match="'stag1': there is no such file or folder; did you mean 'stage1'"):
        weights_in_manifest(run, project, weights="stag1")
    with pytest.raises(Exception, match="models:/wordmend-restorer/99: can't be read"):
        run("export", export={"weights": "models:/wordmend-restorer/99", "output": str(project / "out")})
    assert not (project / "out").exists()


def test_without_the_registry_the_best_weights_that_lie_here_are_used(project: Path, tmp_path: Path):
    clone = tmp_path / "clone"
    shutil.copytree(project, clone, ignore=shutil.ignore_patterns("mlflow.db*", "mlruns"))
    arm = release(clone)["arm"]
    with runner_in(clone) as run:
        told = weights_in_manifest(run, clone)
    assert told.startswith(f"{arm}, the best in ")
    assert "as there is no champion in sqlite" in told
    assert "models:/" not in told


def test_stage2_that_beats_its_control_becomes_the_champion(project: Path, run: Run):
    """As so few steps win nothing, its control is spoiled, sharpness called named, and nobody champion."""
    folder = project / "data/06_models/control"
    control, stage1 = load_restorer(folder), load_restorer(project / "data/06_models/stage1")
    for parameter in control.network.ending.parameters():
        torch.nn.init.normal_(parameter, std=0.3, generator=torch.Generator().manual_seed(0))
    save_restorer(folder, control)
    words = pd.read_parquet(project / "data/04_feature/stage2_words.parquet")
    words["source"] = words["source"].mask(words["dimension"] == "sharpness", "measured")
    words.to_parquet(project / "data/04_feature/stage2_words.parquet")
    mlflow.MlflowClient().delete_registered_model_alias(RESTORERS, CHAMPION)
    run("evaluation", evaluation={"release": {"defect_margin": 100.0}})
    assert release(project)["told"].startswith("Stage 2 has earned its release")
    assert champion() == VERSIONS["stage2"]
    assert tags(champion())[RELEASE_TAG] == "earned"
    # the control of the champion's own run is in the registry
    told = weights_in_manifest(run, project, words=0.5)
    assert told.startswith("0.5 champion + 0.5 control where there is fault, control elsewhere, NAFNet, ")
    save_restorer(folder, stage1)
    with pytest.raises(Exception, match="trained without words"):
        weights_in_manifest(run, project, words=0.5, weights="control")


def test_a_champion_is_compared_on_the_same_pictures(project: Path, run: Run):
    """Control and stage 1 are the same now: neither has earned the place of what a person chose."""
    mlflow.MlflowClient().set_model_version_tag(RESTORERS, VERSIONS["control"], RELEASE_TAG, "provisional")
    make_champion(VERSIONS["control"])
    run("evaluation", evaluation={"release": {"psnr_margin": 0.0}})
    page = (project / "data/08_reporting/report.html").read_text()
    assert "Against the champion that there was" in page
    assert "PSNR at most 0 dB lower than the champion&#39;s" in page
