"""Stage 2 where a quality model finds fault, and its control elsewhere.

A restorer that words have trained changes good pictures more than its control does, and gains where there is
much to mend. The quality model, which has learned from comments on restored pictures what people find fault
with, tells the two apart: it looks at what the control has made, as people looked at what stage 1 had made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wordmend.assessment.assess import Assessment, assess_images
from wordmend.assessment.config import AssessConfig
from wordmend.assessment.grid import FloatArray
from wordmend.comments.entry import Dimension
from wordmend.quality.model import QualityModel
from wordmend.quality.weights import load_quality_model
from wordmend.restorers.weights import Restorer, load_restorer

_AT_FAULT = 0.4
"""Score below which a place is at fault beyond doubt ..."""
_GOOD = 0.6
"""... and above which it is good; .5 is undecided."""
_HALF_MENDED: tuple[Dimension, ...] = ("scratches", "missing_parts")
"""Damage that the control mends in part, so that less is seen of it than is there: the input tells, too."""

_WINDOWS = AssessConfig(overlap=0, max_windows=10_000)
"""Side by side: windows that overlap by half tell the same in four times the time."""


class FindFault(nn.Module):
    """Tells where pictures are at fault that a control has restored.

    Args:
        model: judges them, as `assess_images` does.
    """

    def __init__(self, model: QualityModel) -> None:
        super().__init__()
        self.model = model

    @torch.no_grad()
    def forward(self, given: Tensor, restored: Tensor, sharpness: float) -> Tensor:
        """How much of stage 2 is wanted where.

        Args:
            given: pictures `(B, 3 or 1, H, W)` in [0, 1].
            restored: the same by the control.
            sharpness: how much is wanted where only sharpness is at fault, in [0, 1].

        Returns:
            `(B, 1, H, W)` in [0, 1]: 1 where a picture is at fault, 0 where nothing is wrong or can be told.
        """
        return self.blended(self.maps(given, restored), sharpness).to(restored)

    @torch.no_grad()
    def maps(self, given: Tensor, restored: Tensor) -> Tensor:
        """`(B, 2, H, W)` in [0, 1]: where anything but sharpness is at fault, and where sharpness is."""
        pictures = torch.cat([given.to(restored), restored]).float().clamp(0, 1)
        found = list(assess_images(self.model, pictures.permute(0, 2, 3, 1).cpu().numpy(), _WINDOWS))
        both = zip(found[: len(given)], found[len(given) :], strict=True)
        faults = (torch.from_numpy(fault_of(*each)) for each in both)
        size = restored.shape[-2:]
        return torch.cat([F.interpolate(each[None], size, mode="bilinear") for each in faults])

    @staticmethod
    def blended(maps: Tensor, sharpness: float) -> Tensor:
        """The two maps as one, `(B, 1, H, W)`."""
        return torch.maximum(maps[:, :1], sharpness * maps[:, 1:])


def fault_of(given: Assessment, restored: Assessment) -> FloatArray:
    """Where a restored picture is at fault: maps `(2, h, w)` in [0, 1] as fine as heat maps are.

    The first is of all dimensions but sharpness, the second of that. Where nothing tells anything nothing is
    at fault.

    Args:
        given: of the input.
        restored: of what the control has made of it.
    """
    faults = {name: _fault(restored.heat_map(name)) for name in restored.windows}
    for name in _HALF_MENDED:
        if name in given.windows:
            faults[name] = np.maximum(faults[name], _fault(given.heat_map(name)))
    nothing = np.zeros_like(next(iter(faults.values())))
    sharpness = faults.pop("sharpness", nothing)
    return np.stack([reduce(np.maximum, faults.values(), nothing), sharpness])


def _fault(scores: FloatArray) -> FloatArray:
    fault = np.clip((_GOOD - scores) / (_GOOD - _AT_FAULT), 0, 1)
    return np.nan_to_num(fault, nan=0.0).astype(np.float32)


class WhereFault(nn.Module):
    """Stage 2 where a quality model finds fault with what the control makes, and the control elsewhere.

    Args:
        stage2: restores what is at fault, `(B, C, H, W)` in [0, 1] to the same shape.
        control: restores all else, in the same way.
        find_fault: tells where there is fault.
        sharpness: how much of stage 2 is wanted where only sharpness is at fault, in [0, 1].
    """

    def __init__(
        self, stage2: nn.Module, control: nn.Module, find_fault: FindFault, sharpness: float
    ) -> None:
        super().__init__()
        self.stage2 = stage2
        self.control = control
        self.find_fault = find_fault
        self.sharpness = sharpness

    def forward(self, batch: Tensor) -> Tensor:
        """`(B, C, H, W)` in [0, 1] to the same shape: a blend of both by fault."""
        restored: Tensor = self.control(batch)
        fault = self.find_fault(batch, restored, self.sharpness)
        return torch.lerp(restored, self.stage2(batch), fault) if fault.any() else restored


@dataclass(frozen=True)
class Beside:
    """What a stage 2 is used with."""

    control: Restorer
    """Trained as long, without words."""
    quality_model: QualityModel
    """Finds where there is fault."""


def load_beside(folder: Path) -> Beside:
    """What a stage 2 is used with, from the folders `control` and `quality` in a folder.

    Raises:
        WeightsError: one of them is missing or can't be read.
    """
    return Beside(load_restorer(folder / "control"), load_quality_model(folder / "quality"))


def beside_among(parts: Mapping[str, Path]) -> Beside | None:
    """What a stage 2 is used with, among the parts of a logged model; None: it has no such parts.

    Raises:
        WeightsError: one of them can't be read.
    """
    if not {"control", "quality"} <= parts.keys():
        return None
    return Beside(load_restorer(parts["control"]), load_quality_model(parts["quality"]))


def in_use(
    stage2: Restorer, beside: Beside | None, where: Literal["everywhere", "fault"] = "fault"
) -> Restorer:
    """A restorer as it restores pictures.

    A stage 2 restores where there is fault (`WhereFault`), or everywhere; so does a restorer with nothing
    beside it.
    """
    if beside is None or where == "everywhere":
        return stage2
    find_fault = FindFault(beside.quality_model)
    network = WhereFault(stage2.network, beside.control.network, find_fault, stage2.use.sharpness)
    return replace(stage2, network=network)
