"""A quality model that knows noise when it sees it, without any training."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from wordmend.assessment.config import DEFAULT_TEXTS
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.model import QualityModel


class NoiseModel(QualityModel):
    """Has two dimensions: of pictures how smooth they are, of texts whether they praise.

    Counts the windows of its batches.
    """

    def __init__(self) -> None:
        super().__init__(QualityModelConfig(image_size=32))
        self.batches: list[int] = []

    def encode_with_damage(self, images: Tensor) -> tuple[Tensor, None]:
        self.batches.append(len(images))
        noise = (images[..., 1:] - images[..., :-1]).abs().mean(dim=(1, 2, 3))
        angle = (10 * noise).clamp(0, 1) * torch.pi
        return torch.stack([angle.cos(), angle.sin()], dim=1), None

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        wanted = {pair.wanted for pairs in DEFAULT_TEXTS.values() for pair in pairs}
        praises = [text in wanted for text in texts]
        return torch.tensor([[1.0, 0.0] if praise else [-1.0, 0.0] for praise in praises])


@pytest.fixture
def model() -> NoiseModel:
    torch.manual_seed(0)
    return NoiseModel()


@pytest.fixture
def half_noisy() -> np.ndarray:
    """A picture `(96, 160, 3)` that is smooth but for strong noise in its right quarter."""
    rng = np.random.default_rng(0)
    picture = np.repeat(np.linspace(0.3, 0.7, 160, dtype=np.float32)[None, :, None], 96, axis=0)
    picture = np.repeat(picture, 3, axis=2)
    picture[:, 120:] = rng.random((96, 40, 3), dtype=np.float32)
    return picture
