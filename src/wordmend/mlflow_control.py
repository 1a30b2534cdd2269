"""A person in control of a training by tags of its MLflow run, from wherever the MLflow UI is open."""

import logging
import time

import mlflow

from wordmend.mlflow_store import StoreThread
from wordmend.training.control import Wish

logger = logging.getLogger(__name__)

CONTROL_TAG = "control"
STATE_TAG = "state"
START_TAGS = {CONTROL_TAG: "train", STATE_TAG: "running"}
"""Of a run at its start: the UI shows what there is to edit, and a stop of an earlier try is over."""
POLL_SECONDS = 2.0
CLOSE_SECONDS = 5.0
_SHARE = 50  # a poll takes 50 to 120 ms through a server: at most 2 % of the time are spent on it
_WISHES: dict[str, Wish] = {"train": "train", "resume": "train", "pause": "pause", "stop": "stop"}
_STRENGTH: tuple[Wish, ...] = ("train", "pause", "stop")


class MlflowControl:
    """Reads the tag `control` of a training's run and of the run that it is part of; the stronger counts.

    `stop` ends the training in order, `pause` lets it wait, `resume` or `train` lets it go on. A thread
    reads, so that asking takes no time; while the store is away, what was said last stays.

    Args:
        run_id: the MLflow run of the training.
        parent_id: the run that it is part of, as of a pipeline; its tag is for all trainings inside.
        tracking_uri: the store; None: the one that is set.
    """

    def __init__(self, run_id: str, parent_id: str | None = None, tracking_uri: str | None = None) -> None:
        self.run_id = run_id
        self.parent_id = parent_id
        self.tracking_uri = tracking_uri or mlflow.get_tracking_uri()
        self.wished: Wish = "train"
        self.state = self.told = START_TAGS[STATE_TAG]
        self.unknown: set[str] = set()
        self.thread = StoreThread(self.tracking_uri, self._poll, lambda error: None, lambda: None)

    def wish(self) -> Wish:
        """What was said last, as far as it is known."""
        self.thread.start()
        return self.wished

    def tell(self, state: str) -> None:
        """Show what the training does, as the tag `state`."""
        self.state = state
        self.thread.start()
        self.thread.wake()

    def close(self) -> None:
        """End, and show that the training did; waits a few seconds at most."""
        if self.state == START_TAGS[STATE_TAG]:
            self.tell("ended")
        end = time.monotonic() + CLOSE_SECONDS
        while self.told != self.state and time.monotonic() < end:
            time.sleep(0.02)
        self.thread.end()

    def _poll(self, client: mlflow.MlflowClient) -> float:
        begin = time.monotonic()
        if (state := self.state) != self.told:
            client.set_tag(self.run_id, STATE_TAG, state)
            self.told = state
        runs = [self.run_id] if self.parent_id is None else [self.run_id, self.parent_id]
        said = [client.get_run(run).data.tags.get(CONTROL_TAG, "train") for run in runs]
        self.wished = max((self._meant(value) for value in said), key=_STRENGTH.index)
        return max(POLL_SECONDS, _SHARE * (time.monotonic() - begin))

    def _meant(self, value: str) -> Wish:
        word = value.strip().lower()
        if word not in _WISHES and word not in self.unknown:
            self.unknown.add(word)
            logger.warning(
                "the tag %r of the training's MLflow run is %r and changes nothing; it may be %s",
                CONTROL_TAG,
                value,
                ", ".join(_WISHES),
            )
        return _WISHES.get(word, "train")
