"""The block of NAFNet (2204.04676), in fewer walks through memory on CPUs."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wordmend.restorers.layer_norm import ChannelLayerNorm


class FastNAFBlock(nn.Module):
    """Computes what spandrel's `NAFBlock` does, with its parts under the same names.

    A convolution of 1 x 1 is a product of matrices, and what scales its input or output by channel, the
    attention and the weights of the residuals, is multiplied with its weights instead: they are a few
    hundred numbers, pictures are millions, to be read and written by each operation.

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
        # a GPU is as fast, and convolves in TF32; a file for other programs has the operations they know
        if image.is_cuda or torch.compiler.is_exporting():
            return self.in_order(image)
        return self.folded(image)

    def in_order(self, image: Tensor) -> Tensor:
        """Operation by operation, as published."""
        gated = self.sg(self.conv2(self.conv1(self.norm1(image))))
        attended = image + self.conv3(gated * self.sca(gated)) * self.beta
        restored: Tensor = attended + self.conv5(self.sg(self.conv4(self.norm2(attended)))) * self.gamma
        return restored

    def folded(self, image: Tensor) -> Tensor:
        """The same, the channels last."""
        return self._mix(self._attend(image))

    def _attend(self, image: Tensor) -> Tensor:
        """The first half, `(B, C, H, W)` to the same shape: neighbours, and attention to channels."""
        batch, _, height, width = image.shape
        wide = F.linear(_last(self.norm1(image)), *_matrix(self.conv1))
        gated = self.sg(self.conv2(_first(wide)))
        weight, bias = _matrix(self.conv3, self.beta)
        weights = weight * self.sca(gated).flatten(1)[:, None]  # (B, C, C): of each picture its own
        attended = torch.baddbmm(bias, _last(gated).reshape(batch, height * width, -1), weights.mT)
        return _first(attended.view(batch, height, width, -1).add_(_last(image)))

    def _mix(self, image: Tensor) -> Tensor:
        """The second half, `(B, C, H, W)` to the same shape: each pixel by itself."""
        wide = F.linear(_last(self.norm2(image)), *_matrix(self.conv4))
        one, other = wide.chunk(2, dim=-1)
        return _first(F.linear(one * other, *_matrix(self.conv5, self.gamma)).add_(_last(image)))


def _last(image: Tensor) -> Tensor:
    """`(B, C, H, W)` to `(B, H, W, C)`."""
    return image.permute(0, 2, 3, 1)


def _first(pixels: Tensor) -> Tensor:
    """`(B, H, W, C)` to `(B, C, H, W)`."""
    return pixels.permute(0, 3, 1, 2)


def _matrix(convolution: nn.Conv2d, scale: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Weights `(C_out, C_in)` and bias `(C_out,)` of a convolution of 1 x 1, whose output is scaled."""
    assert convolution.bias is not None
    weight, bias = convolution.weight.flatten(1), convolution.bias
    return (weight, bias) if scale is None else (weight * scale.view(-1, 1), bias * scale.flatten())


def speed_up_blocks(network: nn.Module) -> nn.Module:
    """Put `FastNAFBlock` in the place of every `NAFBlock`; gives the network itself."""
    for name, module in list(network.named_modules()):
        if type(module).__name__ == "NAFBlock":
            network.set_submodule(name, FastNAFBlock(module))
    return network
