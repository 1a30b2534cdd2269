"""The whole way through a real DVC repository and Kedro's command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.labelstudio.test_results import answer, task, words
from tests.pipelines.test_interruption import kill_while_training
from tests.projects import change_parameters, command
from wordmend.files import sha256_of
from wordmend.labelstudio.annotations import read_annotations, write_annotations
from wordmend.pipeline_registry import WHOLE_WAY
from wordmend.versioning import keep_in_dvc

pytestmark = pytest.mark.slow


def commit(project: Path, message: str) -> None:
    command(project, "git", "add", "-A")
    command(project, "git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", message)


def stages_to_run(project: Path) -> set[str]:
    output = command(project, "dvc", "repro", "--dry")
    return {stage for stage in WHOLE_WAY if f"Running stage '{stage}'" in output}


@pytest.fixture(scope="module")
def reproduced(make_project: Callable[[str], Path]) -> Path:
    project = make_project("dvc")
    command(project, "git", "init", "-q")
    command(project, "dvc", "init", "-q")
    command(project, "dvc", "repro")
    commit(project, "the whole way")
    return project


def test_everything_is_made_and_nothing_of_it_is_in_git(reproduced: Path):
    assert (reproduced / "data/08_reporting/report.html").is_file()
    tracked = command(reproduced, "git", "ls-files", "data").splitlines()
    assert all(Path(path).name in {".gitkeep", ".gitignore"} for path in tracked)
    assert "dvc.lock" in command(reproduced, "git", "ls-files")


def test_a_second_time_there_is_nothing_to_do(reproduced: Path):
    assert "Data and pipelines are up to date" in command(reproduced, "dvc", "repro")


def test_stage2_parameters_touch_stage2_and_evaluation_only(reproduced: Path):
    before = json.loads((reproduced / "data/08_reporting/metrics.json").read_text())
    change_parameters(reproduced, {"stage2": {"loop": {"steps": 8, "learning_rate": 0.01}}})
    assert stages_to_run(reproduced) == {"stage2", "evaluation"}
    command(reproduced, "dvc", "repro")
    after = json.loads((reproduced / "data/08_reporting/metrics.json").read_text())
    assert before["evaluation"]["stage1"] == after["evaluation"]["stage1"]
    assert before["evaluation"]["stage2"] != after["evaluation"]["stage2"]
    difference = command(reproduced, "dvc", "metrics", "diff")
    assert "evaluation.stage2.psnr" in difference
    assert "evaluation.stage1.psnr" not in difference


def test_a_killed_training_goes_on(reproduced: Path):
    """DVC removes the outputs of a stage before it runs it, but not what is on its way."""
    loop = {"steps": 60, "checkpoint_every": 3, "learning_rate": 0.002}
    change_parameters(reproduced, {"stage2": {"loop": loop}})
    kill_while_training(reproduced, "stage2", 0)
    output = command(reproduced, "dvc", "repro", "stage2")
    assert "stage2 goes on after step" in output
    losses = pd.read_csv(reproduced / "data/08_reporting/stage2/losses.csv")
    assert losses["step"].tolist() == list(range(2, 61, 2))


def test_what_people_said_is_followed_without_the_server(reproduced: Path):
    folder = reproduced / "data/01_raw/annotations"
    samples = pd.read_parquet(reproduced / "data/04_feature/quality_samples.parquet")
    row = samples[(samples["kind"] == "restored") & (samples["split"] == "train")].iloc[0]
    asked = task().model_copy(
        update={
            "sample_id": row["sample_id"],
            "pair_id": row["pair_id"],
            "image_sha256": sha256_of(reproduced / "data" / row["image_path"]),
            "annotations": [answer(words("the hair is not clear"))],
        }
    )
    try:
        write_annotations(folder / "annotations.json", [asked])
        output = command(reproduced, "dvc", "repro")
        run = {stage for stage in WHOLE_WAY if f"Running stage '{stage}'" in output}
        assert run == {"comments", "clip_quality", "stage2", "evaluation"}
        comments = pd.read_parquet(reproduced / "data/04_feature/comments.parquet")
        assert list(comments[comments["source"] == "person"]["text"]) == ["the hair is not clear"]
    finally:
        (folder / "annotations.json").unlink()
    command(reproduced, "dvc", "repro")  # from the cache: what was there before comes back
    comments = pd.read_parquet(reproduced / "data/04_feature/comments.parquet")
    assert not (comments["source"] == "person").any()


def test_what_people_said_is_kept_in_dvc(reproduced: Path):
    folder = reproduced / "data/01_raw/annotations"
    write_annotations(folder / "annotations.json", [task()])
    paths = [folder / name for name in ("annotations.json", "judgements.json")]  # nobody has judged
    assert keep_in_dvc(reproduced, paths)
    commit(reproduced, "what people said")
    tracked = command(reproduced, "git", "ls-files", str(folder)).split()
    assert "data/01_raw/annotations/annotations.json.dvc" in tracked
    assert "data/01_raw/annotations/annotations.json" not in tracked
    (folder / "annotations.json").unlink()
    command(reproduced, "dvc", "checkout", "data/01_raw/annotations/annotations.json.dvc")
    assert read_annotations(folder / "annotations.json") == [task()]
    # later words are another version of it
    write_annotations(folder / "annotations.json", [])
    assert keep_in_dvc(reproduced, paths)
    assert "annotations.json.dvc" in command(reproduced, "git", "status", "--short")
    assert "comments" in stages_to_run(reproduced)
    for path in (*folder.glob("*.dvc"), folder / ".gitignore", folder / "annotations.json"):
        path.unlink(missing_ok=True)
    commit(reproduced, "nobody said anything")
    assert stages_to_run(reproduced) == set()


def test_outside_of_a_repository_and_when_dvc_refuses_nothing_is_lost(tmp_path: Path, caplog):
    path = tmp_path / "annotations.json"
    path.write_text("{}")
    assert not keep_in_dvc(tmp_path, [path])
    (tmp_path / ".dvc").mkdir()  # not a repository all the same
    with caplog.at_level("WARNING"):
        assert not keep_in_dvc(tmp_path, [path])
    assert "run `dvc add --quiet annotations.json`" in caplog.text
    assert path.is_file()


def test_a_new_photograph_starts_all_over(reproduced: Path):
    photo = reproduced / "data/01_raw/photos/new.txt"
    photo.write_text("a new file")
    try:
        assert "pair_synthesis" in stages_to_run(reproduced)
    finally:
        photo.unlink()


def test_plots_and_graph(reproduced: Path):
    page = command(reproduced, "dvc", "plots", "diff", "--out", "plots", "HEAD")
    assert "plots/index.html" in page
    assert "PSNR on the validation pairs" in (reproduced / "plots/index.html").read_text()
    graph = command(reproduced, "dvc", "dag", "--mermaid")
    assert all(stage in graph for stage in WHOLE_WAY)


@pytest.mark.parametrize("option", ["--pipeline=stage2", "--pipelines=stage2"])
def test_one_pipeline_from_the_command_line(reproduced: Path, option: str):
    path = reproduced / "data/08_reporting/stage2/losses.csv"
    path.unlink()
    command(reproduced, "kedro", "run", option, "--params", "stage2.loop.steps=2")
    assert path.read_text().splitlines()[-1].startswith("2,")
