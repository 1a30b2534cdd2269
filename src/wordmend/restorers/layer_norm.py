"""Layer normalization over the channels, at the speed of PyTorch's own."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ChannelLayerNorm(nn.Module):
    """Layer normalization (1607.06450) of each pixel over its channels; `(B, C, H, W)` to the same shape.

    Computes what spandrel's `LayerNorm2d` does, with its parameters under the same names. That one is written
    in single operations, which take a sixth of the time of a training step of NAFNet.

    Args:
        weight: `(C,)`, scale.
        bias: `(C,)`, what is added.
        eps: added to the variance.
    """

    def __init__(self, weight: nn.Parameter, bias: nn.Parameter, eps: float) -> None:
        super().__init__()
        self.weight = weight
        self.bias = bias
        self.eps = eps

    def forward(self, image: Tensor) -> Tensor:
        """Normalize; where channels lie last in memory, nothing is copied."""
        if image.is_cuda and not torch.is_grad_enabled():
            return self._normalized(image)
        pixels = image.permute(0, 2, 3, 1)  # (B, H, W, C)
        normal = F.layer_norm(pixels, self.weight.shape, self.weight, self.bias, self.eps)
        return normal.permute(0, 3, 1, 2)

    def _normalized(self, image: Tensor) -> Tensor:
        """The same in single operations.

        PyTorch's own kernel takes a block of threads for every pixel, and twice the time of these on a GPU
        (16 channels of a megapixel, H100); with a backward pass it is the faster one nevertheless.
        """
        variance, mean = torch.var_mean(image, dim=1, correction=0, keepdim=True)
        weight, bias = self.weight[:, None, None], self.bias[:, None, None]
        return torch.addcmul(bias, (image - mean) * torch.rsqrt(variance + self.eps), weight)


def speed_up_layer_norms(network: nn.Module) -> nn.Module:
    """Put `ChannelLayerNorm` in the place of every `LayerNorm2d`; gives the network itself."""
    for name, module in list(network.named_modules()):
        if type(module).__name__ == "LayerNorm2d":
            network.set_submodule(name, ChannelLayerNorm(module.weight, module.bias, module.eps))
    return network
