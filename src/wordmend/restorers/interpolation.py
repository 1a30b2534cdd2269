"""Restorers between two."""

from copy import deepcopy

import torch

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
    network = deepcopy(first.network)
    ends = second.network.state_dict()
    network.load_state_dict(
        {
            name: torch.lerp(value, ends[name], share) if value.is_floating_point() else ends[name]
            for name, value in network.state_dict().items()
        }
    )
    return Restorer(network, first.config)
