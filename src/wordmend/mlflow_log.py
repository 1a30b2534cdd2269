"""A training's numbers and pictures on their way to MLflow."""

import logging
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Metric
from mlflow.exceptions import MlflowException

from wordmend.errors import first_line
from wordmend.images.channels import ByteImage, FloatImage, to_bytes
from wordmend.mlflow_store import StoreThread

logger = logging.getLogger(__name__)

SEND_SECONDS = 2.0
FLUSH_SECONDS = 5.0
CLOSE_SECONDS = 300.0
"""How long the end of a training waits for a store that is away."""
MAX_BATCH = 1000  # as many as MLflow takes at once
MAX_PICTURES = 200  # that wait for a store that is away: pictures fill the memory, numbers don't
_REFUSALS = ("INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST")


class MlflowLog:
    """A training log that neither waits for the MLflow store nor fails with it.

    What is logged is put into a queue; a thread sends it in batches, as single calls take 20 ms each, and
    keeps it while the store is away. A batch that is sent twice, as its answer was lost, is kept once: MLflow
    knows a number by its name, step, time and value. Of a run that goes on, what it has already is not sent
    again: curves have neither gaps nor doubles.

    Args:
        run_id: the MLflow run.
        goes_on: it may have numbers and pictures already.
        tracking_uri: the store; None: the one that is set.
    """

    def __init__(self, run_id: str, goes_on: bool = False, tracking_uri: str | None = None) -> None:
        self.run_id = run_id
        self.goes_on = goes_on
        self.tracking_uri = tracking_uri or mlflow.get_tracking_uri()
        self.numbers: deque[Metric] = deque()
        self.pictures: deque[tuple[str, ByteImage, int]] = deque()
        self.pictures_dropped = 0
        self.last_steps: dict[str, int] = {}
        self.shown: set[tuple[str, int]] | None = None if goes_on else set()
        self.changed = threading.Condition()
        self.thread = StoreThread(self.tracking_uri, self._send, self._away, self._back)

    def metrics(self, values: dict[str, float], step: int) -> None:
        """Log numbers of one step."""
        now = int(time.time() * 1000)
        numbers = [Metric(name, float(value), now, step) for name, value in values.items()]
        with self.changed:
            self.numbers.extend(numbers)
        self.thread.start()

    def picture(self, name: str, image: FloatImage, step: int) -> None:
        """Log a picture `(H, W, 3) float32` in [0, 1]; the MLflow UI shows it with a slider over steps."""
        pixels = to_bytes(image)
        with self.changed:
            self.pictures.append((name, pixels, step))
            while len(self.pictures) > MAX_PICTURES:
                self.pictures.popleft()
                self.pictures_dropped += 1
        self.thread.start()

    def flush(self) -> None:
        """Send what waits; comes back after a few seconds at most, even if the store is away."""
        self._wait_until_sent(FLUSH_SECONDS)

    def close(self, seconds: float = CLOSE_SECONDS) -> None:
        """Send what waits, and end; when the store is away for longer than that, say what is lost."""
        if not self._wait_until_sent(min(seconds, FLUSH_SECONDS)):
            logger.info("waiting for MLflow, %g s at most, to send %s", seconds, self._what_waits())
            self._wait_until_sent(seconds - FLUSH_SECONDS)
        self.thread.end()
        if self._waits() or self.pictures_dropped:
            logger.warning(
                "MLflow at %s did not get %s of the run %s; the curves that are saved have the numbers",
                self.tracking_uri,
                self._what_waits(),
                self.run_id,
            )

    def _wait_until_sent(self, seconds: float) -> bool:
        with self.changed:
            if self._waits():
                self.thread.start()
                self.thread.wake()
            return self.changed.wait_for(lambda: not self._waits(), max(seconds, 0))

    def _waits(self) -> bool:
        return bool(self.numbers or self.pictures)

    def _what_waits(self) -> str:
        return f"{len(self.numbers)} numbers and {len(self.pictures) + self.pictures_dropped} pictures"

    def _send(self, client: mlflow.MlflowClient) -> float:
        """Send everything; what was sent leaves the queue only then."""
        while self.numbers:
            with self.changed:
                batch = [self.numbers[index] for index in range(min(len(self.numbers), MAX_BATCH))]
            new = [number for number in batch if number.step > self._last_step(client, number.key)]
            if new:
                self._unless_refused(client.log_batch, self.run_id, metrics=new)
            self._sent(self.numbers, batch)
        while self.pictures:
            with self.changed:
                picture = self.pictures[0]
            name, pixels, step = picture
            if (name, step) not in self._shown(client):
                self._unless_refused(client.log_image, self.run_id, pixels, key=name, step=step)
            self._sent(self.pictures, [picture])
        return SEND_SECONDS

    def _sent(self, queue: deque[Any], items: list[Any]) -> None:
        with self.changed:
            for item in items:
                if queue and queue[0] is item:  # else it was dropped meanwhile
                    queue.popleft()
            self.changed.notify_all()

    def _unless_refused(self, call: Any, *arguments: Any, **named: Any) -> None:
        """Call; what the store is there for but will never take must not keep back what follows."""
        try:
            call(*arguments, **named)
        except MlflowException as error:
            if error.error_code not in _REFUSALS:
                raise
            logger.warning("MLflow refused numbers or pictures of the run %s: %s", self.run_id, error)

    def _last_step(self, client: mlflow.MlflowClient, name: str) -> int:
        """The last step of which the run had the number when it went on; -1: none."""
        if not self.goes_on:
            return -1
        if name not in self.last_steps:
            history = client.get_metric_history(self.run_id, name)
            self.last_steps[name] = max((metric.step for metric in history), default=-1)
        return self.last_steps[name]

    def _shown(self, client: mlflow.MlflowClient) -> set[tuple[str, int]]:
        """Names and steps of the pictures that the run had when it went on."""
        if self.shown is None:
            names = [Path(file.path).name for file in client.list_artifacts(self.run_id, "images")]
            parts = (name.split("+") for name in names if name.endswith(".png"))
            self.shown = {
                (part[0].replace("~", "/"), int(part[2])) for part in parts if part[1:2] == ["step"]
            }
        return self.shown

    def _away(self, error: Exception) -> None:
        logger.warning(
            "MLflow at %s is away: %s. The training goes on; its numbers and pictures wait, and the tag "
            "'control' is not heard",
            self.tracking_uri,
            first_line(error),
        )

    def _back(self) -> None:
        logger.info("MLflow at %s is back, and has all that waited", self.tracking_uri)
