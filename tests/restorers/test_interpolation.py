from dataclasses import replace

import pytest
import torch

from wordmend.errors import WeightsError
from wordmend.restorers.config import RestorerConfig, Use
from wordmend.restorers.interpolation import between
from wordmend.restorers.networks import build_restorer
from wordmend.restorers.weights import Restorer, fingerprint


def restorer(seed: int, **options: int) -> Restorer:
    config = RestorerConfig(options=options)
    return Restorer(build_restorer(config, seed), config)


def test_it_goes_from_one_to_the_other() -> None:
    first, second = restorer(0), restorer(1)
    before = fingerprint(first.network)
    assert fingerprint(between(first, second, 0.0).network) == fingerprint(first.network)
    assert fingerprint(between(first, second, 1.0).network) == fingerprint(second.network)
    name = "intro.weight"
    middle = between(first, second, 0.25).network.state_dict()[name]
    ends = [each.network.state_dict()[name] for each in (first, second)]
    torch.testing.assert_close(middle, 0.75 * ends[0] + 0.25 * ends[1])
    assert fingerprint(first.network) == before


def test_networks_of_other_options_have_nothing_between() -> None:
    with pytest.raises(WeightsError, match="train both from one stage 1"):
        between(restorer(0), restorer(0, width=8), 0.5)


def test_it_is_used_as_the_first() -> None:
    first = replace(restorer(1), use=Use(sharpness=0.5))
    assert between(first, restorer(2), 0.5).use == first.use
