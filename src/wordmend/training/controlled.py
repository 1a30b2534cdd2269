"""Stage 2 and its control in one training: as many steps, whatever ends it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pandas as pd
import torch
from torch import Tensor, nn

from wordmend.assessment.where_fault import FindFault
from wordmend.restorers.config import Use
from wordmend.restorers.interpolation import weights_between
from wordmend.training.guard_measures import GuardMeasures
from wordmend.training.loop import Training
from wordmend.training.pair_batch import PairBatch
from wordmend.training.restoration import RestorationTask
from wordmend.training.task import Guard, ParameterGroup, Validation

Value = TypeVar("Value")

PREFIX = "control/"
"""What the names of the control's terms and validations begin with."""
ERROR = "error/"
"""What the names of the standard errors begin with, of the differences between the two."""


@dataclass(frozen=True)
class ControlSeen:
    """What a validation finds of the control."""

    validation: Validation
    measured: dict[str, Tensor]
    """What the guard asks about, a number a picture."""
    restored: Tensor
    """The validation pictures, `(N, C, H, W)` in [0, 1]."""
    faults: Tensor | None
    """Where they are still at fault (`FindFault.maps`); None: nobody asked."""


@dataclass(frozen=True)
class ControlledBatch:
    """What both are trained on in a step."""

    guided: PairBatch
    control: PairBatch | None
    """None: the same."""

    @property
    def names(self) -> list[str]:
        """The pair ids, each once."""
        control = [] if self.control is None else self.control.names
        return list(dict.fromkeys([*self.guided.names, *control]))

    @property
    def share(self) -> float:
        """That of either, as both are parts of as many pairs."""
        return self.guided.share

    def split(self, parts: int) -> list["ControlledBatch"]:
        """At most `parts` parts."""
        guided = self.guided.split(parts)
        control = [None] * len(guided) if self.control is None else self.control.split(parts)
        return [ControlledBatch(*both) for both in zip(guided, control, strict=True)]

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "ControlledBatch":
        """The same with the images on a device."""
        control = None if self.control is None else self.control.to(device, non_blocking)
        return ControlledBatch(self.guided.to(device, non_blocking), control)


