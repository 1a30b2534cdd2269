"""Keeping some of the grain: where all of it is taken away, skin and grass look like plastic."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_FINE = 7
"""px: grain and texture are what is finer."""
_NEAR = 9
"""px: what lies nearer to damage than half of it is mended with it."""
_DAMAGE = 0.1
"""Change of a channel that may be damage, in [0, 1]; twice as much is."""
_UNSEEN = 2e-6
"""Variance of what nobody sees, about a third of a level of 255."""


class KeepGrain(nn.Module):
    """A restorer that leaves some of the grain and of the finest texture that it would take away.

    Of the fine part of a change a share is not made, as far as the change is small, so that damage is mended
    in full, and as far as it takes fine detail away, so that what gets sharper does so in full.

    Args:
        restorer: maps `(B, C, H, W)` in [0, 1] to the same shape.
        share: of the grain that stays, in (0, 1].
    """

    def __init__(self, restorer: nn.Module, share: float) -> None:
        super().__init__()
        self.restorer = restorer
        self.share = share

    def forward(self, batch: Tensor) -> Tensor:
        """`(B, C, H, W)` in [0, 1] to what `restorer` makes of it, with some of its grain."""
        restored: Tensor = self.restorer(batch)
        if restored.shape != batch.shape:
            return restored  # whoever asked refuses that
        change = restored - batch
        largest = _mean(change.abs().amax(dim=1, keepdim=True), 3)
        is_small = (2 - _over_square(largest, _NEAR, torch.maximum) / _DAMAGE).clamp_(0, 1)
        left = ((_detail(restored) + _UNSEEN) / (_detail(batch) + _UNSEEN)).sqrt_()
        is_taken = (1 - left).clamp_(0, 1)
        return restored - self.share * is_small * is_taken * (change - _mean(change, _FINE))


def _detail(batch: Tensor) -> Tensor:
    """How much fine detail there is about each place: its variance, `(B, 1, H, W)`."""
    brightness = batch.mean(dim=1, keepdim=True)
    return _mean(torch.square(brightness - _mean(brightness, _FINE)), _FINE)


def _mean(batch: Tensor, side: int) -> Tensor:
    """Of the square about each place."""
    return _over_square(batch, side, torch.add).div_(side**2)


def _over_square(batch: Tensor, side: int, combine: Callable[..., Tensor]) -> Tensor:
    """Row by row and column by column, many times as fast on CPUs as PyTorch's pooling at a stride of 1."""
    found = F.pad(batch, (side // 2,) * 4, mode="replicate")
    for axis in (2, 3):
        length = batch.shape[axis]
        first, *others = (found.narrow(axis, start, length) for start in range(side))
        found = first.clone()
        for other in others:
            combine(found, other, out=found)
    return found
