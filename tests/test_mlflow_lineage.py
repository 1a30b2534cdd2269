import mlflow
import pytest

from wordmend.mlflow_lineage import training_of
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer
from wordmend.restorers.weights import Restorer, fingerprint
from wordmend.tracking import log_restorer


@pytest.mark.usefixtures("experiment_id")
def test_weights_lead_to_the_run_that_made_them():
    config = RestorerConfig(options={"width": 4})
    restorers = [Restorer(build_restorer(config, seed), config) for seed in range(3)]
    runs = []
    for seed in range(2):
        tags = {"git.commit": f"commit{seed}", "control": "train"}
        with mlflow.start_run(tags=tags) as run:
            log_restorer(restorers[seed], "stage2")
            runs.append(run.info.run_id)
    for seed in range(2):
        found = training_of(fingerprint(restorers[seed].network))
        assert found.pop("mlflow.model").startswith("models:/wordmend-restorer/")
        assert found == {"mlflow.run": runs[seed], "git.commit": f"commit{seed}"}
    assert training_of(fingerprint(restorers[2].network)) == {}
