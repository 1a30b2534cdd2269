"""Words work where a quality model finds fault, the control elsewhere."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.assessment.conftest import NoiseModel
from wordmend.assessment.assess import Assessment, assess_image
from wordmend.assessment.grid import window_grid
from wordmend.assessment.where_fault import FindFault, WhereFault, fault_of
from wordmend.images.picture import Picture
from wordmend.restoration.config import RestoreConfig
from wordmend.restoration.picture_restorer import PictureRestorer
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.weights import Restorer


class Adds(nn.Module):
    """A restorer that makes everything lighter, and counts how often it worked."""

    def __init__(self, amount: float) -> None:
        super().__init__()
        self.amount = nn.Parameter(torch.tensor(amount))
        self.times = 0

    def forward(self, batch: Tensor) -> Tensor:
        self.times += 1
        return batch + self.amount


def fault_everywhere(value: float) -> Callable[[Tensor], Tensor]:
    return lambda batch: torch.full_like(batch[:, :1], value)


@pytest.mark.parametrize(
    ("fault", "amount", "times"), [(0, 0.1, (0, 1)), (1, 0.3, (1, 0)), (0.5, 0.2, (1, 1))]
)
def test_one_works_where_all_is_at_fault_or_nothing(fault: float, amount: float, times: tuple[int, int]):
    words, control = Adds(0.3), Adds(0.1)
    batch = torch.zeros(2, 3, 8, 8)
    found = WhereFault(words, control, fault_everywhere(fault))(batch)
    torch.testing.assert_close(found, batch + amount)
    assert (words.times, control.times) == times


def test_the_worst_dimension_is_at_fault_and_what_tells_nothing_is_not():
    grid = window_grid(32, 128, 32, 0.0, 99)
    low = {"noise": [0.9, 0.9, 0.5, 0.9], "sharpness": [0.9, 0.1, np.nan, np.nan]}
    windows = {name: np.array([values], np.float32) for name, values in low.items()}
    fault = fault_of(Assessment(grid, windows))  # four windows side by side
    assert fault.shape == (4, 16)
    middles = fault[:, [0, 5, 6, 15]].mean(axis=0)
    assert middles[0] == 0
    assert middles[1] == pytest.approx(1)  # blurred, whatever its noise
    assert fault[:, 10] == pytest.approx(0.25, abs=0.05)  # nearly undecided
    assert middles[3] == 0
    silent = Assessment(grid, {"sharpness": np.full((1, 4), np.nan, np.float32)})
    assert not fault_of(silent).any()


def test_a_quality_model_finds_fault_where_there_is_noise(model: NoiseModel, half_noisy: np.ndarray):
    batch = torch.from_numpy(half_noisy).permute(2, 0, 1)[None]
    fault = FindFault(model)(torch.cat([batch, batch.flip(3)]))
    assert fault.shape == (2, 1, 96, 160)
    assert fault.min() == 0 and fault.max() == 1
    assert fault[0, ..., 136:].min() == 1 and fault[0, ..., :90].max() == 0
    torch.testing.assert_close(fault[1], fault[0].flip(2), atol=0.1, rtol=0)
    found = fault_of(assess_image(model, half_noisy))
    assert found.min() == 0 and found.max() == 1


def test_pictures_are_restored_so(model: NoiseModel, half_noisy: np.ndarray):
    words, control = Adds(0.2), Adds(-0.2)
    config = RestorerConfig(architecture="NAFNet")
    restorer = Restorer(WhereFault(words, control, FindFault(model)), config)
    settings = RestoreConfig(grain=0, device="cpu")
    pixels = np.rint(255 * half_noisy).astype(np.uint8)
    change = PictureRestorer(restorer, settings).restore(Picture(pixels)).pixels.astype(int) - pixels
    assert (change[:, :90] == -51).all()
    inside = pixels[:, 140:] < 200
    assert (change[:, 140:][inside] == 51).all()
