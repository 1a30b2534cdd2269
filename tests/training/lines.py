"""Tasks that are trained in several processes, which must be able to import them."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from tests.training.test_loop import LineTask, Numbers
from wordmend.training.batches import part_of_process
from wordmend.training.quality import QualityTask
from wordmend.training.quality_batches import QualityBatch


class SharedLine(LineTask):
    """LineTask in several processes: each gets its part of eight numbers."""

    def batches(self, start: int, rank: int = 0, world_size: int = 1) -> Iterator[Numbers]:
        step = start
        while True:
            step += 1
            x = torch.rand(8, 1, generator=torch.Generator().manual_seed(step))
            if self.broken_from is not None and step >= self.broken_from:
                x[7] = float("nan")
            first, last, share = part_of_process(8, rank, world_size)
            yield Numbers(x[first:last], share)


class DyingLine(SharedLine):
    """The second process dies in a step, once or each time."""

    def __init__(self, marker: Path, step: int, once: bool = True) -> None:
        super().__init__()
        self.marker, self.dies_at, self.once = marker, step, once

    def batches(self, start: int, rank: int = 0, world_size: int = 1) -> Iterator[Numbers]:
        for step, batch in enumerate(super().batches(start, rank, world_size), start + 1):
            if step == self.dies_at and rank == 1 and not (self.once and self.marker.exists()):
                self.marker.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            yield batch


class FixedStatistics(QualityTask):
    """Trains the quality model without statistics of the batch, which parts of it don't have in common."""

    def step(self, batch: QualityBatch) -> tuple[Tensor, dict[str, Tensor]]:
        self.module.eval()
        return super().step(batch)


class SlowLine(SharedLine):
    def step(self, batch: Numbers) -> tuple[Tensor, dict[str, Tensor]]:
        torch.ones(1_000_000).sort()
        return super().step(batch)
