import pytest
import torch
from torchvision.transforms.functional import gaussian_blur

from wordmend.training.blurred import blurred


@pytest.mark.parametrize(("sigma", "side"), [(1.5, 11), (2.0, 13), (2.5, 17)])
def test_it_is_the_blur_of_a_square_window(sigma: float, side: int):
    torch.manual_seed(0)
    image = torch.rand(2, 3, 24, 32)
    assert torch.allclose(
        blurred(image, sigma), gaussian_blur(image, [side, side], [sigma, sigma]), atol=1e-6
    )
