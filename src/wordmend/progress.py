"""Progress with the time left, readable both in a terminal and in a log file."""

import sys
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from tqdm.auto import tqdm

Item = TypeVar("Item")


def progress_bar(
    description: str, total: int | None, unit: str = "it", items: Any = None, initial: int = 0
) -> "tqdm[Any]":
    """A bar with the time left. Silent for anything over in two seconds.

    In a terminal the bar is redrawn in place; elsewhere (a log, a pipe) it prints a line every ten seconds.
    """
    live = sys.stderr.isatty()
    return tqdm(
        items,
        desc=description,
        total=total,
        unit=unit,
        initial=initial,
        delay=2.0,
        mininterval=0.5 if live else 10.0,
        dynamic_ncols=live,
    )


def progress(
    items: Iterable[Item], description: str, total: int | None = None, unit: str = "it"
) -> Iterator[Item]:
    """Iterate over `items` and show how far it is."""
    return iter(progress_bar(description, total=total, unit=unit, items=items))
