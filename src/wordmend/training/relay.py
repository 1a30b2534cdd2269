"""What goes between the process that a training was started from and those that it runs in.

Only the first one knows people and stores: it says what they want, and gets numbers and pictures for them.
"""

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from wordmend.images.channels import FloatImage
from wordmend.training.control import Control, Wish
from wordmend.training.log import TrainingLog

logger = logging.getLogger(__name__)

Event = tuple[str, tuple[Any, ...]]
"""metrics, picture, tell or message, and what was said with it."""


class Relay:
    """Lies between the two sides, in a process of its own."""

    def __init__(self) -> None:
        self.wished: Wish = "train"
        self.events: list[Event] = []

    def wish(self) -> Wish:
        """What was wished for last."""
        return self.wished

    def post(self, name: str, *arguments: Any) -> None:
        """Leave an event for the other side."""
        self.events.append((name, arguments))

    def exchange(self, wish: Wish) -> list[Event]:
        """Leave a wish, and take the events."""
        self.wished = wish
        events, self.events = self.events, []
        return events


class RelayLine(Protocol):
    """A line to a relay in another process."""

    def wish(self) -> Wish:
        """What was wished for last, as far as it is known; takes no time."""

    def post(self, name: str, *arguments: Any) -> None:
        """Leave an event; takes no time."""

    def flush(self) -> None:
        """Come back when the relay has all events."""


class Sender:
    """The log and the control of a training that runs elsewhere, at its end of the line."""

    def __init__(self, line: RelayLine) -> None:
        self.line = line

    def metrics(self, values: dict[str, float], step: int) -> None:
        """Log numbers of one step."""
        self.line.post("metrics", values, step)

    def picture(self, name: str, image: FloatImage, step: int) -> None:
        """Log a picture `(H, W, 3) float32` in [0, 1]."""
        self.line.post("picture", name, image, step)

    def flush(self) -> None:
        """Bring all to the relay."""
        self.line.flush()

    def wish(self) -> Wish:
        """What was wished for last."""
        return self.line.wish()

    def tell(self, state: str) -> None:
        """Show what the training does."""
        self.line.post("tell", state)


class Messages(logging.Handler):
    """Sends what is said by `logging`, too."""

    def __init__(self, line: RelayLine) -> None:
        super().__init__()
        self.line = line

    def emit(self, record: logging.LogRecord) -> None:
        """Send one message."""
        self.line.post("message", record.levelno, record.getMessage())


class Receiver:
    """Hands the events of a training that runs elsewhere to a log and a control, and says its messages.

    A training that is started anew from a checkpoint tells a second time what lies behind the checkpoint; it
    is the same, and left out.

    Args:
        log: gets numbers and pictures.
        control: is told what the training does.
    """

    def __init__(self, log: TrainingLog, control: Control) -> None:
        self.log = log
        self.control = control
        self.step = 0
        self.last_steps: dict[str, int] = {}

    def receive(self, event: Event) -> None:
        """Hand on one event."""
        name, arguments = event
        getattr(self, f"_{name}")(*arguments)

    def _metrics(self, values: Mapping[str, float], step: int) -> None:
        self.step = step
        new = {name: value for name, value in values.items() if self._is_new(name, step)}
        if new:
            self.log.metrics(new, step)

    def _picture(self, name: str, image: FloatImage, step: int) -> None:
        if self._is_new(f"picture {name}", step):
            self.log.picture(name, image, step)

    def _tell(self, state: str) -> None:
        self.control.tell(state)

    def _message(self, level: int, message: str) -> None:
        logger.log(level, "%s", message)

    def _is_new(self, name: str, step: int) -> bool:
        if step <= self.last_steps.get(name, -1):
            return False
        self.last_steps[name] = step
        return True
