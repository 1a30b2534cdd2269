"""What a user can get wrong: an error that says what to do, and nothing half-written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.projects import runner_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(make_project: Callable[[str], Path]) -> Path:
    return make_project("bad_input")


def message_of(project: Path, pipeline: str, **params: Any) -> str:
    with runner_in(project) as run, pytest.raises(Exception) as caught:
        run(pipeline, **params)
    written = [p for p in (project / "data").rglob("*") if p.is_file() and p.name != ".gitkeep"]
    assert written == []
    return str(caught.value)


def test_a_misspelt_parameter(project: Path):
    message = message_of(project, "stage1", stage1={"lop": {}})
    assert "unknown parameter 'lop'; did you mean 'loop'" in message


def test_a_misspelt_parameter_deep_down(project: Path):
    message = message_of(project, "stage1", stage1={"loop": {"learning_rte": 0.1}})
    assert "unknown parameter 'learning_rte'; did you mean 'learning_rate'" in message


def test_a_misspelt_pipeline_in_the_parameters(project: Path):
    assert "unknown parameter 'stag1'; did you mean 'stage1'" in message_of(project, "stage1", stag1={})


def test_a_wrong_type(project: Path):
    message = message_of(project, "stage1", stage1={"batch_size": "many"})
    assert "stage1" in message
    assert "batch_size" in message
    assert "valid integer" in message


def test_an_empty_folder_of_photographs(project: Path, tmp_path: Path):
    assert str(tmp_path) in message_of(project, "pair_synthesis", photos_dir=str(tmp_path))


def test_a_folder_that_does_not_exist(project: Path):
    assert "/nowhere does not exist" in message_of(project, "pair_synthesis", photos_dir="/nowhere")


def test_only_broken_photographs(project: Path, tmp_path: Path):
    (tmp_path / "empty.jpg").write_bytes(b"")
    message = message_of(project, "pair_synthesis", photos_dir=str(tmp_path))
    assert "empty.jpg" in message


def test_a_pipeline_before_its_turn(project: Path):
    assert "pair_synthesis" in message_of(project, "stage1")


def test_restore_without_a_folder(project: Path):
    assert "restore.input=FOLDER" in message_of(project, "restore")


def test_restore_without_weights(project: Path, tmp_path: Path):
    params = {"input": str(tmp_path), "output": str(tmp_path / "out")}
    assert "make run" in message_of(project, "restore", restore=params)


def test_assess_without_a_folder(project: Path):
    assert "assess.input=FOLDER" in message_of(project, "assess")


def test_assess_without_a_quality_model(project: Path, tmp_path: Path):
    params = {"input": str(tmp_path), "output": str(tmp_path / "out")}
    assert "clip_quality" in message_of(project, "assess", assess=params)
    assert not (tmp_path / "out").exists()
