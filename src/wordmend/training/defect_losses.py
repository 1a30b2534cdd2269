"""Errors that a person calls blur and noise, pixel by pixel and differentiable.

`wordmend.defects` measures the same dimensions for the report; what is learned from is simpler than what is
measured, so that the measure stays a judge.
"""

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.functional import gaussian_blur, rgb_to_grayscale

_SCHARR = torch.tensor([[-3.0, 0.0, 3.0], [-10.0, 0.0, 10.0], [-3.0, 0.0, 3.0]]) / 32
_HIGH_PASS_SIGMA = 2.0  # px: keeps nearly all of white noise, drops tint and soft edges
_ACTIVITY_SIGMA = 2.5  # px
_SMOOTH_SHARE = 0.2  # the share of a picture that counts as its smooth part, at least
_SMOOTH_ACTIVITY = 0.02  # local standard deviation (intensity) under which any part is smooth
_BORDER = 4  # px: so near to damage, noise isn't judged


def gradient_error(restored: Tensor, gt: Tensor) -> Tensor:
    """Mean absolute error of both derivatives of the luminance, `(N, C, H, W)` to `(N, H, W)`.

    The gradient difference loss of Mathieu et al. (1511.05440), with Scharr's filter.
    """
    kernels = torch.stack([_SCHARR, _SCHARR.t()])[:, None].to(restored)  # (2, 1, 3, 3)
    difference = F.pad(_luminance(restored - gt), (1, 1, 1, 1), mode="replicate")
    return F.conv2d(difference, kernels).abs().mean(dim=1)


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
    fine = (error - _blurred(error, _HIGH_PASS_SIGMA)).abs().mean(dim=1)
    luminance = _luminance(gt)
    variance = _blurred(luminance.square(), _ACTIVITY_SIGMA) - _blurred(luminance, _ACTIVITY_SIGMA).square()
    activity = variance.clamp(min=0).sqrt()[:, 0]
    limit = torch.quantile(activity.flatten(1), _SMOOTH_SHARE, dim=1).clamp(min=_SMOOTH_ACTIVITY)
    near_damage = F.max_pool2d(damaged, 2 * _BORDER + 1, stride=1, padding=_BORDER)[:, 0] > 0
    return fine, (activity <= limit[:, None, None]) & ~near_damage


def _luminance(image: Tensor) -> Tensor:
    """`(N, C, H, W)` to `(N, 1, H, W)`."""
    return rgb_to_grayscale(image) if image.shape[1] == 3 else image


def _blurred(image: Tensor, sigma: float) -> Tensor:
    side = 2 * round(3 * sigma) + 1
    blurred: Tensor = gaussian_blur(image, [side, side], [sigma, sigma])
    return blurred
