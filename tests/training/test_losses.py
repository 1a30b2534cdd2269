import pytest
import torch

from wordmend.training.losses import PIXEL_LOSSES, l1_loss, l2_loss


def test_values_follow_the_formulas():
    restored = torch.tensor([[[[0.0, 0.5]]], [[[1.0, 1.0]]]])  # (B=2, C=1, H=1, W=2)
    gt = torch.tensor([[[[0.5, 0.5]]], [[[0.0, 0.5]]]])
    assert l1_loss(restored, gt).tolist() == [0.25, 0.75]
    assert l2_loss(restored, gt).tolist() == [0.125, 0.625]


@pytest.mark.parametrize("name", PIXEL_LOSSES)
def test_shape_and_zero(name: str):
    images = torch.rand(3, 2, 5, 7)
    loss = PIXEL_LOSSES[name](images, images)
    assert loss.shape == (3,)
    assert torch.equal(loss, torch.zeros(3))


@pytest.mark.parametrize("name", PIXEL_LOSSES)
def test_gradient(name: str):
    restored = torch.rand(2, 1, 4, 4, dtype=torch.double, requires_grad=True)
    gt = torch.rand(2, 1, 4, 4, dtype=torch.double)
    assert torch.autograd.gradcheck(PIXEL_LOSSES[name], (restored, gt))
