import pytest
import torch
from spandrel.architectures.NAFNet import NAFNet
from torch import nn

from wordmend.errors import ParameterError
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.layer_norm import speed_up_layer_norms
from wordmend.restorers.networks import NETWORKS, build_restorer, network_of

SMALL = {
    "NAFNet": {"width": 8},
    "DRUNet": {"nc": [16, 16, 32, 32], "nb": 2},
    "SCUNet": {"config": [1] * 7, "dim": 64},
    "SwinIR": {"depths": [2], "num_heads": [2], "embed_dim": 16},
    "Uformer": {"embed_dim": 8, "depths": [1] * 9},
    "FFTformer": {"dim": 8, "num_blocks": [1, 1, 1], "num_refinement_blocks": 1},
}


def test_every_network_is_tested():
    assert set(SMALL) == set(NETWORKS)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", SMALL)
def test_one_real_training_step_lowers_the_loss(name: str, channels: int):
    config = RestorerConfig(architecture=name, channels=channels, options=SMALL[name])
    network = build_restorer(config, seed=1)
    side = max(64, network_of(config).multiple)
    generator = torch.Generator().manual_seed(0)
    gt = torch.rand(1, channels, side, side, generator=generator)
    lq = gt * 0.5 + 0.3
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-2)
    losses = []
    for _ in range(2):
        restored = network(lq)
        assert restored.shape == lq.shape
        loss = (restored - gt).square().mean()
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[1] < losses[0]


@pytest.mark.parametrize("name", SMALL)
def test_pictures_need_not_be_square(name: str):
    config = RestorerConfig(architecture=name, options=SMALL[name])
    network, multiple = build_restorer(config).eval(), network_of(config).multiple
    torch.manual_seed(0)
    for parameter in network.parameters():  # a fresh one gives its input back
        parameter.data += 0.01 * torch.randn_like(parameter)
    long = torch.rand(1, 3, multiple, 2 * multiple)
    with torch.inference_mode():
        lying, square = network(long), network(long[..., :multiple])
    assert lying.shape == long.shape
    inner = slice(0, multiple // 4)  # away from where one of the two ends
    assert (lying[..., inner] - square[..., inner]).abs().mean() < 0.02


@pytest.mark.parametrize("blocks", [{"enc_blk_nums": [0, 1, 1]}, {"dec_blk_nums": [1, 1, 0]}])
def test_a_network_that_spandrel_could_not_tell_is_refused(blocks: dict[str, list[int]]):
    with pytest.raises(ParameterError, match="at least 1 block"):
        build_restorer(RestorerConfig(architecture="NAFNet", options=blocks))


def test_a_fresh_network_gives_its_input_back():
    image = torch.rand(1, 3, 32, 32)
    assert torch.equal(build_restorer(RestorerConfig())(image), image)


def test_weights_come_from_the_seed_alone():
    state = torch.random.get_rng_state()
    one, same, other = (build_restorer(RestorerConfig(), seed) for seed in (1, 1, 2))
    assert torch.equal(state, torch.random.get_rng_state())
    assert torch.equal(one.get_parameter("intro.weight"), same.get_parameter("intro.weight"))
    assert not torch.equal(one.get_parameter("intro.weight"), other.get_parameter("intro.weight"))


def test_an_unknown_name_gets_the_nearest_known_one():
    with pytest.raises(ParameterError, match="unknown restorer 'NAFNt'; did you mean 'NAFNet'"):
        build_restorer(RestorerConfig(architecture="NAFNt"))


def test_an_unknown_option_is_named():
    with pytest.raises(ParameterError, match=r"NAFNet.*'widht' is unknown; did you mean 'width'"):
        build_restorer(RestorerConfig(options={"widht": 8}))


def test_layer_norms_compute_what_spandrels_do():
    torch.manual_seed(0)
    original = NAFNet(width=8, middle_blk_num=1, enc_blk_nums=[1], dec_blk_nums=[1])
    for name, parameter in original.named_parameters():
        if "norm" in name:
            nn.init.normal_(parameter)
    state = original.state_dict()
    image = torch.rand(2, 3, 16, 24)
    expected = original(image)
    expected.square().sum().backward()
    gradients = {name: parameter.grad for name, parameter in original.named_parameters()}

    fast = speed_up_layer_norms(NAFNet(width=8, middle_blk_num=1, enc_blk_nums=[1], dec_blk_nums=[1]))
    fast.load_state_dict(state)
    assert not any(type(module).__name__ == "LayerNorm2d" for module in fast.modules())
    found = fast(image)
    found.square().sum().backward()

    assert torch.allclose(found, expected, atol=1e-5)
    for name, parameter in fast.named_parameters():
        assert torch.allclose(parameter.grad, gradients[name], rtol=1e-3, atol=1e-4), name
