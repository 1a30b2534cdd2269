"""Trainings in MLflow: one nested run each, with parameters, curves, pictures, lineage and the model.

Imported by running nodes only, as importing mlflow takes seconds.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException

from wordmend.config import Config, flatten
from wordmend.mlflow_control import START_TAGS, MlflowControl
from wordmend.mlflow_lineage import MODEL_TAG, RESTORERS, WEIGHTS_TAG
from wordmend.mlflow_log import MlflowLog
from wordmend.serving.limits import Limits
from wordmend.training.checkpoints import Checkpoints
from wordmend.training.run import TrainingRun

if TYPE_CHECKING:  # torch and open_clip take seconds to import, and not every pipeline needs them
    from wordmend.assessment.where_fault import Beside
    from wordmend.quality.model import QualityModel
    from wordmend.restorers.weights import Restorer

MAX_PARAMETER_LENGTH = 500
_RUN, _STORE = "mlflow_run", "mlflow_store"


@dataclass(frozen=True)
class PipelineRun:
    """The run of a pipeline, by which trainings in other processes find the one that they are part of."""

    store: str
    experiment_id: str
    run_id: str


def pipeline_run() -> PipelineRun | None:
    """The run that is open in this process."""
    run = mlflow.active_run()
    if run is None:
        return None
    return PipelineRun(mlflow.get_tracking_uri(), run.info.experiment_id, run.info.run_id)


@contextmanager
def training_run(
    name: str,
    config: Config,
    seed: int,
    data: Mapping[str, pd.DataFrame | str],
    checkpoints_folder: Path,
    parent: PipelineRun | None = None,
) -> Iterator[TrainingRun]:
    """Open an MLflow run for one training, inside the pipeline's run where there is one.

    A training that was interrupted goes on in the run that it had. By the tag `control` of its run, or of the
    pipeline's, it is paused and stopped.

    Args:
        name: stage1, clip_quality, judge or stage2.
        config: its parameters; logged one by one.
        seed: of the run.
        data: what it learns from: tables, or fingerprints of weights; fingerprints become tags.
        checkpoints_folder: keeps its checkpoints, in a folder of its name.
        parent: the pipeline's run, from another process; None: the one that is open in this one.

    Raises:
        TrainingError: another training was interrupted there; names the difference.
    """
    fingerprints = {key: of if isinstance(of, str) else fingerprint(of) for key, of in data.items()}
    settings = config.model_dump(mode="json")
    identity = {"training": name, "seed": seed, "parameters": settings, "data": fingerprints}
    checkpoints = Checkpoints(checkpoints_folder / name, identity)
    checkpoints.newest()  # before anything is noted there
    tags = {
        "wordmend.training": name,
        **START_TAGS,
        **{f"data.{key}": value for key, value in fingerprints.items()},
        **revision_tags(),
    }
    parent = parent or pipeline_run()
    within: dict[str, Any] = {}
    if parent is not None:
        mlflow.set_tracking_uri(parent.store)
        within = {"experiment_id": parent.experiment_id, "parent_run_id": parent.run_id, "nested": True}
    before = _run_that_goes_on(checkpoints)
    with mlflow.start_run(before, run_name=name, tags=tags, **within) as run:
        if before is not None and parent is not None:
            mlflow.set_tag("mlflow.parentRunId", parent.run_id)
        checkpoints.note(_STORE, mlflow.get_tracking_uri())
        checkpoints.note(_RUN, run.info.run_id)
        parameters = flatten(settings) | {"seed": seed}
        mlflow.log_params({key: str(value)[:MAX_PARAMETER_LENGTH] for key, value in parameters.items()})
        with (
            closing(MlflowControl(run.info.run_id, parent.run_id if parent else None)) as control,
            closing(MlflowLog(run.info.run_id, goes_on=before is not None)) as log,
        ):
            yield TrainingRun(log, control, checkpoints)


def _run_that_goes_on(checkpoints: Checkpoints) -> str | None:
    """The run that an interrupted training had, where this store still has it."""
    run_id = checkpoints.notes.get(_RUN)
    if run_id is None or checkpoints.notes.get(_STORE) != mlflow.get_tracking_uri():
        return None
    try:
        found = mlflow.get_run(run_id)
    except MlflowException:
        return None
    return run_id if found.info.lifecycle_stage == "active" else None


def log_restorer(restorer: "Restorer", name: str, beside: "Beside | None" = None) -> None:
    """Log a restorer as an MLflow model to the run that is open, and register it as `wordmend-restorer`.

    The version's tag `wordmend.weights` is the fingerprint by which `training_of` finds it.

    Args:
        restorer: what was trained.
        name: stage1, control or stage2; the tag `wordmend.model` of model and version, as a run can have two.
        beside: what a stage 2 is used with, logged with it; None: it works everywhere.
    """
    from wordmend.quality.weights import save_quality_model
    from wordmend.restorers import weights

    with tempfile.TemporaryDirectory() as folder:
        parts = {"restorer": Path(folder, "restorer")}
        weights.save_restorer(parts["restorer"], restorer)
        if beside is not None:
            parts |= {part: Path(folder, part) for part in ("control", "quality")}
            weights.save_restorer(parts["control"], beside.control)
            save_quality_model(parts["quality"], beside.quality_model)
        tags = {WEIGHTS_TAG: weights.fingerprint(restorer.network)}
        _log_model("restorer", parts, RESTORERS, name, tags)


def log_quality_model(model: "QualityModel", name: str = "quality") -> None:
    """Log a quality model as an MLflow model to the run that is open; registered as `wordmend-quality`.

    Args:
        model: what was trained.
        name: quality or judge; the tag `wordmend.model` of model and version.
    """
    from wordmend.quality.weights import save_quality_model

    with tempfile.TemporaryDirectory() as folder:
        save_quality_model(Path(folder), model)
        _log_model("quality", {"quality": Path(folder)}, "wordmend-quality", name)


def log_table(table: pd.DataFrame, name: str) -> None:
    """Log a table to the run that is open, as a CSV file, which the MLflow UI shows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.csv"
        table.to_csv(path, index=False)
        mlflow.log_artifact(str(path))


