"""Ctrl-C as a wish: once ends a training in order, twice at once."""

import logging
import signal
import threading
from types import FrameType, TracebackType
from typing import Self

logger = logging.getLogger(__name__)


class Interrupt:
    """Notes the first SIGINT while a block runs; the second one ends it as SIGINT does elsewhere.

    Outside of the main thread signals can't be caught: there it never is `wanted`.

    Args:
        name: of what would end.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.wanted = False

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

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.wanted = True
        logger.warning(
            "%s ends after this step, and its result is kept; Ctrl-C again ends it at once", self.name
        )
        signal.signal(signal.SIGINT, signal.default_int_handler)
