import pytest
import torch
from spandrel.architectures.NAFNet import NAFNet
from torch import nn

from wordmend.restorers.layer_norm import speed_up_layer_norms
from wordmend.restorers.naf_block import FastNAFBlock, speed_up_blocks


@pytest.fixture
def original() -> nn.Module:
    torch.manual_seed(0)
    network = NAFNet(width=8, middle_blk_num=1, enc_blk_nums=[1], dec_blk_nums=[1])
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.3)
    return network


def fast(original: nn.Module) -> nn.Module:
    """A network with the same weights, whose blocks are fast."""
    network = NAFNet(width=8, middle_blk_num=1, enc_blk_nums=[1], dec_blk_nums=[1])
    network.load_state_dict(original.state_dict())
    return speed_up_blocks(speed_up_layer_norms(network))


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("batch", [1, 3])
def test_it_computes_what_spandrels_does(original: nn.Module, layout: torch.memory_format, batch: int):
    image = torch.rand(batch, 3, 16, 24).to(memory_format=layout)
    expected = original(image)
    expected.square().sum().backward()
    network = fast(original)
    found = network(image)
    found.square().sum().backward()

    assert sum(type(module) is FastNAFBlock for module in network.modules()) == 3
    assert torch.allclose(found, expected, rtol=1e-4, atol=1e-4)
    gradients = {name: parameter.grad for name, parameter in original.named_parameters()}
    for name, parameter in network.named_parameters():
        largest = float(gradients[name].abs().max())
        assert torch.allclose(parameter.grad, gradients[name], rtol=1e-3, atol=1e-4 * largest), name


def test_both_ways_compute_the_same(original: nn.Module):
    block = next(module for module in fast(original).modules() if type(module) is FastNAFBlock)
    for batch in (1, 2):
        image = torch.rand(batch, 8, 10, 7)
        assert torch.allclose(block.folded(image), block.in_order(image), rtol=1e-4, atol=1e-5)


def test_half_precision_is_for_the_convolutions_alone(original: nn.Module):
    block = next(module for module in fast(original).modules() if type(module) is FastNAFBlock)
    image = 1000 + torch.rand(2, 8, 16, 16)  # bfloat16 has steps of 4 there
    with torch.autocast("cpu", torch.bfloat16):
        found, expected = block.folded(image), block.in_order(image)
    assert found.dtype == expected.dtype == torch.float32
    assert torch.allclose(found, expected, atol=0.05 * float((expected - image).abs().max()))


def test_weights_keep_names_and_order(original: nn.Module):
    assert list(fast(original).state_dict()) == list(original.state_dict())
