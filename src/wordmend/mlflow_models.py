"""Restorers that Wordmend logged to MLflow, read back from there."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
from mlflow.exceptions import MlflowException

from wordmend.assessment.where_fault import Beside, beside_among, in_use
from wordmend.errors import WeightsError, first_line
from wordmend.restorers.weights import CONFIG_NAME, Restorer, load_restorer


@dataclass(frozen=True)
class LoggedRestorer:
    """A restorer that Wordmend logged to MLflow."""

    restorer: Restorer
    beside: Beside | None
    """What a stage 2 is used with; None: it works everywhere, or is no stage 2."""

    @property
    def in_use(self) -> Restorer:
        """As it restores pictures."""
        return in_use(self.restorer, self.beside)


def read_model(uri: str) -> LoggedRestorer:
    """A restorer that Wordmend logged to MLflow.

    Only its safetensors are looked at: nothing that a model holds is run.

    Raises:
        WeightsError: there is no such model, or it holds no restorer; names the URI.
    """
    with TemporaryDirectory() as folder:
        try:
            mlflow.artifacts.download_artifacts(artifact_uri=f"{uri}/artifacts", dst_path=folder)
        except (MlflowException, OSError) as error:
            raise WeightsError(
                f"{uri}: can't be read from {mlflow.get_tracking_uri()} ({first_line(error)}); "
                "`make mlflow` shows which versions and runs there are"
            ) from error
        parts = {path.parent.name: path.parent for path in Path(folder).rglob(CONFIG_NAME)}
        if "restorer" not in parts:
            raise WeightsError(
                f"{uri}: not a restorer that Wordmend logged; `make mlflow` shows which there are"
            )
        try:
            return LoggedRestorer(load_restorer(parts["restorer"]), beside_among(parts))
        except WeightsError as error:
            raise WeightsError(f"{uri}: {error}") from error
