import piq
import pytest
import torch

from wordmend.training.structural_similarity import structural_similarity


@pytest.mark.parametrize(("channels", "size"), [(3, (32, 40)), (1, (11, 11)), (3, (96, 96))])
@pytest.mark.parametrize("noise", [0.0, 0.02, 0.5])
def test_it_is_piqs(channels: int, size: tuple[int, int], noise: float):
    torch.manual_seed(0)
    one = torch.rand(4, channels, *size)
    other = (one + noise * torch.randn_like(one)).clamp(0, 1)
    expected = piq.ssim(one, other, data_range=1.0, reduction="none", downsample=False)
    assert torch.allclose(structural_similarity(one, other), expected, atol=1e-5)


def test_mixed_precision_takes_nothing_from_it():
    one = torch.rand(2, 3, 32, 32)
    other = (one + 0.02 * torch.randn_like(one)).clamp(0, 1)
    with torch.autocast("cpu", torch.bfloat16):
        found = structural_similarity(one, other)
    assert torch.equal(found, structural_similarity(one, other))


def test_each_picture_has_its_own():
    one = torch.rand(2, 3, 16, 16)
    found = structural_similarity(one, torch.stack([one[0], 1 - one[1]]))
    assert found[0] == pytest.approx(1, abs=1e-5)
    assert found[1] < 0
