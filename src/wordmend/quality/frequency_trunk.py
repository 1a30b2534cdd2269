"""The image trunk of wordmend-dct: how strong each frequency is in each place, and convolutions over that.

It looks at other things than the trunk of wordmend-small, which has local energies of derivatives: at cosine
transforms of overlapping blocks, as no-reference quality measures in the frequency domain do (BLIINDS-II,
10.1109/TIP.2012.2191563). What fools one of them seldom fools the other.
"""

import math
from typing import Any

import torch
from timm.models import register_model
from torch import Tensor, nn
from torch.nn import functional as F

from wordmend.quality.map_trunk import MapTrunk

BLOCK = 8
"""Side of a block, px."""
STRIDE = 4
"""Distance of two blocks at full resolution, px."""
FLOOR = 0.01
"""Added to the size of coefficients before the logarithm, for pixels in [0, 1]: less is not seen."""


def cosine_kernels(side: int) -> Tensor:
    """The orthonormal two-dimensional cosine transform of a block (DCT-II), `(side^2, 1, side, side)`."""
    places = torch.arange(side)
    waves = torch.cos(math.pi * (2 * places + 1) * places[:, None] / (2 * side)) * math.sqrt(2 / side)
    waves[0] /= math.sqrt(2)
    return torch.einsum("iy,jx->ijyx", waves, waves).reshape(side * side, 1, side, side)


class BlockFrequencies(nn.Module):
    """Maps of the strength of each frequency, at two scales on one grid; nothing in it is learned."""

    channels = 2 * (BLOCK * BLOCK - 1) + 3

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("kernels", cosine_kernels(BLOCK)[1:], persistent=False)  # but for the mean

    def forward(self, images: Tensor) -> Tensor:
        """`(B, 3, H, W)` in [0, 1] to `(B, channels, H / STRIDE, W / STRIDE)`; the last three are colors."""
        assert isinstance(self.kernels, Tensor)
        brightness = images.mean(dim=1, keepdim=True)
        maps = []
        for scaled, stride in ((brightness, STRIDE), (F.avg_pool2d(brightness, 2), STRIDE // 2)):
            margin = (BLOCK - stride) // 2
            padded = F.pad(scaled, (margin,) * 4, mode="reflect")
            coefficients = F.conv2d(padded, self.kernels, stride=stride)
            maps.append((coefficients.abs() + FLOOR).log())
        return torch.cat([*maps, F.avg_pool2d(images, STRIDE)], dim=1)


class FrequencyTrunk(MapTrunk):
    """Pictures of any size from 16 pixels on to features.

    Args:
        channels: of the stages of the convolutions.
        features: how many features are given.
    """

    def __init__(self, channels: tuple[int, ...], features: int) -> None:
        maps = BlockFrequencies.channels
        super().__init__(maps, 2 * maps, channels, features)
        self.frequencies = BlockFrequencies()
        # the stem halves the resolution otherwise, and there are few places
        self.body.stem.conv.stride = (1, 1)

    def maps_of(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The strength of each frequency in each place, and how it is spread over the places."""
        maps = self.frequencies(images)
        deviations = (maps.var(dim=(2, 3), unbiased=False) + 1e-5).sqrt()
        return maps, [maps.mean(dim=(2, 3)), deviations]


@register_model  # type: ignore[untyped-decorator]  # timm has no types
def wordmend_quality_dct(pretrained: bool = False, **options: Any) -> FrequencyTrunk:
    """The trunk of wordmend-dct, for timm's registry; there are no pretrained weights of it."""
    assert not pretrained
    return FrequencyTrunk(channels=(32, 64), features=128)
