"""The processes that train one module together; mostly there is one alone."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from wordmend.training.task import Task

Value = TypeVar("Value")
Step = Callable[[Any], tuple[Tensor, dict[str, Tensor]]]


class ProcessGroup:
    """What the processes of a training agree on. Every one of them must call the same methods in turn.

    Each has the whole module and works on a part of every batch; the gradients are added up in the backward
    pass (data parallel, 2006.15704).

    Args:
        accelerator: has found the other processes.
    """

    def __init__(self, accelerator: Accelerator) -> None:
        self.device: torch.device = accelerator.device
        self.rank: int = accelerator.process_index
        self.size: int = accelerator.num_processes
        self._parallel: DistributedDataParallel | None = None

    @property
    def is_main(self) -> bool:
        """Whether this process speaks for all: it validates, logs, hears people and writes checkpoints."""
        return self.rank == 0

    def shared_step(self, task: Task) -> Step:
        """The task's `step`, whose backward pass leaves the mean of all processes' gradients."""
        if self.size == 1:
            return task.step
        on = [self.device.index] if self.device.type == "cuda" else None
        # parameters that are learned apart need not be learned in every step
        self._parallel = DistributedDataParallel(
            _Step(task), device_ids=on, find_unused_parameters=bool(task.apart)
        )
        return self._parallel

    def exchanging(self, is_last: bool) -> AbstractContextManager[None]:
        """Gradients of a block are exchanged between the processes if it `is_last` of its step."""
        return nullcontext() if self._parallel is None or is_last else self._parallel.no_sync()

    def sum(self, terms: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Scalars, added up over the processes."""
        if self.size == 1:
            return dict(terms)
        values = torch.stack([value.float() for value in terms.values()])
        torch.distributed.all_reduce(values)
        return dict(zip(terms, values.unbind(), strict=True))

    def agree(self, value: Value) -> Value:
        """What the main process has."""
        if self.size == 1:
            return value
        shared = [value]
        torch.distributed.broadcast_object_list(shared, device=self.device)
        return shared[0]

    def gather(self, value: Value) -> list[Value]:
        """What each process has, by rank."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        torch.distributed.all_gather_object(values, value)
        return values


class _Step(nn.Module):
    """A task's step as a module's forward pass, which is what can be made parallel."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.task = task
        self.module = task.module

    def forward(self, batch: Any) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of a batch and its terms."""
        return self.task.step(batch)
