"""MLflow stores for tests, and a real server that can be killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import mlflow
import pytest

READY_SECONDS = 180
_ENVIRONMENT = {
    "DO_NOT_TRACK": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # else it starts a second process, which stays
}


@pytest.fixture(scope="session")
def mlflow_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A tracking URI; tests have runs of their own in it, as making a store takes seconds."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'mlflow.db'}"


@pytest.fixture
def experiment_id(mlflow_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A new experiment of the store, which is the one that runs are tracked in, whatever ran before."""
    before = mlflow.get_tracking_uri()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_store)
    mlflow.set_tracking_uri(mlflow_store)  # wins over the variable where a pipeline of another test set it
    made = mlflow.create_experiment(tmp_path.name, str(tmp_path / "artifacts"))
    yield mlflow.set_experiment(experiment_id=made).experiment_id
    mlflow.set_experiment(experiment_id="0")  # which every store has
    mlflow.set_tracking_uri(before)


def until(met: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until a condition is met."""
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


class Server:
    """A process that answers at a free port of this machine.

    Args:
        folder: for its log.
        store: its tracking URI.
        words: of the command `mlflow ...`; host and port are added.
    """

    def __init__(self, folder: Path, store: str, *words: str) -> None:
        self.folder, self.store, self.words = folder, store, words
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        address = ("--host=127.0.0.1", f"--port={self.port}", "--workers=1")
        binaries = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mlflow", *self.words, *address],
                env={**os.environ, **_ENVIRONMENT, "MLFLOW_TRACKING_URI": self.store, "PATH": binaries},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until(self._answers, READY_SECONDS)

    def kill(self) -> None:
        """End it at once, with its worker, which is a process of its own."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _answers(self) -> bool:
        assert self.process.poll() is None, (self.folder / "server.log").read_text()[-2000:]
        try:
            return httpx.get(f"{self.url}/health", timeout=2).is_success
        except httpx.HTTPError:
            return False


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """A server that runs until the block ends, also where it never answers."""
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def mlflow_server(folder: Path) -> Iterator[Server]:
    """A tracking server of a folder's store."""
    store = f"sqlite:///{folder}/mlflow.db"
    artifacts = f"--artifacts-destination={folder}/artifacts"
    with running(Server(folder, store, "server", f"--backend-store-uri={store}", artifacts)) as server:
        yield server


@contextmanager
def model_server(folder: Path, store: str, model: str) -> Iterator[Server]:
    """What `mlflow models serve` starts for a model of a store."""
    with running(
        Server(folder, store, "models", "serve", f"--model-uri={model}", "--env-manager=local")
    ) as it:
        yield it
