"""Work with an MLflow store in a thread of its own, which nobody waits for and which outlives outages."""

import logging
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

import mlflow
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request

logger = logging.getLogger(__name__)

_ANSWER_SECONDS = 5
_FIRST_RETRY_SECONDS = 1.0
_LAST_RETRY_SECONDS = 10.0


class StoreThread:
    """Calls a function again and again; while the store is away it tries, more and more rarely.

    A daemon: it never keeps a process from ending.

    Args:
        tracking_uri: of the store.
        work: gets a client, gives the seconds until it is to be called again.
        away: called with the error when the store goes away; not again until it was back.
        back: called when it is back.
    """

    def __init__(
        self,
        tracking_uri: str,
        work: Callable[[mlflow.MlflowClient], float],
        away: Callable[[Exception], None],
        back: Callable[[], None],
    ) -> None:
        self.tracking_uri = tracking_uri
        self.work, self.away, self.back = work, away, back
        self.woken = threading.Event()
        self.ending = False
        self.thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; when it has begun, nothing."""
        if self.thread is None:
            self.thread = threading.Thread(target=self._run, daemon=True, name=self.work.__qualname__)
            self.thread.start()

    def wake(self) -> None:
        """Call the function soon."""
        self.woken.set()

    def end(self) -> None:
        """End after the call that is under way, without waiting for it."""
        self.ending = True
        self.wake()

    def _run(self) -> None:
        failures, pause = 0, 0.0
        while True:
            self.woken.wait(pause)
            self.woken.clear()
            if self.ending:
                return
            try:
                _must_answer(self.tracking_uri)
                pause = self.work(mlflow.MlflowClient(self.tracking_uri))
            except Exception as error:  # whatever it is, the training must go on
                if failures == 0:
                    self.away(error)
                pause = min(_FIRST_RETRY_SECONDS * 2**failures, _LAST_RETRY_SECONDS)
                failures = min(failures + 1, 10)
            else:
                if failures:
                    self.back()
                failures = 0


def _must_answer(tracking_uri: str) -> None:
    """Raise an error where a server doesn't answer.

    MLflow's client repeats a failed request for four minutes, with pauses of up to two. How often is an
    environment variable, thus the same for everything in the process, and when models are saved it is right.
    So that an outage is noticed, and its end too, the server is asked first, without repeating.
    """
    if urlsplit(tracking_uri).scheme in ("http", "https"):
        http_request(
            get_default_host_creds(tracking_uri), "/health", "GET", max_retries=0, timeout=_ANSWER_SECONDS
        )
