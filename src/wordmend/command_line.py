"""What comes before each `kedro` command."""

import warnings
from importlib import import_module


def prepare() -> None:
    """Called by Kedro's command line before it loads its plugins (entry point `kedro.init`).

    Imports the one that MLflow warns of, in front of every command: a class of its own lacks type hints.
    MLflow sets the filter itself, so that none of ours would hold.
    """
    with warnings.catch_warnings(record=True):
        import_module("kedro_mlflow.mlflow")
