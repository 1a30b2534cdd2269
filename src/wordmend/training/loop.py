"""The one loop that all trainings run through."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import pandas as pd
import torch
from accelerate import Accelerator
from accelerate.utils import send_to_device
from torch import Tensor
from tqdm.auto import tqdm

from wordmend.errors import ParameterError, TrainingError
from wordmend.images.channels import FloatImage
from wordmend.progress import progress_bar
from wordmend.training.config import LoopConfig
from wordmend.training.task import Task


class TrainingLog(Protocol):
    """Where a training's numbers and pictures go while it runs."""

    def metrics(self, values: dict[str, float], step: int) -> None:
        """Log numbers of one step."""

    def picture(self, name: str, image: FloatImage, step: int) -> None:
        """Log a picture `(H, W, 3) float32` in [0, 1]."""


class NoLog:
    """A log that keeps nothing."""

    def metrics(self, values: dict[str, float], step: int) -> None:
        """Drop the numbers."""

    def picture(self, name: str, image: FloatImage, step: int) -> None:
        """Drop the picture."""


@dataclass(frozen=True)
class Training:
    """How a training went.

    `losses` and `validations` are tables with a column `step` and one column a name.
    `ended_by` is "steps" or "threshold".
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


class _Terms:
    """Collects the terms of the steps: means for the curves, and whether thresholds are kept."""

    def __init__(self, config: LoopConfig) -> None:
        self.config = config
        self.since_log: list[dict[str, Tensor]] = []
        self.recent: deque[dict[str, Tensor]] = deque(maxlen=config.end_below_steps)

    def add(self, terms: dict[str, Tensor]) -> None:
        unknown = set(self.config.end_below) - set(terms)
        if unknown:
            raise ParameterError(f"end_below names {sorted(unknown)}, but this training logs {sorted(terms)}")
        self.since_log.append(terms)
        self.recent.append(terms)

    def means(self) -> dict[str, float]:
        names = list(dict.fromkeys(name for terms in self.since_log for name in terms))
        means = {
            name: torch.stack([t[name].float() for t in self.since_log if name in t]).mean().item()
            for name in names
        }
        self.since_log = []
        return means

    def below_thresholds(self) -> bool:
        if not self.config.end_below or len(self.recent) < self.config.end_below_steps:
            return False
        return all(
            torch.stack([terms[name].float() for terms in self.recent]).mean().item() < threshold
            for name, threshold in self.config.end_below.items()
        )


def train(
    task: Task, config: LoopConfig, log: TrainingLog | None = None, end_after: int | None = None
) -> Training:
    """Train `task.module` and leave it trained, in eval mode and on the CPU.

    Args:
        task: what is trained, on what, for which loss.
        config: how long and how.
        log: gets the numbers and pictures while the training runs.
        end_after: end after so many steps of the schedule; None: after all.

    Raises:
        TrainingError: the loss is not finite; names the step and the terms.
        ParameterError: `end_below` names a loss that the task doesn't have.
    """
    log = log or NoLog()
    accelerator = Accelerator(mixed_precision=config.precision, cpu=config.device == "cpu")
    task.to(str(accelerator.device))
    if config.channels_last:
        task.module.to(memory_format=torch.channels_last)
    module = accelerator.prepare(task.module)
    optimizer = accelerator.prepare(
        torch.optim.AdamW(
            [p for p in task.module.parameters() if p.requires_grad],
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            fused=True,  # one pass over all parameters: a tenth of the time for many small ones
        )
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, learning_rate_factor(config))
    losses: list[dict[str, float]] = []
    validations: list[dict[str, float]] = []

    def validate(step: int) -> None:
        module.eval()
        with torch.no_grad(), accelerator.autocast():
            found = task.validate()
        module.train()
        validations.append({"step": step, **found.metrics})
        log.metrics({f"validation/{name}": value for name, value in found.metrics.items()}, step)
        for name, picture in found.pictures.items():
            log.picture(f"validation/{name}", picture, step)

    validate(0)
    terms_of_steps = _Terms(config)
    ended_by, step = "steps", 0
    last_step = min(config.steps, end_after or config.steps)
    batches = task.batches(start=0)
    with progress_bar(task.name, total=last_step, unit="step") as bar:
        for step in range(1, last_step + 1):
            batch = send_to_device(next(batches), accelerator.device)
            with accelerator.autocast():
                loss, terms = task.step(batch)
            accelerator.backward(loss)
            if config.gradient_clip is not None:
                accelerator.clip_grad_norm_(module.parameters(), config.gradient_clip)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            terms_of_steps.add({"loss": loss.detach(), **terms})
            if step % config.log_every == 0 or step == last_step:
                _log_losses(task.name, step, terms_of_steps.means(), losses, log, bar)
            if terms_of_steps.below_thresholds():
                ended_by = "threshold"
            if step % config.validate_every == 0 or step == last_step or ended_by != "steps":
                validate(step)
            bar.update()
            if ended_by != "steps":
                break
    module.eval()
    accelerator.free_memory()
    task.module.to(memory_format=torch.contiguous_format)
    task.to("cpu")
    return Training(step, ended_by, pd.DataFrame(losses), pd.DataFrame(validations))


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
