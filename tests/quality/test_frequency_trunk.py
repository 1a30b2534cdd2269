import math

import pytest
import torch
from torch.nn import functional as F

from wordmend.quality.config import QualityModelConfig
from wordmend.quality.frequency_trunk import BLOCK, FLOOR, BlockFrequencies, cosine_kernels
from wordmend.quality.model import QualityModel

WHOLE = BLOCK * BLOCK - 1
"""Frequencies of one scale."""


def test_the_kernels_are_an_orthonormal_basis():
    kernels = cosine_kernels(BLOCK).flatten(1)
    assert torch.allclose(kernels @ kernels.T, torch.eye(BLOCK * BLOCK), atol=1e-5)
    assert torch.allclose(kernels[0], torch.full((BLOCK * BLOCK,), 1 / BLOCK))


@pytest.mark.parametrize("size", [(16, 16), (48, 64), (65, 79)])
def test_any_size_gives_maps_of_a_quarter(size: tuple[int, int]):
    maps = BlockFrequencies()(torch.rand(2, 3, *size))
    assert maps.shape == (2, BlockFrequencies.channels, size[0] // 4, size[1] // 4)


def test_a_flat_picture_has_colors_alone():
    color = torch.tensor([0.2, 0.5, 0.8]).view(1, 3, 1, 1)
    maps = BlockFrequencies()(color.expand(1, 3, 32, 32))
    assert torch.allclose(maps[:, :-3], torch.tensor(math.log(FLOOR)), atol=1e-2)
    assert torch.allclose(maps[:, -3:], color.expand(1, 3, 8, 8))


def test_a_wave_is_found_at_its_frequency_and_in_its_place():
    pixels = torch.arange(32)
    wave = 0.5 + 0.4 * torch.cos(math.pi * (2 * pixels + 1) * 6 / (2 * BLOCK))  # six half waves a block
    picture = torch.full((1, 3, 32, 64), 0.5)
    picture[..., 32:] = wave
    maps = BlockFrequencies()(picture)
    strongest = maps[0, :WHOLE].amax(dim=0).round(decimals=2)
    assert (strongest[:, :7] < -2).all() and (strongest[:, 9:] > -0.5).all()
    assert int(maps[0, :WHOLE, 4, 13].argmax()) + 1 in {5, 6, 7}  # row 0 of the transform: no waves downwards


def test_blur_takes_the_high_frequencies():
    noise = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    sharp, soft = (BlockFrequencies()(x)[0, :WHOLE] for x in (noise, F.avg_pool2d(noise, 3, 1, 1)))
    lost = (sharp - soft).mean(dim=(1, 2))
    assert lost[-1] > 3 * lost[0] > 0


def test_open_clip_builds_it_and_gradients_reach_the_pictures():
    model = QualityModel(QualityModelConfig(name="wordmend-dct")).eval()
    assert model.any_size
    for picture in (torch.rand(2, 3, 40, 56), torch.zeros(2, 3, 64, 64)):
        images = picture.requires_grad_()
        model(images, ["the image is clear", "the image is noisy"]).sum().backward()
        assert images.grad is not None and torch.isfinite(images.grad).all()
