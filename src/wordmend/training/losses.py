"""Pixel losses, as formulas (1) and (2) of the method's source define them."""

from collections.abc import Callable

from torch import Tensor

PixelLoss = Callable[[Tensor, Tensor], Tensor]


def l1_loss(restored: Tensor, gt: Tensor) -> Tensor:
    """Mean absolute error over the last three dimensions, `(B, C, H, W) -> (B,)`; formula (1)."""
    return (restored - gt).abs().mean(dim=(-3, -2, -1))


def l2_loss(restored: Tensor, gt: Tensor) -> Tensor:
    """Mean squared error over the last three dimensions, `(B, C, H, W) -> (B,)`; formula (2)."""
    return (restored - gt).square().mean(dim=(-3, -2, -1))


PIXEL_LOSSES: dict[str, PixelLoss] = {"l1": l1_loss, "l2": l2_loss}
