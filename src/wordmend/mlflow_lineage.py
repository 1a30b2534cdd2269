"""From weights to the MLflow run that made them."""

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

WEIGHTS_TAG = "wordmend.weights"
"""Tag of a model version: the fingerprint of its weights."""
RESTORERS = "wordmend-restorer"
"""Name under which restorers are registered."""
MODEL_TAG = "wordmend.model"
"""Tag of a model version: stage1, control, stage2, quality or judge."""
CHAMPION = "champion"
"""Alias of the version that is used where no other is asked for."""


def restorer_versions() -> list[ModelVersion]:
    """All versions of restorers, the oldest first."""
    versions = mlflow.MlflowClient().search_model_versions(f"name = '{RESTORERS}'")
    return sorted(versions, key=lambda version: int(version.version))


def version_of(weights: str) -> ModelVersion | None:
    """The newest version with such weights, by their `fingerprint`; None where there is none."""
    found = [version for version in restorer_versions() if version.tags.get(WEIGHTS_TAG) == weights]
    return found[-1] if found else None


def champion_version() -> ModelVersion | None:
    """The version that has the alias `champion`; None where none has it."""
    client = mlflow.MlflowClient()
    for model in client.search_registered_models(filter_string=f"name = '{RESTORERS}'"):
        if CHAMPION in model.aliases:
            return client.get_model_version(RESTORERS, str(model.aliases[CHAMPION]))
    return None


def training_of(weights: str) -> dict[str, str]:
    """What is known of the training that made a restorer: model version, run, code and data.

    Args:
        weights: the restorer's `fingerprint`.

    Returns:
        `mlflow.model`, `mlflow.run` and the run's tags about code and data; empty where the store knows
        nothing of such weights, or doesn't answer.
    """
    try:
        newest = version_of(weights)
        if newest is None:
            return {}
        run = mlflow.get_run(newest.run_id)
    except MlflowException:
        return {}
    known = {key: value for key, value in run.data.tags.items() if key.startswith(("git.", "data.", "dvc."))}
    return {
        "mlflow.model": f"models:/{RESTORERS}/{newest.version}",
        "mlflow.run": run.info.run_id,
        **dict(sorted(known.items())),
    }
