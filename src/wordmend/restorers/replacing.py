"""Putting faster parts in the place of a network's own."""

from collections.abc import Callable
from typing import Any

from torch import nn


def replace_modules(network: nn.Module, name: str, make: Callable[[Any], nn.Module]) -> nn.Module:
    """Put what `make` gives in the place of every module whose class has a name; gives the network itself."""
    for place, module in list(network.named_modules()):
        if type(module).__name__ == name:
            network.set_submodule(place, make(module))
    return network
