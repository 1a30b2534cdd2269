"""Work spread over processes or threads, its results in the order of the work."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

import cv2

from wordmend.errors import WordmendError

Work = TypeVar("Work")
Result = TypeVar("Result")


def core_numbers() -> list[int]:
    """The cores that this process may use, by their numbers: in a container fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def usable_cores() -> int:
    """How many cores this process may use."""
    return len(core_numbers())


def killed_error(workers: int, doing: str, way_out: str) -> WordmendError:
    """What to raise when one of several processes was killed.

    Args:
        workers: number of processes.
        doing: what they do: "make pairs".
        way_out: what a person can do about it.
    """
    return WordmendError(
        f"one of {workers} processes that {doing} was killed, most often for want of memory; {way_out}"
    )


def map_in_processes(
    function: Callable[[Work], Result], works: Sequence[Work], workers: int, doing: str
) -> Iterator[Result]:
    """`function` of each of `works`, in their order, by so many processes; by this one if it is one.

    Made while they are taken: at most two results for each process wait in memory. A script that calls this
    with more than one process needs the usual `if __name__ == "__main__":`.

    Args:
        function: of a module, so that another process finds it.
        works: what it is called with; has to be picklable, as its results.
        workers: number of processes.
        doing: what the processes do, for the error: "make pairs".

    Raises:
        WordmendError: a process was killed.
    """
    workers = min(workers, len(works))
    if workers <= 1:
        yield from map(function, works)
        return
    # Spawned, not forked: a fork would break the threads that the caller may have (PyTorch, MLflow).
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=cv2.setNumThreads, initargs=(1,)) as executor:
        try:
            yield from _in_order(executor, function, works, 2 * workers)
        except BrokenProcessPool as error:
            raise killed_error(workers, doing, "set workers to a smaller number") from error


def map_in_threads(
    function: Callable[[Work], Result], works: Iterable[Work], threads: int
) -> Iterator[Result]:
    """`function` of each of `works`, in their order, by so many threads.

    For work that leaves the interpreter to others: files, coding of images. `works` are taken by the caller's
    thread, while results are taken: at most two for each thread wait in memory.
    """
    with ThreadPoolExecutor(threads) as executor:
        yield from _in_order(executor, function, works, 2 * threads)


def _in_order(
    executor: Executor, function: Callable[[Work], Result], works: Iterable[Work], ahead: int
) -> Iterator[Result]:
    """Results in the order of `works`, of which so many are begun before the first is waited for."""
    waiting: deque[Future[Result]] = deque()
    try:
        for work in works:
            waiting.append(executor.submit(function, work))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:  # also when the consumer stops early: nothing more is made
        for future in waiting:
            future.cancel()
