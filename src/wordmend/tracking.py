"""Trainings in MLflow: one nested run each, with parameters, curves, pictures, lineage and the model.

Imported by running nodes only, as importing mlflow takes seconds.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.entities import Metric

from wordmend.config import Config
from wordmend.images.channels import FloatImage

if TYPE_CHECKING:  # torch and open_clip take seconds to import, and not every pipeline needs them
    from wordmend.quality.model import QualityModel
    from wordmend.restorers.weights import Restorer

FLUSH_SECONDS = 2.0
MAX_PARAMETER_LENGTH = 500


class MlflowLog:
    """A training log that sends numbers in batches, as single calls take 20 ms each."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.client = mlflow.MlflowClient()
        self.waiting: list[Metric] = []
        self.flushed = time.monotonic()

    def metrics(self, values: dict[str, float], step: int) -> None:
        """Log numbers of one step."""
        now = int(time.time() * 1000)
        self.waiting += [Metric(name, float(value), now, step) for name, value in values.items()]
        if time.monotonic() - self.flushed > FLUSH_SECONDS:
            self.flush()

    def picture(self, name: str, image: FloatImage, step: int) -> None:
        """Log a picture `(H, W, 3) float32` in [0, 1]; the MLflow UI shows it with a slider over steps."""
        pixels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
        self.client.log_image(self.run_id, pixels, key=name, step=step)

    def flush(self) -> None:
        """Send what waits."""
        if self.waiting:
            self.client.log_batch(self.run_id, metrics=self.waiting)
        self.waiting = []
        self.flushed = time.monotonic()


@contextmanager
def training_run(
    name: str, config: Config, seed: int, tables: Mapping[str, pd.DataFrame]
) -> Iterator[MlflowLog]:
    """Open an MLflow run for one training, inside the pipeline's run where there is one.

    Args:
        name: stage1, clip_quality, stage2 or control.
        config: its parameters; logged one by one.
        seed: of the run.
        tables: the data it learns from; their fingerprints become tags.
    """
    tags = {
        "wordmend.training": name,
        **{f"data.{table_name}": fingerprint(table) for table_name, table in tables.items()},
        **revision_tags(),
    }
    with mlflow.start_run(run_name=name, nested=mlflow.active_run() is not None, tags=tags) as run:
        parameters = flatten(config.model_dump(mode="json")) | {"seed": seed}
        mlflow.log_params({key: str(value)[:MAX_PARAMETER_LENGTH] for key, value in parameters.items()})
        log = MlflowLog(run.info.run_id)
        try:
            yield log
        finally:
            log.flush()


def log_restorer(restorer: "Restorer") -> None:
    """Log a restorer as an MLflow model to the run that is open, and register it as `wordmend-restorer`."""
    from wordmend.restorers.weights import save_restorer

    with tempfile.TemporaryDirectory() as folder:
        save_restorer(Path(folder), restorer)
        _log_model(Path(folder), "restorer", "wordmend-restorer")


def log_quality_model(model: "QualityModel") -> None:
    """Log a quality model as an MLflow model to the run that is open; registered as `wordmend-quality`."""
    from wordmend.quality.weights import save_quality_model

    with tempfile.TemporaryDirectory() as folder:
        save_quality_model(Path(folder), model)
        _log_model(Path(folder), "quality", "wordmend-quality")


def log_table(table: pd.DataFrame, name: str) -> None:
    """Log a table to the run that is open, as a CSV file, which the MLflow UI shows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.csv"
        table.to_csv(path, index=False)
        mlflow.log_artifact(str(path))


def _log_model(folder: Path, name: str, registered_name: str) -> None:
    source = Path(__file__).parent
    mlflow.pyfunc.log_model(
        name=name,
        python_model=str(source / "serving" / f"{name}_model.py"),
        artifacts={name: str(folder)},
        code_paths=[str(source)],
        pip_requirements=str(source / "serving" / "requirements.txt"),
        registered_model_name=registered_name,
    )


def log_metrics(metrics: Mapping[str, Any]) -> None:
    """Log nested numbers to the run that is open, as `evaluation/stage2/psnr`; None is left out."""
    if mlflow.active_run() is not None:
        flat = {key.replace(".", "/"): value for key, value in flatten(metrics).items()}
        mlflow.log_metrics({key: float(value) for key, value in flat.items() if value is not None})


def provenance() -> dict[str, str]:
    """Where a result comes from: code, DVC stage, MLflow store and run."""
    run = mlflow.active_run()
    found = revision_tags() | {"mlflow.store": mlflow.get_tracking_uri()}
    return found if run is None else found | {"mlflow.run": run.info.run_id}


def fingerprint(table: pd.DataFrame) -> str:
    """Eight bytes in hexadecimal that change when any value of the table does."""
    rows = pd.util.hash_pandas_object(table.astype(str), index=False)
    return f"{int(pd.util.hash_array(rows.to_numpy()).sum()):016x}"


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """`{"loop": {"steps": 5}}` to `{"loop.steps": 5}`."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


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
