"""Restorers between two."""

from copy import deepcopy

import torch
from torch import nn

from wordmend.errors import WeightsError
from wordmend.restorers.weights import Restorer


def between(first: Restorer, second: Restorer, share: float) -> Restorer:
    """A restorer whose weights lie between those of two that come from the same training (2203.05482).

    Args:
        first: at share 0.
        second: at share 1.
        share: in [0, 1].

    Raises:
        WeightsError: they are not of one network.
    """
    if first.config != second.config:
        raise WeightsError(
            f"there is nothing between a {first.config.architecture} and a {second.config.architecture} of "
            f"other options: {first.config.options}, {second.config.options}; train both from one stage 1"
        )
    return Restorer(weights_between(first.network, second.network, share), first.config, first.use)


def weights_between(first: nn.Module, second: nn.Module, share: float) -> nn.Module:
    """A copy of the first network with weights between both, as `between` has them."""
    network = deepcopy(first)
    ends = second.state_dict()
    network.load_state_dict(
        {
            name: torch.lerp(value, ends[name], share) if value.is_floating_point() else value
            for name, value in network.state_dict().items()
        }
    )
    return network
