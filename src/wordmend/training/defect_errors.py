"""Errors that a person calls blur and noise, pixel by pixel and differentiable.

`wordmend.defects` measures the same dimensions for the report; what is learned from is simpler than what is
measured, so that the measure stays a judge.
"""

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.functional import rgb_to_grayscale

from wordmend.training.blurred import blurred

_SCHARR = torch.tensor([[-3.0, 0.0, 3.0], [-10.0, 0.0, 10.0], [-3.0, 0.0, 3.0]]) / 32
_WINDOW = 33  # px: in which edge strength is compared
_FLAT = 0.002**2  # squared gradient: a picture without edges has no edge strength to compare
_HIGH_PASS_SIGMA = 2.0  # px: keeps nearly all of white noise, drops tint and soft edges
_ACTIVITY_SIGMA = 2.5  # px
_SMOOTH_SHARE = 0.2  # the share of a picture that counts as its smooth part, at least
_SMOOTH_ACTIVITY = 0.02  # local standard deviation (intensity) under which any part is smooth
_CELL = 4  # px
_BORDER = 4  # px: so near to damage, noise isn't judged


def edge_error(restored: Tensor, gt: Tensor) -> Tensor:
    """How much edge strength is lacking or too much around each pixel, `(N, C, H, W)` to `(N, H, W)`.

    The gradients of the restored luminance are projected on those of `gt`, as `wordmend.defects.sharpness`
    does: 0 where as strong, as a share of the mean over the image. What is no edge of `gt` isn't rewarded,
    other than by a loss on gradient energy, and other than by the absolute error of gradients (1511.05440),
    whose optimum under uncertainty is softer than `gt`.
    """
    kernels = torch.stack([_SCHARR, _SCHARR.t()])[:, None].to(restored)  # (2, 1, 3, 3)
    gradients, gt_gradients = (
        F.conv2d(F.pad(_luminance(image), (1, 1, 1, 1), mode="replicate"), kernels)
        for image in (restored, gt)
    )
    strength = _around((gradients * gt_gradients).sum(dim=1, keepdim=True))
    wanted = _around(gt_gradients.square().sum(dim=1, keepdim=True))
    usual = wanted.mean(dim=(1, 2, 3), keepdim=True) + _FLAT
    return ((strength - wanted).abs() / usual)[:, 0]


def noise_error(restored: Tensor, gt: Tensor, damage: Tensor) -> tuple[Tensor, Tensor]:
    """Absolute error of fine detail, and where it is noise: smooth parts of `gt` away from damage.

    Args:
        restored: `(N, C, H, W)`.
        gt: the same shape.
        damage: `(N, H, W)`, above 0 where damaged.

    Returns:
        `(N, H, W)` each, the second bool.
    """
    damaged = (damage > 0)[:, None].float()  # (N, 1, H, W)
    error = (restored - gt) * (1 - damaged)
    fine = (error - blurred(error, _HIGH_PASS_SIGMA)).abs().mean(dim=1)
    luminance = _luminance(gt)
    variance = blurred(luminance.square(), _ACTIVITY_SIGMA) - blurred(luminance, _ACTIVITY_SIGMA).square()
    activity = variance.clamp(min=0).sqrt()[:, 0]
    limit = torch.quantile(activity.flatten(1), _SMOOTH_SHARE, dim=1).clamp(min=_SMOOTH_ACTIVITY)
    near_damage = damaged
    for side in ((2 * _BORDER + 1, 1), (1, 2 * _BORDER + 1)):  # in turn: a window costs its side
        near_damage = F.max_pool2d(near_damage, side, stride=1, padding=(side[0] // 2, side[1] // 2))
    return fine, (activity <= limit[:, None, None]) & (near_damage[:, 0] == 0)


def harm_error(restored: Tensor, lq: Tensor, gt: Tensor) -> Tensor:
    """How much farther from `gt` coarse structure is than it was in the input, `(N, C, H, W)` to `(N, h, w)`.

    In cells of 4 x 4 pixels, so that noise and fine detail, which a restorer has to guess, don't count.
    """
    after, before = (
        F.avg_pool2d(image - gt, _CELL, ceil_mode=True).abs().mean(dim=1) for image in (restored, lq)
    )
    return (after - before).clamp(min=0)


def _around(values: Tensor) -> Tensor:
    """Means over the window around each pixel, along columns and rows in turn: a window costs its side."""
    values = F.avg_pool2d(values, (_WINDOW, 1), stride=1, padding=(_WINDOW // 2, 0))
    return F.avg_pool2d(values, (1, _WINDOW), stride=1, padding=(0, _WINDOW // 2))


def _luminance(image: Tensor) -> Tensor:
    """`(N, C, H, W)` to `(N, 1, H, W)`."""
    return rgb_to_grayscale(image) if image.shape[1] == 3 else image
