"""Several things of a study at once, each made by a process that has cores of its own."""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from logging.handlers import QueueHandler, QueueListener
from multiprocessing import get_context, parent_process
from typing import Any

import cv2
import numpy as np
import torch

from wordmend.devices import trains_on_cpu
from wordmend.memory import free_memory
from wordmend.processes import core_numbers, usable_cores
from wordmend.progress import BesideBars, share_terminal

MEMORY = 9 * 2**29
"""Bytes that a process has to have: with the default settings it takes up to 4.3e9 of them in stage 2."""


def usual_workers(seeds: int, device: str) -> int:
    """How many processes a study of so many seeds has, where nobody says.

    Args:
        seeds: that go side by side.
        device: of its trainings; beside a GPU it is one.
    """
    if not trains_on_cpu(device):
        return 1
    return max(1, min(seeds, usable_cores(), free_memory(torch.device("cpu")) // MEMORY))


class ThisProcess(Executor):
    """Does what is submitted at once, by itself."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **named: Any) -> "Future[Any]":
        """Call, and come back with what is done."""
        done: Future[Any] = Future()
        try:
            done.set_result(function(*args, **named))
        except Exception as error:  # whoever asks for the result gets it
            done.set_exception(error)
        return done


@contextmanager
def workers_at_once(count: int) -> Iterator[Executor]:
    """So many processes, among which the cores are divided; one is this process itself.

    A small network gains little by a second core, so that two trainings side by side get further than one
    after the other. What they log is logged here, and their progress bars have lines of their own. They end
    with this process, however it ends.

    Args:
        count: of processes, at least 1.
    """
    if count == 1:
        yield ThisProcess()
        return
    context = get_context("spawn")  # a fork would break the threads that this process may have
    places, records = context.SimpleQueue(), context.Queue()
    for line, cores in enumerate(divided_cores(count)):
        places.put((line, cores))
    lock = context.RLock()
    listener = QueueListener(records, _Relay())
    with _logging_beside_bars(lock):
        listener.start()
        try:
            with ProcessPoolExecutor(
                count, context, initializer=_begin, initargs=(places, records, lock)
            ) as executor:
                yield executor
        finally:
            listener.stop()


def divided_cores(count: int) -> list[list[int]]:
    """The cores that this process may use, for so many processes; of fewer cores, processes share one."""
    cores = core_numbers()
    if count > len(cores):
        return [[cores[place % len(cores)]] for place in range(count)]
    return [part.tolist() for part in np.array_split(cores, count)]


@contextmanager
def _logging_beside_bars(lock: Any) -> Iterator[None]:
    """Have what is logged to a terminal erase the bars of other processes, not mix with them."""
    handlers = [one for one in logging.getLogger().handlers if isinstance(one, logging.StreamHandler)]
    locks = [one.lock for one in handlers]
    for one in handlers:
        one.lock = BesideBars(lock)  # type: ignore[assignment]  # all that a handler asks of a lock
    try:
        yield
    finally:
        for one, own in zip(handlers, locks, strict=True):
            one.lock = own


class _Relay(logging.Handler):
    """Logs what another process did as if it were of this one."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = logging.getLogger(record.name)
        if logger.isEnabledFor(record.levelno):
            logger.handle(record)


def _begin(places: Any, records: Any, lock: Any) -> None:
    """Of a process that has just begun."""
    line, cores = places.get()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
    torch.set_num_threads(len(cores))
    cv2.setNumThreads(len(cores))
    share_terminal(lock, line)
    root = logging.getLogger()
    root.handlers = [QueueHandler(records)]
    root.setLevel(logging.INFO)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A process that was killed can't tell its workers."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
