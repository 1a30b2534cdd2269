"""The whole way on tiny settings, through a real KedroSession and a real MLflow store."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import mlflow
import nbformat
import numpy as np
import pandas as pd
import pytest
import torch
from nbclient import NotebookClient

from tests.projects import change_parameters, runner_in
from wordmend.comments.table import validate_table
from wordmend.evaluation.summary import summary
from wordmend.evaluation.trail import TRAIL_TYPES
from wordmend.files import sha256_of
from wordmend.images.reading import read_image
from wordmend.images.writing import write_image
from wordmend.pairs.library import PairLibrary
from wordmend.quality.weights import load_quality_model
from wordmend.restorers.weights import load_restorer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
TRAININGS = {"stage1", "clip_quality", "judge", "stage2"}


def hashes(project: Path) -> dict[str, str]:
    """SHA-256 of everything that the whole way wrote, but for the report, which names its run."""
    files = [path for path in (project / "data").rglob("*") if path.is_file() and path.suffix != ".html"]
    return {
        path.relative_to(project).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def test_metrics_keep_their_contract(whole_way: Path):
    metrics = json.loads((whole_way / "data/08_reporting/metrics.json").read_text())
    assert set(metrics) == {"evaluation", "quality"}
    assert list(metrics["evaluation"]) == ["lq", "stage1", "control", "stage2"]
    for arm in metrics["evaluation"].values():
        assert set(arm) == {"psnr", "ssim", "haarpsi", "defects"}
        assert set(arm["defects"]) == {"sharpness", "noise", "scratches", "missing_parts"}
    assert set(metrics["quality"]) == {"accuracy", "negation_accuracy", "paraphrase_accuracy", "auc"}


def test_tables_keep_their_contract(whole_way: Path):
    pairs = pd.read_parquet(whole_way / "data/03_primary/pairs.parquet")
    assert list(pairs.columns[:6]) == ["pair_id", "photo", "split", "lq_path", "gt_path", "recipe"]
    comments = pd.read_parquet(whole_way / "data/04_feature/comments.parquet")
    validate_table(comments)
    assert set(comments["source"]) == {"measured"}
    assert set(comments["kind"]) == {"lq", "gt", "restored"}
    assert set(comments["pair_id"]) <= set(pairs["pair_id"])
    trail = pd.read_parquet(whole_way / "data/08_reporting/trail.parquet")
    assert list(trail.columns) == list(TRAIL_TYPES)
    tests = pairs.loc[pairs["split"] == "test", "pair_id"]
    said = comments[(comments["kind"] == "restored") & comments["pair_id"].isin(tests)]
    assert set(trail["comment_id"]) == set(said["comment_id"])


def test_the_last_pairs_become_quality_samples(whole_way: Path):
    samples = pd.read_parquet(whole_way / "data/04_feature/quality_samples.parquet")
    last = samples.dropna(subset="last_trained")
    assert sorted(last["last_trained"]) == list(range(6))
    assert set(last["kind"]) == {"restored"}
    assert all((whole_way / "data" / path).is_file() for path in samples["image_path"])


def test_models_are_where_the_contract_says(whole_way: Path):
    models = whole_way / "data/06_models"
    weights = [load_restorer(models / name).network for name in ("stage1", "control", "stage2")]
    state = [torch.cat([p.flatten() for p in network.parameters()]) for network in weights]
    assert not torch.equal(state[0], state[1])
    assert not torch.equal(state[1], state[2])
    quality_model, judge = (load_quality_model(models / name) for name in ("quality", "judge"))
    assert quality_model.image_size == judge.image_size == 32
    assert quality_model.config.name != judge.config.name


def test_the_report_stands_alone(whole_way: Path):
    page = (whole_way / "data/08_reporting/report.html").read_text()
    assert "data:image/" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


def test_the_guard_tells_what_it_saw(whole_way: Path):
    guard = pd.read_csv(whole_way / "data/08_reporting/stage2/guard.csv")
    assert guard["step"].tolist() == [0, 2, 4]
    assert guard.notna().all(axis=None)
    assert "The guard looked 3 times" in (whole_way / "data/08_reporting/report.html").read_text()
    validations = pd.read_csv(whole_way / "data/08_reporting/stage2/validations.csv")
    assert validations["judge_similarity"].tolist() == guard["judge_similarity"].tolist()


def test_the_summary_names_every_arm_and_the_report(whole_way: Path):
    metrics = json.loads((whole_way / "data/08_reporting/metrics.json").read_text())
    release = json.loads((whole_way / "data/08_reporting/release.json").read_text())
    text = summary(metrics, whole_way / "data/08_reporting/report.html", release)
    assert release["told"] in text
    assert all(arm in text for arm in metrics["evaluation"])
    assert (whole_way / "data/08_reporting/report.html").as_uri() in text


def test_mlflow_holds_one_run_per_training(whole_way: Path):
    client = mlflow.MlflowClient(f"sqlite:///{whole_way}/mlflow.db")
    experiment = client.get_experiment_by_name("wordmend")
    runs = client.search_runs([experiment.experiment_id], "tags.`wordmend.training` != ''")
    assert sorted(run.info.run_name for run in runs) == sorted(TRAININGS)
    for run in runs:
        assert run.info.status == "FINISHED"
        assert run.data.params["loop.steps"] in {"4", "6"}
        assert run.data.params["seed"] == "0"
        assert any(tag.startswith("data.") for tag in run.data.tags)
        assert len(client.get_metric_history(run.info.run_id, "loss")) >= 2
    restorers = [run for run in runs if run.info.run_name.startswith("stage")]
    for run in restorers:
        pictures = [file.path for file in client.list_artifacts(run.info.run_id, "images")]
        assert any("lq_restored_gt" in path for path in pictures)
    versions = client.search_model_versions("name = 'wordmend-restorer'")
    assert sorted(version.tags["wordmend.model"] for version in versions) == ["control", "stage1", "stage2"]
    (stage2,) = [run for run in runs if run.info.run_name == "stage2"]
    for name, count in (("control/loss", 2), ("guard/words_factor", 3), ("validation/control/haarpsi", 3)):
        assert len(client.get_metric_history(stage2.info.run_id, name)) == count
    versions = client.search_model_versions("name = 'wordmend-quality'")
    assert sorted(version.tags["wordmend.model"] for version in versions) == ["judge", "quality"]


def test_a_logged_restorer_can_be_loaded_and_used(whole_way: Path):
    import base64

    mlflow.set_tracking_uri(f"sqlite:///{whole_way}/mlflow.db")
    model = mlflow.pyfunc.load_model("models:/wordmend-restorer/3")
    pair = next(iter(PairLibrary.open(whole_way / "data/03_primary/pairs.parquet")))
    path = whole_way / "picture.png"
    write_image(path, pair.lq)
    (restored,) = model.predict([base64.b64encode(path.read_bytes()).decode()])
    path.write_bytes(base64.b64decode(restored))
    assert read_image(path).shape == pair.lq.shape


def test_the_same_seed_gives_the_same_bytes(whole_way: Path, make_project: Callable[[str], Path]):
    again = make_project("again")
    with runner_in(again) as run:
        run()
    first, second = hashes(whole_way), hashes(again)
    assert len(first) > 100
    assert first == second


def test_the_tour_runs(whole_way: Path):
    notebook = nbformat.read(ROOT / "notebooks/tour.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "commit the notebook without outputs"
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(whole_way)}}).execute()
    assert sum("image/png" in str(cell.get("outputs")) for cell in notebook.cells) >= 2


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    write_image(tmp_path / "in" / "album" / "wide.png", rng.random((40, 90, 3), dtype=np.float32))
    (tmp_path / "in" / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    return tmp_path


def test_restore_mends_what_it_can_and_names_the_rest(whole_way: Path, pictures: Path):
    with runner_in(whole_way) as run, pytest.raises(Exception, match=r"broken\.jpg"):
        run("restore", restore={"input": str(pictures / "in"), "output": str(pictures / "out")})
    assert read_image(pictures / "out" / "album" / "wide.png").shape == (40, 90, 3)


def test_export_tells_what_is_known_of_the_weights(whole_way: Path, tmp_path: Path):
    with runner_in(whole_way) as run:
        run("export", export={"weights": "stage2", "output": str(tmp_path)})
    names = {"README.md", "config.json", "restorer.onnx", "restorer.safetensors"}
    assert {path.name for path in tmp_path.iterdir()} == names
    client = mlflow.MlflowClient(f"sqlite:///{whole_way}/mlflow.db")
    experiment = client.get_experiment_by_name("wordmend")
    (stage2,) = client.search_runs([experiment.experiment_id], "tags.`wordmend.training` = 'stage2'")
    card = (tmp_path / "README.md").read_text()
    told = [
        f"| mlflow.run | `{stage2.info.run_id}` |",
        f"| sha256 | `{sha256_of(whole_way / 'data/06_models/stage2/restorer.safetensors')}` |",
        "stage 1: 6 steps",
        "stage 2: 4 steps",
        "| measured |",
        "The guard looked 3 times",
        "## Limits",
    ]
    assert [line for line in told if line not in card] == []


def test_stage2_alone_reads_what_is_there(whole_way: Path, tmp_path: Path):
    project = tmp_path / "copy"
    shutil.copytree(whole_way, project, ignore=shutil.ignore_patterns("mlflow.db", "mlruns"))
    change_parameters(project, {"stage2": {"loop": {"steps": 2}}})
    before = hashes(project)
    with runner_in(project) as run:
        run("stage2")
    changed = {path for path, value in hashes(project).items() if before.get(path) != value}
    assert "data/06_models/stage2/restorer.safetensors" in changed
    assert all("stage2" in path or "control" in path for path in changed)
