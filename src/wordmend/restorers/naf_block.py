"""The block of NAFNet (2204.04676), in fewer walks through memory."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wordmend.restorers.layer_norm import ChannelLayerNorm
from wordmend.restorers.replacing import replace_modules


class FastNAFBlock(nn.Module):
    """Computes what spandrel's `NAFBlock` does, with its parts under the same names.

    What scales the output of a convolution by channel, the weights of the residuals, and of a single picture
    the attention to its input, is multiplied with the convolution's weights instead: they are a few hundred
    numbers, pictures are millions, to be read and written by each operation.

    Args:
        block: whose parts these become.
    """

    conv1: nn.Conv2d
    conv2: nn.Conv2d
    conv3: nn.Conv2d
    conv4: nn.Conv2d
    conv5: nn.Conv2d
    norm1: ChannelLayerNorm
    norm2: ChannelLayerNorm
    sca: nn.Module
    sg: nn.Module

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        for name, part in block.named_children():
            self.add_module(name, part)
        self.beta: nn.Parameter = block.get_parameter("beta")
        self.gamma: nn.Parameter = block.get_parameter("gamma")

    def forward(self, image: Tensor) -> Tensor:
        """`(B, C, H, W)` to the same shape."""
        # a file for other programs has the operations that they know
        return self.in_order(image) if torch.compiler.is_exporting() else self.folded(image)

    def in_order(self, image: Tensor) -> Tensor:
        """Operation by operation, as published."""
        gated = self.sg(self.conv2(self.conv1(self.norm1(image))))
        attended = image + self.conv3(gated * self.sca(gated)) * self.beta
        restored: Tensor = attended + self.conv5(self.sg(self.conv4(self.norm2(attended)))) * self.gamma
        return restored

    def folded(self, image: Tensor) -> Tensor:
        """The same with scaled weights."""
        gated = self.sg(self.conv2(self.conv1(self.norm1(image))))
        weight, bias = _scaled(self.conv3, self.beta)
        attention = self.sca(gated)  # (B, C, 1, 1)
        if len(image) == 1:
            weight = weight * attention
        else:  # each picture has its own
            gated = gated * attention
        attended = image + F.conv2d(gated, weight, bias)
        gated = self.sg(self.conv4(self.norm2(attended)))
        return attended + F.conv2d(gated, *_scaled(self.conv5, self.gamma))


def _scaled(convolution: nn.Conv2d, scale: Tensor) -> tuple[Tensor, Tensor]:
    """Weights `(C_out, C_in, 1, 1)` and bias `(C_out,)` that give the output times `scale`."""
    assert convolution.bias is not None
    return convolution.weight * scale.view(-1, 1, 1, 1), convolution.bias * scale.flatten()


def speed_up_blocks(network: nn.Module) -> nn.Module:
    """Put `FastNAFBlock` in the place of every `NAFBlock`; gives the network itself."""
    return replace_modules(network, "NAFBlock", FastNAFBlock)