def log_page(page: str, name: str) -> None:
    """Log a page to the run that is open, which the MLflow UI shows; without a run it is left out."""
    if mlflow.active_run() is not None:
        mlflow.log_text(page, name)


def _log_model(
    kind: str,
    parts: Mapping[str, Path],
    registered_name: str,
    name: str,
    more_tags: Mapping[str, str] | None = None,
) -> None:
    source = Path(__file__).parent
    tags = {MODEL_TAG: name, **(more_tags or {})}
    model = mlflow.pyfunc.log_model(
        name=name,
        python_model=str(source / "serving" / f"{kind}_model.py"),
        artifacts={part: str(folder) for part, folder in parts.items()},
        code_paths=[str(source)],
        pip_requirements=str(source / "serving" / "requirements.txt"),
        model_config=Limits().model_dump(),
        registered_model_name=registered_name,
        tags=tags,
    )
    version = str(model.registered_model_version)
    for key, value in tags.items():
        mlflow.MlflowClient().set_model_version_tag(registered_name, version, key, value)


def log_metrics(metrics: Mapping[str, Any]) -> None:
    """Log nested numbers to the run that is open, as `evaluation/stage2/psnr`; not None or what is empty."""
    if mlflow.active_run() is not None:
        flat = {key.replace(".", "/"): value for key, value in flatten(metrics).items()}
        mlflow.log_metrics({key: float(value) for key, value in flat.items() if value not in (None, {})})


def provenance() -> dict[str, str]:
    """Where a result comes from: code, DVC stage, MLflow store and run."""
    run = mlflow.active_run()
    found = revision_tags() | {"mlflow.store": mlflow.get_tracking_uri()}
    return found if run is None else found | {"mlflow.run": run.info.run_id}


def fingerprint(table: pd.DataFrame) -> str:
    """Eight bytes in hexadecimal that change when any value of the table does."""
    rows = pd.util.hash_pandas_object(table.astype(str), index=False)
    return f"{int(pd.util.hash_array(rows.to_numpy()).sum()):016x}"


def revision_tags() -> dict[str, str]:
    """Which code made a run: the git commit, whether files differ from it, and DVC's stage and experiment."""
    tags = {
        f"dvc.{name.lower()}": os.environ[f"DVC_{name}"]
        for name in ("STAGE", "EXP_NAME", "EXP_BASELINE_REV")
        if os.environ.get(f"DVC_{name}")
    }
    try:
        commit = _git("rev-parse", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return tags
    return tags | {"git.commit": commit, "git.changed": str(bool(changed)).lower()}


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], check=True, capture_output=True, text=True, timeout=10
    ).stdout.strip()
