import numpy as np
import pytest
import torch
from torch import nn

from wordmend.restorers.margin import MARGIN, restore_batch


@pytest.mark.parametrize("multiple", [1, 16, 64])
def test_a_picture_of_one_colour_stays_one_up_to_its_border(multiple: int) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1))
    white = torch.ones(2, 3, 48, 32)
    assert network(white).std(dim=(2, 3)).max() > 1e-3  # of zeros beyond the border
    restored = restore_batch(network, white, multiple)
    assert restored.shape == white.shape
    assert restored.std(dim=(2, 3)).max() < 1e-6


def test_the_network_sees_the_pictures_mirrored_and_a_multiple() -> None:
    seen: list[torch.Tensor] = []

    def network(batch: torch.Tensor) -> torch.Tensor:
        seen.append(batch)
        return batch

    images = torch.rand(2, 1, 20, 33, generator=torch.Generator().manual_seed(0))
    assert torch.equal(restore_batch(network, images, 16), images)
    padding = ((0, 0), (0, 0), (MARGIN, MARGIN + 12), (MARGIN, MARGIN + 15))
    assert np.array_equal(seen[0].numpy(), np.pad(images.numpy(), padding, mode="reflect"))
