"""Images as tensors."""

import numpy as np
import torch
from torch import Tensor

from wordmend.images.channels import LUMA_WEIGHTS, FloatImage, Pixels

_HIGHEST = {torch.uint8: 255.0, torch.uint16: 65535.0}


def to_tensor(image: FloatImage) -> Tensor:
    """`(H, W, C)` in [0, 1] to `(C, H, W) float32`."""
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1), dtype=np.float32))


def from_pixels(image: FloatImage | Pixels, device: torch.device) -> Tensor:
    """Numbers of 8 or 16 bits, or floats in [0, 1], to `float32` in [0, 1] on a device. Any shape.

    They go there as they are: bytes are a fourth of what floats are.
    """
    levels = torch.tensor(image, device=device)
    return levels if levels.is_floating_point() else levels.float().div_(_HIGHEST[levels.dtype])


def put_pixels(image: Tensor, pixels: Pixels) -> None:
    """Write `float32` on any device into `uint8` or `uint16`: clipped to [0, 1] and rounded.

    Args:
        image: of the same shape, or with one channel for several.
        pixels: is written to.
    """
    target = torch.from_numpy(pixels)
    target.copy_(image.clamp(0, 1).mul_(_HIGHEST[target.dtype]).round_().to(target.dtype))


def luma_of(image: Tensor) -> Tensor:
    """Brightness of an image `(H, W, 3 or 1)` as `(H, W, 1)`, as `wordmend.images.channels.luma`."""
    if image.shape[2] == 1:
        return image
    return (image @ torch.from_numpy(LUMA_WEIGHTS).to(image.device))[..., None]


def mirrored(length: int, multiple: int, device: torch.device, margin: int) -> Tensor:
    """Which place to take for each place of a line with a margin on both sides, NumPy's "reflect".

    Its end is as far away as it takes for a multiple. Other than PyTorch's and ONNX's own reflection it pads
    by more than there is, too.

    Args:
        length: of the line.
        multiple: of which the line with its margins becomes one.
        device: where the places are wanted.
        margin: on each side.
    """
    count = (length + 2 * margin + multiple - 1) // multiple * multiple
    place = torch.arange(count, device=device) - margin
    period = torch.full_like(place, torch.sym_max(2 * length - 2, 1))
    return torch.minimum(place % period, period - place % period)
