"""The one loop that all trainings run through."""

import logging
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Protocol

import pandas as pd
import torch
from accelerate import Accelerator
from accelerate.utils import send_to_device
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.optim import Optimizer
from tqdm.auto import tqdm

from wordmend.errors import ParameterError, TrainingError, WordmendError
from wordmend.images.channels import FloatImage
from wordmend.progress import progress_bar
from wordmend.training.checkpoints import Checkpoints
from wordmend.training.config import LoopConfig
from wordmend.training.interrupt import Interrupt
from wordmend.training.task import Task

logger = logging.getLogger(__name__)

_STATE = "state.pt"
_DAMAGE = (UnpicklingError, SafetensorError)


class TrainingLog(Protocol):
    """Where a training's numbers and pictures go while it runs."""

    def metrics(self, values: dict[str, float], step: int) -> None:
        """Log numbers of one step."""

    def picture(self, name: str, image: FloatImage, step: int) -> None:
        """Log a picture `(H, W, 3) float32` in [0, 1]."""

    def flush(self) -> None:
        """Bring what waits to where it is kept: the training won't come by here again."""


class NoLog:
    """A log that keeps nothing."""

    def metrics(self, values: dict[str, float], step: int) -> None:
        """Drop the numbers."""

    def picture(self, name: str, image: FloatImage, step: int) -> None:
        """Drop the picture."""

    def flush(self) -> None:
        """Nothing waits."""


@dataclass(frozen=True)
class Training:
    """How a training went.

    `losses` and `validations` are tables with a column `step` and one column a name.
    `ended_by` is "steps", "threshold" or "person".
    """

    steps: int
    ended_by: str
    losses: pd.DataFrame
    validations: pd.DataFrame


def learning_rate_factor(config: LoopConfig) -> Callable[[int], float]:
    """Linear warm-up, then a cosine down to `final_learning_rate` (SGDR without restarts, 1608.03983)."""

    def factor(step: int) -> float:
        if step < config.warmup_steps:
            return (step + 1) / (config.warmup_steps + 1)
        share = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
        return config.final_learning_rate + (1 - config.final_learning_rate) * cosine

    return factor


class _Progress:
    """How far a training is: all that is neither in the module nor in the optimizer."""

    def __init__(self, config: LoopConfig) -> None:
        self.config = config
        self.step = 0
        self.ended_by: str | None = None
        self.losses: list[dict[str, float]] = []
        self.validations: list[dict[str, float]] = []
        self.since_log: list[dict[str, Tensor]] = []
        self.recent: deque[dict[str, Tensor]] = deque(maxlen=config.end_below_steps)

    def add(self, terms: dict[str, Tensor]) -> None:
        """Keep the terms of a step."""
        unknown = set(self.config.end_below) - set(terms)
        if unknown:
            raise ParameterError(f"end_below names {sorted(unknown)}, but this training logs {sorted(terms)}")
        self.since_log.append(terms)
        if self.config.end_below:
            self.recent.append(terms)

    def means(self) -> dict[str, float]:
        """Means of the terms since the last time."""
        names = list(dict.fromkeys(name for terms in self.since_log for name in terms))
        means = {
            name: torch.stack([t[name].float() for t in self.since_log if name in t]).mean().item()
            for name in names
        }
        self.since_log = []
        return means

    def below_thresholds(self) -> bool:
        """Whether the losses were under their thresholds for long enough."""
        if not self.config.end_below or len(self.recent) < self.config.end_below_steps:
            return False
        return all(
            torch.stack([terms[name].float() for terms in self.recent]).mean().item() < threshold
            for name, threshold in self.config.end_below.items()
        )

    def end(self, last_step: int, wanted: bool) -> str | None:
        """What ends the training with this step; None: nothing."""
        if wanted:
            return "person"
        if self.below_thresholds():
            return "threshold"
        return "steps" if self.step == last_step else None

    def state_dict(self) -> dict[str, Any]:
        """As tensors and plain values."""
        names = ("step", "ended_by", "losses", "validations", "since_log")
        return {name: getattr(self, name) for name in names} | {"recent": list(self.recent)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.recent.extend(state.pop("recent"))
        for name, value in state.items():
            setattr(self, name, value)


def train(
    task: Task,
    config: LoopConfig,
    log: TrainingLog | None = None,
    end_after: int | None = None,
    checkpoints: Checkpoints | None = None,
) -> Training:
    """Train `task.module` and leave it trained, in eval mode and on the CPU.

    Ctrl-C (SIGINT) ends it after the step that it is in, as if that had been the last.

    Args:
        task: what is trained, on what, for which loss.
        config: how long and how.
        log: gets the numbers and pictures while the training runs.
        end_after: end after so many steps of the schedule; None: after all.
        checkpoints: where the training is kept on its way. One that was interrupted goes on, and ends as if
            it never had been: on a CPU with the same weights bit by bit.

    Raises:
        TrainingError: the loss is not finite; names the step and the terms. Or the checkpoint is of another
            training, or damaged.
        ParameterError: `end_below` names a loss that the task doesn't have.
    """
    log = log or NoLog()
    accelerator = Accelerator(mixed_precision=config.precision, cpu=config.device == "cpu")
    module, optimizer = _prepared(task, config, accelerator)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, learning_rate_factor(config))
    progress = _Progress(config)
    keeper = None if checkpoints is None else _Keeper(checkpoints, accelerator, schedule, progress, task)
    torch.manual_seed(task.seed)

    if keeper is None or not keeper.load():
        _validate(task, accelerator, progress, log)
    module.train()
    last_step = min(config.steps, end_after or config.steps)
    batches = task.batches(start=progress.step)
    with (
        progress_bar(task.name, total=last_step, unit="step", initial=progress.step) as bar,
        Interrupt(task.name) as interrupt,
    ):
        while progress.ended_by is None:
            step = progress.step + 1
            batch = send_to_device(next(batches), accelerator.device)
            with accelerator.autocast():
                loss, terms = task.step(batch)
            accelerator.backward(loss)
            if config.gradient_clip is not None:
                accelerator.clip_grad_norm_(module.parameters(), config.gradient_clip)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            progress.step = step
            progress.add({"loss": loss.detach(), **terms})
            progress.ended_by = progress.end(last_step, interrupt.wanted)
            if step % config.log_every == 0 or progress.ended_by is not None:
                _log_losses(task.name, step, progress.means(), progress.losses, log, bar)
            if step % config.validate_every == 0 or progress.ended_by is not None:
                _validate(task, accelerator, progress, log)
                module.train()
            bar.update()
            if keeper is not None and (progress.ended_by is not None or keeper.is_due(config)):
                log.flush()
                keeper.save()
    module.eval()
    accelerator.free_memory()
    task.module.to(memory_format=torch.contiguous_format)
    task.to("cpu")
    return Training(
        progress.step, progress.ended_by, pd.DataFrame(progress.losses), pd.DataFrame(progress.validations)
    )


