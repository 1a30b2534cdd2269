"""How a step is learned from: precision, accumulation, clipping, optimizer, schedule and average."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import chain
from typing import Any, Literal

import torch
from accelerate import Accelerator
from torch import Tensor

from wordmend.devices import trains_on_cpu
from wordmend.errors import ParameterError
from wordmend.memory import is_out_of_memory
from wordmend.seeds import seed_for
from wordmend.training.config import LoopConfig
from wordmend.training.failures import out_of_memory, refuse_not_finite
from wordmend.training.muon import Muon
from wordmend.training.process_group import ProcessGroup, Step
from wordmend.training.task import Batch, ParameterGroup, Task
from wordmend.training.weight_average import WeightAverage


def learning_rate_factor(config: LoopConfig) -> Callable[[int], float]:
    """Linear warm-up, then a cosine down to `final_learning_rate` (SGDR without restarts, 1608.03983)."""

    def factor(step: int) -> float:
        if step < config.warmup_steps:
            return (step + 1) / (config.warmup_steps + 1)
        share = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
        return config.final_learning_rate + (1 - config.final_learning_rate) * cosine

    return factor


def parameter_groups(task: Task, config: LoopConfig) -> list[ParameterGroup]:
    """All that is learned of a task's module: first what the loop's settings are for, then what is apart."""
    apart = {id(parameter) for group in task.apart for parameter in group.parameters}
    own = [p for p in task.module.parameters() if p.requires_grad and id(p) not in apart]
    settings = (config.learning_rate, config.weight_decay, config.gradient_clip)
    return [ParameterGroup("gradient_norm", own, *settings), *task.apart]


def optimizer_of(groups: Sequence[ParameterGroup], name: Literal["adamw", "muon"]) -> torch.optim.Optimizer:
    """The optimizer of that name, for parameters with learning rates and weight decays of their own."""
    parameters = [
        {"params": one.parameters, "lr": one.learning_rate, "weight_decay": one.weight_decay}
        for one in groups
    ]
    if name == "muon":
        return Muon(parameters)
    # fused is one pass over all parameters: a tenth of the time for many small ones
    return torch.optim.AdamW(parameters, fused=True)


class Learner:
    """Takes a task's module step by step down its loss.

    A batch is worked on in `accumulate` parts, whose gradients add up to that of the batch: but for the
    rounding of sums, and for networks with statistics of the batch, the result is the same.

    Args:
        task: what is trained; it is moved to the device.
        config: how.

    Raises:
        ParameterError: the device doesn't have the precision.
    """

    def __init__(self, task: Task, config: LoopConfig) -> None:
        self.task = task
        self.config = config
        self.module = task.module
        # several processes without a GPU find each other only if CPUs are what is asked for
        on_cpu = trains_on_cpu(config.device)
        try:
            self.accelerator = Accelerator(mixed_precision=config.precision, cpu=on_cpu)
        except ValueError as error:
            raise ParameterError(f"precision {config.precision!r} can't be had here: {error}") from error
        task.to(str(self.accelerator.device))
        if config.channels_last:
            self.module.to(memory_format=torch.channels_last)
        self.parameter_groups = parameter_groups(task, config)
        self.optimizer = self.accelerator.prepare(optimizer_of(self.parameter_groups, config.optimizer))
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, learning_rate_factor(config))
        self.trusted: dict[str, Tensor] | None = None
        self.average = None if config.ema_decay is None else WeightAverage(self.module, config.ema_decay)
        if config.compile:
            task.compile()
        self.process_group = ProcessGroup(self.accelerator)
        self._step = self.process_group.shared_step(task)

    def learn(self, batch: Batch, step: int) -> dict[str, Tensor]:
        """Take one step; gives its terms, `loss` and the norm of each group's gradient among them.

        Raises:
            TrainingError: something is not finite, or memory is short; the weights are those before the step.
        """
        # what modules draw (dropout) is a function of seed, step and process, too
        torch.manual_seed(seed_for(self.task.seed, f"step {step} of process {self.process_group.rank}"))
        reason = ""
        try:
            terms = self.process_group.sum(self._gradients(self._step, batch, self.config.accumulate))
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            reason = " ".join(str(error).split())[:200] or "MemoryError"
        if reason:  # outside of the handler, as the error's traceback holds the memory
            pictures, parts = len(batch.names), self.config.accumulate
            raise out_of_memory(self.task.name, reason, pictures, parts, lambda n: self._fits(batch, n))
        norms = self._clipped_norms()
        # a scaler finds gradients of its own that are not finite, and leaves such a step out
        checked = terms if self.accelerator.scaler is not None else terms | norms
        refuse_not_finite(
            self.task.name,
            step,
            checked,
            lambda: [*chain.from_iterable(self.process_group.gather(batch.names))],
        )
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.average is not None:
            self.average.update()
        return terms | norms

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """Have the module in eval mode, with its average weights and no gradients, while a block runs."""
        self.module.eval()
        average = nullcontext() if self.average is None else self.average.in_place()
        with torch.no_grad(), self.accelerator.autocast(), average:
            yield
        self.module.train()

    def trust(self) -> None:
        """Remember the weights that would be kept if the training ended now."""
        weights = self.module.state_dict() if self.average is None else self.average.weights()
        self.trusted = {name: tensor.detach().clone() for name, tensor in weights.items()}

    def go_back(self) -> None:
        """Take the weights that were remembered last."""
        assert self.trusted is not None
        self.module.load_state_dict(self.trusted)
        if self.average is not None:
            self.average.replace(self.trusted)

    def finish(self) -> None:
        """Leave the module with the weights to keep, in eval mode and on the CPU."""
        if self.average is not None:
            self.average.keep()
        self.module.eval()
        self.accelerator.free_memory()
        self.module.to(memory_format=torch.contiguous_format)
        self.task.to("cpu")

    def state_dict(self) -> dict[str, Any]:
        """What Accelerate's `save_state` doesn't have, as tensors and plain values."""
        average = None if self.average is None else self.average.state_dict()
        return {"schedule": self.schedule.state_dict(), "average": average, "trusted": self.trusted}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.schedule.load_state_dict(state["schedule"])
        self.trusted = state["trusted"]
        if self.average is not None:
            self.average.load_state_dict(state["average"])

    def _gradients(self, step: Step, batch: Batch, parts: int) -> dict[str, Tensor]:
        """Add the gradient of a batch to those of the parameters; gives the terms by their shares."""
        terms: dict[str, Tensor] = {}
        pieces = batch.split(parts)
        for part in pieces:
            with self.process_group.exchanging(is_last=part is pieces[-1]):
                with self.accelerator.autocast():
                    loss, found = step(part.to(self.accelerator.device, non_blocking=True))
                    loss = loss * part.share
                # times the processes, as they leave the mean of their gradients
                self.accelerator.backward(loss * self.process_group.size)
            # after the backward pass, in which some terms are found
            for name, value in {"loss": loss, **{n: v * part.share for n, v in found.items()}}.items():
                terms[name] = terms[name] + value.detach() if name in terms else value.detach()
        return terms

    def _clipped_norms(self) -> dict[str, Tensor]:
        """The norm of each group's gradient, before it is clipped; none of a group without any."""
        self.accelerator.unscale_gradients()
        norms = {}
        for group in self.parameter_groups:
            gradients = [p.grad for p in group.parameters if p.grad is not None]
            if not gradients:
                continue
            norm = torch.nn.utils.get_total_norm(gradients)
            if group.gradient_clip is not None:
                torch.nn.utils.clip_grads_with_norm_(group.parameters, group.gradient_clip, norm)
            norms[group.norm] = norm
        return norms

    def _fits(self, batch: Batch, parts: int) -> bool:
        """Whether the gradient of a batch in so many parts can be computed: tried out, once all is lost."""
        self.optimizer.zero_grad(set_to_none=True)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        try:
            self._gradients(self.task.step, batch, parts)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return False
        return True
