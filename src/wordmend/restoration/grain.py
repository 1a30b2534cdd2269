"""Keeping some of the grain: where all of it is taken away, skin and grass look like plastic."""

from collections.abc import Callable
from functools import reduce

import cv2
import numpy as np
import torch
from cv2.typing import MatLike
from torch import Tensor, nn
from torch.nn import functional as F

ON_CPU = "cpu"
"""The type of device on which OpenCV filters, elsewhere PyTorch."""
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
        is_small = (2 - _largest(largest, _NEAR) / _DAMAGE).clamp_(0, 1)
        left = ((_detail(restored) + _UNSEEN) / (_detail(batch) + _UNSEEN)).sqrt_()
        is_taken = (1 - left).clamp_(0, 1)
        fine = change.sub_(_mean(change, _FINE))
        return torch.addcmul(restored, fine, is_small * is_taken, value=-self.share)


def _detail(batch: Tensor) -> Tensor:
    """How much fine detail there is about each place: its variance, `(B, 1, H, W)`."""
    brightness = reduce(torch.add, batch.unbind(dim=1))[:, None] / batch.shape[1]
    return _mean((brightness - _mean(brightness, _FINE)).square_(), _FINE)


def _mean(batch: Tensor, side: int) -> Tensor:
    """Of the square about each place."""
    if batch.device.type != ON_CPU:
        return F.avg_pool2d(_continued(batch, side), side, stride=1)
    return _of_each(batch, lambda image: cv2.blur(image, (side, side), borderType=cv2.BORDER_REPLICATE))


def _largest(batch: Tensor, side: int) -> Tensor:
    """In the square about each place."""
    if batch.device.type != ON_CPU:
        return F.max_pool2d(_continued(batch, side), side, stride=1)
    square = np.ones((side, side), np.uint8)
    return _of_each(batch, lambda image: cv2.dilate(image, square, borderType=cv2.BORDER_REPLICATE))


def _continued(batch: Tensor, side: int) -> Tensor:
    return F.pad(batch, (side // 2,) * 4, mode="replicate")


def _of_each(batch: Tensor, change: Callable[[MatLike], MatLike]) -> Tensor:
    """By OpenCV, whose filters take a tenth of PyTorch's time on CPUs."""
    images = batch.permute(0, 2, 3, 1).contiguous().numpy()
    changed = np.stack([change(image) for image in images])
    return torch.from_numpy(changed.reshape(images.shape)).permute(0, 3, 1, 2)
