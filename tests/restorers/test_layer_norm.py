from collections.abc import Callable

import pytest
import torch
from spandrel.architectures.NAFNet import NAFNet
from torch import Tensor, nn

from wordmend.restorers.layer_norm import in_one_operation, in_single_operations


@pytest.fixture
def slow() -> nn.Module:
    torch.manual_seed(0)
    network = NAFNet(width=16)
    norm = next(module for module in network.modules() if type(module).__name__ == "LayerNorm2d")
    for parameter in norm.parameters():
        nn.init.normal_(parameter)
    return norm


@pytest.mark.parametrize("normalize", [in_one_operation, in_single_operations])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_it_computes_what_the_network_came_with(slow: nn.Module, normalize: Callable[..., Tensor], layout):
    image = (torch.randn(2, 16, 20, 30) * 3 + 1).to(memory_format=layout)
    found = normalize(image, slow.weight, slow.bias, slow.eps)
    assert torch.allclose(found, slow(image), atol=1e-5)
