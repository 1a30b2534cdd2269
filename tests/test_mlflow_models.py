"""Restorers out of a real registry."""

import mlflow
import pytest

from tests.registry import DEFAULT_EXPERIMENT
from tests.trained import USE, Store
from wordmend.assessment.where_fault import WhereFault
from wordmend.errors import WeightsError
from wordmend.mlflow_models import read_model


def test_a_model_that_is_no_restorer_is_refused(store: Store):
    with mlflow.start_run(experiment_id=DEFAULT_EXPERIMENT) as run:
        mlflow.log_text("import os", "notes/artifacts/code.py")
    with pytest.raises(WeightsError, match="not a restorer that Wordmend logged"):
        read_model(f"runs:/{run.info.run_id}/notes")


def test_what_was_logged_is_read_as_it_is_used(store: Store):
    logged = read_model("models:/wordmend-restorer/3")
    assert logged.beside is not None and isinstance(logged.in_use.network, WhereFault)
    assert logged.restorer.use == USE
    control = read_model("models:/wordmend-restorer/2")
    assert control.beside is None and control.in_use is control.restorer
