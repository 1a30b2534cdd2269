"""Asks every training that runs to end in order: `make stop`."""

import os
from pathlib import Path

import mlflow

from wordmend.mlflow_control import CONTROL_TAG


def stop_trainings(tracking_uri: str) -> list[tuple[str, str]]:
    """Set the tag `control` of all trainings that run to `stop`.

    Those that were killed count as running, too, as nobody could say that they ended; it does them no harm.

    Args:
        tracking_uri: the MLflow store in which they are tracked.

    Returns:
        Their names and the ids of their runs.
    """
    client = mlflow.MlflowClient(tracking_uri)
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = client.search_runs(
        experiments, "attributes.status = 'RUNNING' and tags.`wordmend.training` LIKE '%'"
    )
    for run in runs:
        client.set_tag(run.info.run_id, CONTROL_TAG, "stop")
    return [(run.data.tags["wordmend.training"], run.info.run_id) for run in runs]


def main(project: Path) -> None:
    """Stop what runs in the store that the project's trainings are tracked in, and say what that is."""
    local = project / "mlflow.db"
    tracking_uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{local}"
    if tracking_uri == f"sqlite:///{local}" and not local.is_file():  # asking would make it
        stopped = []
    else:
        stopped = stop_trainings(tracking_uri)
    for name, run_id in stopped:
        print(f"asked {name} to stop after its step: MLflow run {run_id}")
    if not stopped:
        print(f"no training is running in {tracking_uri}")


if __name__ == "__main__":
    main(Path.cwd())
