"""From weights to the MLflow run that made them."""

import mlflow
from mlflow.exceptions import MlflowException

WEIGHTS_TAG = "wordmend.weights"
"""Tag of a model version: the fingerprint of its weights."""
RESTORERS = "wordmend-restorer"
"""Name under which restorers are registered."""


def training_of(weights: str) -> dict[str, str]:
    """What is known of the training that made a restorer: model version, run, code and data.

    Args:
        weights: the restorer's `fingerprint`.

    Returns:
        `mlflow.model`, `mlflow.run` and the run's tags about code and data; empty where the store knows
        nothing of such weights, or doesn't answer.
    """
    client = mlflow.MlflowClient()
    try:
        versions = client.search_model_versions(f"name = '{RESTORERS}'")
        found = [version for version in versions if version.tags.get(WEIGHTS_TAG) == weights]
        if not found:
            return {}
        newest = max(found, key=lambda version: int(version.version))
        run = client.get_run(newest.run_id)
    except MlflowException:
        return {}
    known = {key: value for key, value in run.data.tags.items() if key.startswith(("git.", "data.", "dvc."))}
    return {
        "mlflow.model": f"models:/{RESTORERS}/{newest.version}",
        "mlflow.run": run.info.run_id,
        **dict(sorted(known.items())),
    }
