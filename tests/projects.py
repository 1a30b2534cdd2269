"""A project of its own for tests that run pipelines: the real configuration with tiny settings."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]

TINY: dict[str, dict[str, Any]] = {
    "pair_synthesis": {"size": 32, "pairs": 40, "workers": 1, "preview_pairs": 4},
    "stage1": {
        "options": {"width": 4},
        "batch_size": 4,
        "patches": [{"until": 0.5, "size": 16, "batch_size": 6}, {"batch_size": 4}],
        "last_pairs": 6,
        "validation_pairs": 2,
        "loop": {"steps": 6, "warmup_steps": 1, "validate_every": 3, "log_every": 2},
    },
    # some restored images are left for people to be asked about
    "comments": {"samples": {"restored": 0.3}},
    "clip_quality": {
        "model": {"image_size": 32},
        "batch_size": 4,
        "validation_samples": 8,
        "judge": {"model": {"image_size": 32}, "steps": 4, "batch_size": 4},
        "loop": {"steps": 4, "warmup_steps": 1, "validate_every": 2, "log_every": 2},
    },
    "stage2": {
        "batch_size": 4,
        "validation_pairs": 2,
        # so little training is worse than its control by chance
        "control_margin": 9.0,
        "guard": {"psnr_margin": 9.0, "haarpsi_margin": 1.0, "judge_margin": 1.0},
        "loop": {"steps": 4, "warmup_steps": 1, "validate_every": 2, "log_every": 2},
    },
    "evaluation": {"examples": 2},
    "study": {
        "seeds": [3],
        "test_pairs": 8,
        "text_weights": [],
        "sharpness_weights": [0.1],
        "unsharp": [0.3],
    },
}


def merged(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`values` with `changes` laid over it, level by level."""
    result = dict(values)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def change_parameters(project: Path, changes: dict[str, dict[str, Any]]) -> None:
    """Change values in `conf/base/parameters_<pipeline>.yml`."""
    for pipeline, values in changes.items():
        path = project / "conf" / "base" / f"parameters_{pipeline}.yml"
        content = yaml.safe_load(path.read_text())
        path.write_text(yaml.safe_dump(merged(content, {pipeline: values})))


@pytest.fixture(scope="session")
def make_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Copy the project, without data and with tiny settings, to a folder of its own."""

    def make(name: str) -> Path:
        project = tmp_path_factory.mktemp(name)
        for folder in ("conf", "src"):
            shutil.copytree(
                ROOT / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__", "local")
            )
        (project / "conf" / "local").mkdir()
        for folder in ("photos", "annotations"):
            (project / "data" / "01_raw" / folder).mkdir(parents=True)
            (project / "data" / "01_raw" / folder / ".gitkeep").touch()
        for file in ("pyproject.toml", "dvc.yaml", "params.yaml", ".gitignore", ".dvcignore", ".telemetry"):
            shutil.copy(ROOT / file, project / file)
        change_parameters(project, TINY)
        return project

    return make


def command(project: Path, *words: str) -> str:
    """Run a command in the project and give its output."""
    environment = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{project}/mlflow.db"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    result = subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-4000:]
    return result.stdout + result.stderr


Run = Callable[..., None]


@contextmanager
def runner_in(project: Path) -> Iterator[Run]:
    """Run pipelines of a project through a real KedroSession, tracked in an MLflow store of its own."""
    import mlflow
    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project

    def run(pipeline: str | None = None, **runtime_params: Any) -> None:
        bootstrap_project(project)
        try:
            with KedroSession.create(project, runtime_params=runtime_params) as session:
                session.run(pipeline_names=None if pipeline is None else [pipeline])
        finally:
            while mlflow.active_run() is not None:  # kedro-mlflow leaves it open after an error
                mlflow.end_run("FAILED")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project}/mlflow.db")
        patch.chdir(project)
        yield run


@pytest.fixture(scope="session")
def whole_way(make_project: Callable[[str], Path]) -> Path:
    """A project in which the whole way was gone in one process."""
    project = make_project("whole_way")
    with runner_in(project) as run:
        run()
    return project
