import pytest
import torch

from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer
from wordmend.restorers.weights import Restorer


@pytest.fixture(scope="package")
def restorer() -> Restorer:
    """One that changes pictures, with weights as no training has left them."""
    config = RestorerConfig(options={"width": 4})
    network = build_restorer(config, seed=1)
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        parameter.data += 0.05 * torch.randn(parameter.shape, generator=generator)
    return Restorer(network.eval(), config)
