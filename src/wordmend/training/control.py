"""A person in control of a training that runs: Ctrl-C, and wishes from elsewhere."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Literal, Protocol, Self

logger = logging.getLogger(__name__)

Wish = Literal["train", "pause", "stop"]
"""What a person wants of a training: that it goes on, waits, or ends in order."""

_LOOK_SECONDS = 0.2


class Control(Protocol):
    """Where a person says what a training should do."""

    def wish(self) -> Wish:
        """What was said last. Asked for at every step, so that it must take no time."""

    def tell(self, state: str) -> None:
        """Show what the training does about it, as "paused after step 12"."""


class NoControl:
    """Nobody says anything."""

    def wish(self) -> Wish:
        """Go on."""
        return "train"

    def tell(self, state: str) -> None:
        """Nobody listens."""


class Steering:
    """What a training should do now, by Ctrl-C (SIGINT) and by a control, while a block runs.

    The first Ctrl-C is the wish to end in order; the second one ends at once, as it does elsewhere. Outside
    of the main thread signals can't be caught.

    Args:
        name: of the training.
        control: wishes from elsewhere.
        agree: gives the wish that counts, of those of several processes.
    """

    def __init__(
        self, name: str, control: Control, agree: Callable[[Wish], Wish] = lambda wish: wish
    ) -> None:
        self.name = name
        self.control = control
        self.agree = agree
        self.interrupted = False

    def __enter__(self) -> Self:
        self.catches = threading.current_thread() is threading.main_thread()
        if self.catches:
            self.before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.catches:
            signal.signal(signal.SIGINT, self.before)

    def wish(self) -> Wish:
        """What is wanted now."""
        return self.agree("stop" if self.interrupted else self.control.wish())

    def wait_while_paused(self, step: int) -> None:
        """Come back when no pause is wanted any more."""
        logger.info("%s is paused after step %d, until it is to resume or to stop", self.name, step)
        self.control.tell(f"paused after step {step}")
        while self.wish() == "pause":
            time.sleep(_LOOK_SECONDS)
        logger.info("%s goes on after its pause", self.name)
        self.control.tell("running")

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.interrupted = True
        logger.warning(
            "%s ends after this step, and its result is kept; Ctrl-C again ends it at once", self.name
        )
        signal.signal(signal.SIGINT, signal.default_int_handler)
