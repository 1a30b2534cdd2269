import pytest
import torch

from wordmend.training.gradient_probe import GradientProbe


@pytest.mark.parametrize("factor", [1.0, 512.0])
def test_norms_of_the_terms_are_found_apart(factor: float):
    weight = torch.tensor([1.0, 2.0], requires_grad=True)
    restored = weight * 3
    probe = GradientProbe()
    first = (probe.watch("pixel", restored) * torch.tensor([3.0, 4.0])).sum()
    second = probe.watch("text", restored).sum()
    loss = first + 0.5 * second
    norms = probe.norms(loss)
    (loss * factor).backward()
    assert norms["gradient/pixel"].item() == pytest.approx(5.0)
    assert norms["gradient/text"].item() == pytest.approx(0.5 * 2**0.5)
    expected = factor * 3 * (torch.tensor([3.0, 4.0]) + 0.5)
    assert weight.grad is not None
    assert torch.allclose(weight.grad, expected)


def test_without_gradient_they_are_zero():
    probe = GradientProbe()
    loss = probe.watch("pixel", torch.ones(2)).sum()
    assert probe.norms(loss)["gradient/pixel"].item() == 0
