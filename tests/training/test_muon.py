"""Muon: what becomes of matrices, that the rest goes by AdamW, and that it goes on from where it was."""

import copy

import pytest
import timm.optim
import torch
from torch import Tensor, nn

from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer
from wordmend.training.muon import Muon, is_matrix, orthogonal

GROUP = {"lr": 0.01, "weight_decay": 0.1}


def muon(network: nn.Module) -> Muon:
    return Muon([{"params": list(network.parameters()), **GROUP}])


def step(optimizer: torch.optim.Optimizer, network: nn.Module, seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    for weights in network.parameters():
        weights.grad = torch.randn(weights.shape, generator=draw).contiguous(
            memory_format=torch.channels_last if weights.ndim == 4 else torch.contiguous_format
        )
    optimizer.step()


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    found: nn.Module = build_restorer(RestorerConfig(options={"width": 8, "enc_blk_nums": [1, 1]}))
    return found.to(memory_format=torch.channels_last)


@pytest.mark.parametrize("shape", [(3, 20, 12), (2, 12, 20), (2, 16, 16)])
def test_all_directions_get_the_same_length(shape: tuple[int, int, int]):
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    matrices[0, 0] *= 100  # one direction is much longer than the others
    found = orthogonal(matrices)
    values = torch.linalg.svdvals(found)
    assert found.shape == shape
    assert values.max() < 1.3 and values[-1].median() > 0.7
    exact = torch.linalg.svd(matrices[-1], full_matrices=False)
    assert torch.nn.functional.cosine_similarity(found[-1], exact.U @ exact.Vh).mean() > 0.95


def test_nothing_stays_nothing():
    assert orthogonal(torch.zeros(1, 8, 8)).count_nonzero() == 0


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((16, 8), True),
        ((16, 3, 3, 3), True),
        ((128, 64, 1, 1), True),
        ((16, 1, 3, 3), False),  # depthwise
        ((1, 16, 1, 1), False),
        ((3, 16, 3, 3), False),
        ((49408, 64), False),  # a vector for each token
        ((16,), False),
        ((), False),
    ],
)
def test_matrices_map_several_channels_to_several(shape: tuple[int, ...], expected: bool):
    assert is_matrix(torch.zeros(shape)) is expected


def test_matrices_take_the_steps_of_timm(network: nn.Module):
    before = [weights.detach().clone() for weights in network.parameters()]
    other = copy.deepcopy(network)
    theirs = timm.optim.Muon(other.parameters(), nesterov=True, **GROUP)
    ours = muon(network)
    for seed in range(3):
        step(ours, network, seed)
        step(theirs, other, seed)
    compared = 0
    for mine, their, begun in zip(network.parameters(), other.parameters(), before, strict=True):
        if is_matrix(mine):
            assert (mine - their).norm() < 0.05 * (mine - begun).norm()  # theirs has half precision
            compared += 1
    assert compared > 10


def test_the_rest_takes_the_steps_of_adamw(network: nn.Module):
    other = copy.deepcopy(network)
    theirs = torch.optim.AdamW(other.parameters(), betas=(0.9, 0.95), **GROUP)
    ours = muon(network)
    for seed in range(3):
        step(ours, network, seed)
        step(theirs, other, seed)
    rest = [(a, b) for a, b in zip(network.parameters(), other.parameters(), strict=True) if not is_matrix(a)]
    assert len(rest) > 10
    for mine, their in rest:
        assert torch.allclose(mine, their, atol=1e-6)


def test_it_goes_on_from_where_it_was(network: nn.Module):
    optimizer = muon(network)
    for seed in range(3):
        step(optimizer, network, seed)
    again, state = copy.deepcopy(network), copy.deepcopy(optimizer.state_dict())
    later = muon(again)
    later.load_state_dict(state)
    step(optimizer, network, 3)
    step(later, again, 3)
    for one, other in zip(network.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_weights_without_a_gradient_rest(network: nn.Module):
    optimizer = muon(network)
    before = {name: weights.detach().clone() for name, weights in network.named_parameters()}
    assert optimizer.step(lambda: 3) == 3
    assert all(torch.equal(weights, before[name]) for name, weights in network.named_parameters())


def test_it_asks_for_the_loss_with_gradients():
    line = nn.Linear(8, 8)
    optimizer = muon(line)

    def loss() -> Tensor:
        optimizer.zero_grad()
        found = line(torch.ones(1, 8)).square().sum()
        found.backward()
        return found

    first = [float(optimizer.step(loss).detach()) for _ in range(20)]
    assert first[-1] < first[0]
