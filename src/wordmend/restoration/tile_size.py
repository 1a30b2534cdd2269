"""How large a tile may be for the memory that is free."""

import math

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from wordmend.errors import ParameterError
from wordmend.memory import free_memory

LARGEST = {"cpu": 1088, "cuda": 2048}
"""Larger tiles are hardly faster, px: overlaps are a sixteenth of them, on GPUs a thirty-second. Two of
1088 px cover 2048 px with their margins; of 1024 px it takes three."""
SMALLEST = 64
"""Smaller ones are not tried, px."""
_PROBE = 64  # px; a multiple of what most networks need
_UNKNOWN = 16_384  # bytes a pixel, where a network can't be probed


def tile_for(network: nn.Module, channels: int, multiple: int, device: torch.device) -> int:
    """The tile for which half of the free memory is enough, px.

    Args:
        network: the restorer, on `device`.
        channels: that it takes.
        multiple: of the sides of its input, px.
        device: whose memory counts.

    Raises:
        ParameterError: not even the smallest tile fits.
    """
    free = free_memory(device)
    side = math.isqrt(int(free / 2 / bytes_a_pixel(network, channels, multiple)))
    if side < SMALLEST:
        raise ParameterError(
            f"{free / 1e6:.0f} MB of memory are free on {device}, too few for a tile of {SMALLEST} px; "
            "end other programs, or set device to another one"
        )
    return min(side // multiple * multiple or multiple, LARGEST.get(device.type, LARGEST["cpu"]))


def bytes_a_pixel(network: nn.Module, channels: int, multiple: int) -> float:
    """Memory that the network takes for a pixel of its input, bytes: all of its parts' outputs, which is too
    high, as most are freed on the way.
    """
    total = 0

    def note(module: nn.Module, given: object, output: object) -> None:
        nonlocal total
        if isinstance(output, Tensor):
            total += output.numel() * output.element_size()

    leaves = [module for module in network.modules() if not list(module.children())]
    hooks: list[RemovableHandle] = [module.register_forward_hook(note) for module in leaves]
    side = math.ceil(_PROBE / multiple) * multiple
    device = next((parameter.device for parameter in network.parameters()), torch.device("cpu"))
    try:
        with torch.inference_mode():
            network(torch.zeros(1, channels, side, side, device=device))
    finally:
        for hook in hooks:
            hook.remove()
    return total / side**2 or _UNKNOWN
