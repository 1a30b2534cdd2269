"""Batches as a function of seed and step alone, so that a training can be repeated and resumed exactly."""

from collections.abc import Iterator, Sequence
from itertools import count, pairwise
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Sampler

from wordmend.devices import trains_on_cpu
from wordmend.processes import usable_cores
from wordmend.seeds import seed_for
from wordmend.training.config import LoopConfig
from wordmend.training.patches import Phase, samples_before

_MOST_WORKERS = 8

Item = tuple[int, int]
"""The index of a sample, and a number that seeds everything drawn for it (flips, crops)."""


def even_parts(size: int, parts: int) -> list[tuple[int, int]]:
    """Start and end of each of at most `parts` parts of `size` things, as even as can be and none empty."""
    edges = [round(part * size / parts) for part in range(parts + 1)]
    return [(start, end) for start, end in pairwise(edges) if end > start]


def part_of_process(size: int, rank: int, world_size: int) -> tuple[int, int, float]:
    """Start and end of what one of several processes does of `size` things, and its share in the whole.

    A process for which nothing is left does the first thing again, with a share of 0: gradients can only be
    exchanged by all processes.
    """
    parts = even_parts(size, world_size)
    if rank >= len(parts):
        return 0, 1, 0.0
    start, end = parts[rank]
    return start, end, (end - start) / size


def workers_for(wanted: int | None, loop: LoopConfig) -> int:
    """How many processes make batches ahead: as many as wanted.

    None: none on a CPU, of which a training takes all cores; up to eight beside a GPU.
    """
    if wanted is not None:
        return wanted
    if trains_on_cpu(loop.device):
        return 0
    return min(_MOST_WORKERS, max(1, usable_cores() // loop.processes - 1))


def use_one_thread(worker: int) -> None:
    """Set a process up that makes batches.

    The threads of OpenCV don't come along into a forked process, and would only be in the way.
    """
    cv2.setNumThreads(0)


class Agenda(Protocol):
    """What comes in between while a training runs: samples that are due now, and those that have to wait."""

    def take_due(self, count: int) -> list[int]:
        """Indices of at most `count` samples that come before all others; they are not due any more then."""

    def waits(self, index: int) -> bool:
        """Whether a sample is not to be trained on at present."""


class StepSampler(Sampler[list[Item]]):
    """Give for every step the items of its batch, endlessly.

    Each pass over the data is a permutation of its own. Samples named in `first` come before the others in
    every pass. With an agenda, what is due comes first of all, and what waits is left out unless everything
    waits: batches are a function of seed and step no longer then.

    Args:
        length: number of samples.
        batch_size: samples a step; or phases, each with its own.
        seed: where the permutations come from.
        start: the first step asked for.
        first: indices of the samples that come first.
        agenda: what comes in between.
    """

    def __init__(
        self,
        length: int,
        batch_size: int | Sequence[Phase],
        seed: int,
        start: int = 0,
        first: Sequence[int] = (),
        agenda: Agenda | None = None,
    ) -> None:
        assert length > 0
        self.length = length
        self.phases = [Phase(batch_size)] if isinstance(batch_size, int) else batch_size
        self.seed = seed
        self.start = start
        self.agenda = agenda
        self.behind = np.ones(length, dtype=bool)
        self.behind[list(first)] = False
        self._permutations: dict[int, NDArray[np.int64]] = {}

    def permutation(self, epoch: int) -> NDArray[np.int64]:
        """The order of the samples in one pass over the data, `(length,) int64`."""
        if epoch not in self._permutations:
            order = np.random.default_rng([self.seed, epoch]).permutation(self.length)
            order = order[np.argsort(self.behind[order], kind="stable")]
            # the last two, as a batch may lie in both, and as one may go back from step to step
            self._permutations = dict([*self._permutations.items(), (epoch, order)][-2:])
        return self._permutations[epoch]

    def batch(self, step: int) -> list[Item]:
        """The items of one step, as far as no agenda decides."""
        return [self._item(position) for position in self._positions(step)]

    def __iter__(self) -> Iterator[list[Item]]:
        return map(self.batch, count(self.start)) if self.agenda is None else self._by(self.agenda)

    def _by(self, agenda: Agenda) -> Iterator[list[Item]]:
        position = self._positions(self.start).start
        for step in count(self.start):
            size = len(self._positions(step))
            due = agenda.take_due(size)
            items = [(index, seed_for(self.seed, f"due {step} {place}")) for place, index in enumerate(due)]
            passed_over = 0
            while len(items) < size:
                item = self._item(position)
                position += 1
                if agenda.waits(item[0]) and passed_over < self.length:
                    passed_over += 1
                else:
                    items.append(item)
            yield items

    def _positions(self, step: int) -> range:
        """The positions of a step's samples in the endless row of passes."""
        return range(samples_before(self.phases, step), samples_before(self.phases, step + 1))

    def _item(self, position: int) -> Item:
        epoch, place = divmod(position, self.length)
        return int(self.permutation(epoch)[place]), seed_for(self.seed, f"item {position}")
