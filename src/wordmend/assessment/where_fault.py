"""Restoring with words only where a quality model finds fault, and by the control elsewhere.

A restorer that words have trained changes good pictures more than its control does, and gains where there is
much to mend. The quality model, which has learned from comments what people find fault with, tells the two
apart.
"""

from collections.abc import Callable
from functools import reduce

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wordmend.assessment.assess import Assessment, assess_images
from wordmend.assessment.grid import FloatArray
from wordmend.quality.model import QualityModel

_AT_FAULT = 0.4
"""Score of the worst dimension below which a place is at fault beyond doubt ..."""
_GOOD = 0.6
"""... and above which it is good; .5 is undecided."""


def fault_of(found: Assessment) -> FloatArray:
    """Where a picture is at fault in some dimension: a map `(h, w)` in [0, 1] as fine as heat maps are.

    Where nothing tells anything nothing is at fault.
    """
    worst: FloatArray = reduce(np.fmin, (found.heat_map(dimension) for dimension in found.windows))
    fault = np.clip((_GOOD - worst) / (_GOOD - _AT_FAULT), 0, 1)
    return np.nan_to_num(fault, nan=0.0).astype(np.float32)


class FindFault(nn.Module):
    """Tells where pictures are at fault.

    Args:
        model: judges them, as `assess_images` does.
    """

    def __init__(self, model: QualityModel) -> None:
        super().__init__()
        self.model = model

    @torch.no_grad()
    def forward(self, batch: Tensor) -> Tensor:
        """Pictures `(B, 3 or 1, H, W)` in [0, 1] to `(B, 1, H, W)` in [0, 1]: 1 where they are at fault."""
        pictures = batch.float().clamp(0, 1).permute(0, 2, 3, 1).cpu().numpy()
        maps = (torch.from_numpy(fault_of(found)) for found in assess_images(self.model, pictures))
        size = batch.shape[-2:]
        blended = [F.interpolate(each[None, None], size, mode="bilinear") for each in maps]
        return torch.cat(blended).to(batch)


class WhereFault(nn.Module):
    """One restorer where pictures are at fault, and another elsewhere; where all is, or nothing, one works.

    Args:
        at_fault: restores what is at fault, `(B, C, H, W)` in [0, 1] to the same shape.
        elsewhere: restores all else, in the same way.
        find_fault: tells where pictures are at fault, `(B, C, H, W)` to `(B, 1, H, W)` in [0, 1].
    """

    def __init__(
        self, at_fault: nn.Module, elsewhere: nn.Module, find_fault: Callable[[Tensor], Tensor]
    ) -> None:
        super().__init__()
        self.at_fault = at_fault
        self.elsewhere = elsewhere
        self.find_fault = find_fault  # moved with the restorers where it is a module

    def forward(self, batch: Tensor) -> Tensor:
        """`(B, C, H, W)` in [0, 1] to the same shape: a blend of both restorers by fault."""
        fault = self.find_fault(batch)
        if not fault.any():
            return self._of(self.elsewhere, batch)
        if bool((fault == 1).all()):
            return self._of(self.at_fault, batch)
        return torch.lerp(self._of(self.elsewhere, batch), self._of(self.at_fault, batch), fault)

    @staticmethod
    def _of(restorer: nn.Module, batch: Tensor) -> Tensor:
        restored: Tensor = restorer(batch)
        return restored
