from pathlib import Path

import mlflow
import pytest

from wordmend.mlflow_lineage import training_of
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer
from wordmend.restorers.weights import Restorer, fingerprint
from wordmend.tracking import log_restorer


def test_weights_lead_to_the_run_that_made_them(
    mlflow_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    config = RestorerConfig(options={"width": 4})
    restorers = [Restorer(build_restorer(config, seed), config) for seed in range(3)]
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(mlflow_store)
    try:
        runs = []
        for seed in range(2):
            tags = {"git.commit": f"commit{seed}", "control": "train"}
            with mlflow.start_run(experiment_id="0", tags=tags) as run:  # others leave one of another store
                log_restorer(restorers[seed], "stage2")
                runs.append(run.info.run_id)
        for seed in range(2):
            found = training_of(fingerprint(restorers[seed].network))
            assert found.pop("mlflow.model").startswith("models:/wordmend-restorer/")
            assert found == {"mlflow.run": runs[seed], "git.commit": f"commit{seed}"}
        assert training_of(fingerprint(restorers[2].network)) == {}
    finally:
        mlflow.set_tracking_uri(before)