def _validate(task: Task, accelerator: Accelerator, progress: _Progress, log: TrainingLog) -> None:
    task.module.eval()
    with torch.no_grad(), accelerator.autocast():
        found = task.validate()
    progress.validations.append({"step": progress.step, **found.metrics})
    log.metrics({f"validation/{name}": value for name, value in found.metrics.items()}, progress.step)
    for name, picture in found.pictures.items():
        log.picture(f"validation/{name}", picture, progress.step)


def _prepared(task: Task, config: LoopConfig, accelerator: Accelerator) -> tuple[nn.Module, Optimizer]:
    task.to(str(accelerator.device))
    if config.channels_last:
        task.module.to(memory_format=torch.channels_last)
    module = accelerator.prepare(task.module)
    optimizer = torch.optim.AdamW(
        [p for p in task.module.parameters() if p.requires_grad],
        lr=config.learning_rate,
        weight_decay=config.weight_decay,
        fused=True,  # one pass over all parameters: a tenth of the time for many small ones
    )
    return module, accelerator.prepare(optimizer)


class _Keeper:
    """Writes checkpoints and goes on from them."""

    def __init__(
        self,
        checkpoints: Checkpoints,
        accelerator: Accelerator,
        schedule: torch.optim.lr_scheduler.LambdaLR,
        progress: _Progress,
        task: Task,
    ) -> None:
        self.checkpoints = checkpoints
        self.accelerator = accelerator
        self.schedule = schedule
        self.progress = progress
        self.task = task
        self.saved = time.monotonic()

    def is_due(self, config: LoopConfig) -> bool:
        """Whether the last one is long enough ago."""
        by_steps = config.checkpoint_every is not None and self.progress.step % config.checkpoint_every == 0
        return by_steps or time.monotonic() - self.saved > 60 * config.checkpoint_minutes

    def save(self) -> None:
        """Write a checkpoint: weights, optimizer, random states (by Accelerate), and how far it is.

        Where it can't be written the training goes on all the same, with a warning.
        """
        state = {
            "progress": self.progress.state_dict(),
            "schedule": self.schedule.state_dict(),
            "task": self.task.state_dict(),
        }

        def fill(folder: Path) -> None:
            self.accelerator.save_state(str(folder))
            torch.save(state, folder / _STATE)

        try:
            self.checkpoints.write(self.progress.step, fill)
        except WordmendError as error:
            logger.warning("%s. %s goes on, without a checkpoint of step %d.", error, *self._place)
        self.saved = time.monotonic()

    def load(self) -> bool:
        """Go on from the newest checkpoint; False where there is none."""
        folder = self.checkpoints.newest()
        if folder is None:
            return False
        try:
            state = torch.load(folder / _STATE, weights_only=True, map_location=self.accelerator.device)
            self.accelerator.load_state(str(folder))
            self.schedule.load_state_dict(state["schedule"])
            self.progress.load_state_dict(state["progress"])
            self.task.load_state_dict(state["task"])
        except (OSError, RuntimeError, LookupError, ValueError, EOFError, *_DAMAGE) as error:
            reason = " ".join(str(error).split())[:200]
            raise TrainingError(
                f"{folder}: damaged ({reason}); delete {folder.parent} to start the training anew"
            ) from error
        logger.info("%s goes on after step %d", *self._place)
        return True

    @property
    def _place(self) -> tuple[str, int]:
        return self.task.name, self.progress.step


def _log_losses(
    name: str,
    step: int,
    means: dict[str, float],
    losses: list[dict[str, float]],
    log: TrainingLog,
    bar: "tqdm[None]",
) -> None:
    if not all(math.isfinite(value) for value in means.values()):
        raise TrainingError(
            f"{name}: the loss is not finite at step {step} ({means}). "
            "Lower learning_rate, or set precision to 'no'."
        )
    losses.append({"step": step, **means})
    log.metrics(means, step)
    bar.set_postfix({key: f"{value:.4f}" for key, value in means.items()}, refresh=False)
