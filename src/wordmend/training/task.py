"""What the training loop asks of a training: a model, batches, a loss and a validation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import torch
from torch import Tensor, nn

from wordmend.images.channels import FloatImage


@dataclass(frozen=True)
class Validation:
    """What one validation found.

    `metrics` are numbers by name; `pictures` are grids `(H, W, 3) float32` in [0, 1] for people to look at.
    """

    metrics: dict[str, float]
    pictures: dict[str, FloatImage] = field(default_factory=dict)


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that are learned with settings of their own, and whose gradient is clipped apart.

    `norm` is what their gradient's norm is called in the log.
    """

    norm: str
    parameters: Sequence[nn.Parameter]
    learning_rate: float
    weight_decay: float
    gradient_clip: float | None


@dataclass(frozen=True)
class Ruling:
    """What a guard says of one validation."""

    step: int
    fooled: bool
    """The quality model likes what others find worse."""
    too_far: bool
    """Too much of the likeness to the originals is lost."""
    words_factor: float
    """What the weight of the words is multiplied with from now on."""
    trusted_step: int
    """The last validation whose weights the training may end with."""
    goes_back: bool = False
    """The training ends here, with the weights of `trusted_step`."""

    @property
    def found(self) -> bool:
        """Whether anything was found."""
        return self.fooled or self.too_far

    @property
    def is_trusted(self) -> bool:
        """Whether the training may end with the weights of this validation."""
        return self.trusted_step == self.step

    @property
    def numbers(self) -> dict[str, float]:
        """For the log."""
        names = ("fooled", "too_far", "words_factor", "trusted_step")
        return {f"guard/{name}": float(getattr(self, name)) for name in names}


class Guard(Protocol):
    """Watches over a training by what its validations find."""

    def rule(self, validation: Mapping[str, float], before: Sequence[Ruling], is_last: bool) -> Ruling:
        """What follows from a validation (its numbers and `step`), after those before it."""

    def follow(self, ruling: Ruling) -> None:
        """Do what a ruling says, but for the weights; the last one again when a training goes on."""


class Batch(Protocol):
    """What one step is trained on."""

    @property
    def names(self) -> list[str]:
        """What its pictures are called, for messages."""

    @property
    def share(self) -> float:
        """The share of its loss in that of the whole batch of the step, of which it may be a part."""

    def split(self, parts: int) -> list[Self]:
        """At most so many parts of the batch, none empty."""

    def to(self, device: torch.device | str, non_blocking: bool = False) -> Self:
        """The same batch with its tensors on a device."""


class Task(Protocol):
    """One training: it owns the model, the data and the losses; the loop owns everything else.

    `name` is what the training is called in logs (stage1, clip_quality, judge, stage2). `seed` is where
    whatever modules draw while they train (dropout, stochastic depth) comes from.
    `module` is what the optimizer updates. Frozen judges are kept outside of it.
    `apart` are those of its parameters that are learned otherwise than the loop's settings say.
    `guard` watches over it, where one does.
    """

    name: str
    seed: int
    apart: Sequence[ParameterGroup]
    guard: Guard | None

    @property
    def module(self) -> nn.Module:
        """What the optimizer updates."""

    def to(self, device: str) -> None:
        """Move everything that `step` needs to the device."""

    def compile(self) -> None:
        """Have `step` run what torch.compile makes of the networks; `module` stays as it is."""

    def batches(self, start: int, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """A `Batch` for each step after `start` steps: endless, and a function of seed and step alone.

        Of several processes, each gets its part of every batch.
        """

    def step(self, batch: Any) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of one batch (a scalar with gradient) and its named terms (scalars) to log.

        The loss is a mean, so that the losses of a batch's parts by their shares add up to that of the batch.
        What is noted of a batch on the way is not noted when its share is 0.
        """

    def state_dict(self) -> dict[str, Any]:
        """What the task has gathered on its way, as tensors and plain values, for a checkpoint."""

    def merged(self, states: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The state of all processes, of those of each."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there; of several processes, the main one does."""

    def validate(self) -> Validation:
        """Judge the model on a fixed set. The loop has set `module.eval()` and switched gradients off."""
