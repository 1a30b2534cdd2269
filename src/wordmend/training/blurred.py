"""A Gaussian blur of pictures as tensors."""

import math

from torch import Tensor
from torchvision.transforms.functional import gaussian_blur


def blurred(image: Tensor, sigma: float) -> Tensor:
    """Pictures `(..., H, W)` under a Gaussian blur of `sigma` px, cut off at three of them."""
    side = 2 * math.ceil(3 * sigma) + 1
    for kernel in ([side, 1], [1, side]):  # in turn, as a window costs its side: torchvision's is a square
        image = gaussian_blur(image, kernel, [sigma, sigma])
    return image
