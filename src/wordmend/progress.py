"""Progress with the time left, readable both in a terminal and in a log file."""

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from tqdm.auto import tqdm

Item = TypeVar("Item")

_ERASE_BELOW = "\r\x1b[J"
_LONGEST_WAIT = 2.0  # s, for a process that writes to the terminal; one that was killed meanwhile never ends

_OF: ContextVar[str] = ContextVar("_OF", default="")
_LINE: ContextVar[int | None] = ContextVar("_LINE", default=None)


@contextmanager
def progress_of(name: str) -> Iterator[None]:
    """Have all bars begin with a name, as there are others of the same kind: `seed 1 stage2`."""
    before = _OF.set(f"{name} ")
    try:
        yield
    finally:
        _OF.reset(before)


def share_terminal(lock: Any, line: int) -> None:
    """Have the bars of this process keep to one line of a terminal, beside those of other processes.

    Args:
        lock: of all processes that write to it.
        line: which, from 0.
    """
    tqdm.set_lock(lock)
    _LINE.set(line)


class BesideBars:
    """A lock for what writes to the terminal beside bars of other processes, as `logging.Handler.lock`.

    Whoever has it finds the bars erased; they draw themselves anew below what was written.

    Args:
        lock: of all processes that write to it.
    """

    def __init__(self, lock: Any) -> None:
        self._lock = lock
        self._threads = threading.RLock()  # of this process
        self._taken: list[bool] = []  # as often as a thread has it

    def acquire(self) -> None:
        """Wait for the terminal."""
        self._threads.acquire()
        self._taken.append(self._lock.acquire(timeout=_LONGEST_WAIT))
        if len(self._taken) == 1 and sys.stderr.isatty():
            sys.stderr.write(_ERASE_BELOW)
            sys.stderr.flush()

    def release(self) -> None:
        """Leave it to others."""
        if self._taken.pop():
            self._lock.release()
        self._threads.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


def progress_bar(
    description: str, total: int | None, unit: str = "it", items: Any = None, initial: int = 0
) -> "tqdm[Any]":
    """A bar with the time left. Silent for anything over in two seconds.

    In a terminal the bar is redrawn in place; elsewhere (a log, a pipe) it prints a line every ten seconds.
    """
    live = sys.stderr.isatty()
    line = _LINE.get() if live else None  # in a log each bar has lines of its own
    return tqdm(
        items,
        desc=f"{_OF.get()}{description}",
        total=total,
        unit=unit,
        initial=initial,
        delay=2.0,
        mininterval=0.5 if live else 10.0,
        dynamic_ncols=live,
        position=line,
        leave=line is None,
    )


def progress(
    items: Iterable[Item], description: str, total: int | None = None, unit: str = "it"
) -> Iterator[Item]:
    """Iterate over `items` and show how far it is."""
    return iter(progress_bar(description, total=total, unit=unit, items=items))
