"""Images as tensors."""

import numpy as np
import torch
from torch import Tensor

from wordmend.images.channels import FloatImage


def to_tensor(image: FloatImage) -> Tensor:
    """`(H, W, C)` in [0, 1] to `(C, H, W) float32`."""
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1), dtype=np.float32))