class ControlledTask:
    """A restorer that words guide, and beside it the control, without them.

    Both are trained on the same pairs in the same batches; where defects that words named come on them, the
    control has them without.

    The loss is the sum of both. Neither depends on the other's weights, and each gradient is clipped by
    itself: on a CPU both end bit by bit as they would alone. Terms: those of the guided restorer and its
    `loss`, and those of the control with `PREFIX`.

    Args:
        guided: the task of stage 2.
        control: the same without guidance, with a network of its own.
        guard: watches over both; None: nobody does.
        measures: what the guard asks about; None: the mean of PSNR alone.
        control_share: of the control's weights in those that the guided restorer is judged with, as it will
            have them in the end.
        find_fault: tells where the control's pictures are at fault: there the guided restorer is judged, and
            has the control's pictures elsewhere, as in the end. None: everywhere.
    """

    def __init__(
        self,
        guided: RestorationTask,
        control: RestorationTask,
        guard: Guard | None = None,
        measures: GuardMeasures | None = None,
        control_share: float = 0.0,
        find_fault: FindFault | None = None,
    ) -> None:
        self.guided = guided
        self.control = control
        self.guard = guard
        self.measures = measures
        self.control_share = control_share
        self.find_fault = find_fault
        self.name = guided.name
        self.seed = guided.seed
        self.module = nn.ModuleDict({"restorer": guided.module, "control": control.module})
        learned = [parameter for parameter in control.module.parameters() if parameter.requires_grad]
        loop = control.config.loop
        self.apart: Sequence[ParameterGroup] = [
            ParameterGroup(
                f"{PREFIX}gradient_norm", learned, loop.learning_rate, loop.weight_decay, loop.gradient_clip
            )
        ]

    def to(self, device: str) -> None:
        """Move both restorers, the quality model and the validation pictures."""
        self.guided.to(device)
        self.control.to(device)
        if self.find_fault is not None:
            self.find_fault.to(device)
        if self.measures is not None:
            self.measures.to(device)

    def compile(self) -> None:
        """Train with compiled networks."""
        self.guided.compile()
        self.control.compile()

    def batches(self, start: int, rank: int = 0, world_size: int = 1) -> Iterator[ControlledBatch]:
        """Those of both."""
        guided = self.guided.batches(start, rank, world_size)
        if self.guided.transplants.is_empty:
            return (ControlledBatch(batch, None) for batch in guided)
        return map(ControlledBatch, guided, self.control.batches(start, rank, world_size))

    def step(self, batch: ControlledBatch) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of one batch."""
        guided, control = batch.guided, batch.control or batch.guided
        cuda = [guided.lq.device] if guided.lq.is_cuda else []
        with torch.random.fork_rng(devices=cuda):  # both draw the same numbers, as each does alone
            loss, terms = self.guided.step(guided)
        control_loss, control_terms = self.control.step(control)
        return loss + control_loss, {
            "loss": loss.detach(),
            **terms,
            **_prefixed({"loss": control_loss.detach(), **control_terms}),
        }

    def state_dict(self) -> dict[str, Any]:
        """The guided restorer's."""
        return self.guided.state_dict()

    def merged(self, states: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The guided restorer's."""
        return self.guided.merged(states)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.guided.load_state_dict(state)

    def validate(self) -> Validation:
        """What each restorer's task finds, and what the guard asks about."""
        control = self.validate_control()
        return self.compare(self.where_fault(self.restore_guided(self.control_share), control), control)

    def validate_control(self) -> ControlSeen:
        """What the control's task finds, and what the guard asks about it."""
        restored = self.control.restore_validation(self.control.module)
        faults = None
        if self.find_fault is not None:
            faults = self.find_fault.maps(self.control.validation_lq, restored).to(restored)
        return ControlSeen(self.control.judge(restored), self._measure(restored), restored, faults)

    def restore_guided(self, control_share: float) -> Tensor:
        """The validation pictures by the guided restorer, with so much of the control in its weights."""
        final = weights_between(self.guided.module, self.control.module, control_share)
        return self.guided.restore_validation(final)

    def where_fault(
        self, restored: Tensor, control: ControlSeen, sharpness: float = Use().sharpness
    ) -> Tensor:
        """The guided restorer's pictures where there is fault, and the control's elsewhere (`WhereFault`)."""
        if control.faults is None:
            return restored
        return torch.lerp(control.restored, restored, FindFault.blended(control.faults, sharpness))

    def compare(self, restored: Tensor, control: ControlSeen) -> Validation:
        """What `validate` finds of other pictures by the guided restorer, `(N, C, H, W)` in [0, 1]."""
        found, measured = self.guided.judge(restored), self._measure(restored)
        errors = {
            f"{ERROR}{name}": standard_error(values - control.measured[name])
            for name, values in measured.items()
        }
        of_control = control.validation
        metrics = found.metrics | _means(measured)
        of_both = metrics | _prefixed(of_control.metrics | _means(control.measured)) | errors
        return Validation(of_both, found.pictures | _prefixed(of_control.pictures))

    def _measure(self, restored: Tensor) -> dict[str, Tensor]:
        return {} if self.measures is None else self.measures(restored, self.guided.validation_gt)


def standard_error(values: Tensor) -> float:
    """That of the mean of values `(N,)`, NaN left out; 0 where there are too few to tell."""
    known = values[~values.isnan()].double()
    return float(known.std() / len(known) ** 0.5) if len(known) > 1 else 0.0


def _means(measured: dict[str, Tensor]) -> dict[str, float]:
    return {name: float(values.double().nanmean()) for name, values in measured.items()}


def _prefixed(values: dict[str, Value]) -> dict[str, Value]:
    return {f"{PREFIX}{name}": value for name, value in values.items()}


def parted(training: Training) -> tuple[Training, Training]:
    """How it went for the guided restorer and for the control, each with its own names."""
    (losses, of_losses), (validations, of_validations) = map(_split, (training.losses, training.validations))
    return (
        replace(training, losses=losses, validations=validations),
        replace(training, losses=of_losses, validations=of_validations),
    )


def _split(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = list(map(str, table.columns))
    of_control = [name for name in names if name.startswith(PREFIX)]
    own = table[["step", *of_control]].rename(columns=lambda name: name.removeprefix(PREFIX))
    of_both = [name for name in names if name.startswith(ERROR)]
    return table.drop(columns=[*of_control, *of_both]), own
