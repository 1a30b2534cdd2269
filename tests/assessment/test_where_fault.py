"""Stage 2 works where a quality model finds fault with what its control makes, the control elsewhere."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.assessment.conftest import NoiseModel
from wordmend.assessment.assess import Assessment, assess_image
from wordmend.assessment.grid import window_grid
from wordmend.assessment.where_fault import Beside, FindFault, WhereFault, fault_of, in_use, load_beside
from wordmend.errors import WeightsError
from wordmend.images.picture import Picture
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.model import QualityModel
from wordmend.quality.weights import save_quality_model
from wordmend.restoration.config import RestoreConfig
from wordmend.restoration.picture_restorer import PictureRestorer
from wordmend.restorers.config import RestorerConfig, Use
from wordmend.restorers.networks import build_restorer
from wordmend.restorers.weights import Restorer, fingerprint, save_restorer

CONFIG = RestorerConfig(architecture="NAFNet")
GRID = window_grid(32, 128, 32, 0.0, 99)  # four windows side by side
GOOD = [0.9, 0.9, 0.9, 0.9]


class Adds(nn.Module):
    """A restorer that makes everything lighter, and counts how often it worked."""

    def __init__(self, amount: float) -> None:
        super().__init__()
        self.amount = nn.Parameter(torch.tensor(amount))
        self.times = 0

    def forward(self, batch: Tensor) -> Tensor:
        self.times += 1
        return batch + self.amount


class SameFault(nn.Module):
    """Finds the same fault everywhere, and keeps what it was asked about."""

    def __init__(self, fault: float) -> None:
        super().__init__()
        self.fault = fault
        self.asked: list[tuple[Tensor, Tensor, float]] = []

    def forward(self, given: Tensor, restored: Tensor, sharpness: float) -> Tensor:
        self.asked.append((given, restored, sharpness))
        return torch.full_like(given[:, :1], self.fault)


def assessed(**windows: list[float]) -> Assessment:
    return Assessment(GRID, {name: np.array([scores], np.float32) for name, scores in windows.items()})


@pytest.mark.parametrize(("fault", "amount", "times"), [(0, 0.1, 0), (1, 0.3, 1), (0.5, 0.2, 1)])
def test_stage2_works_where_the_controls_picture_is_at_fault(fault: float, amount: float, times: int):
    stage2, control, finder = Adds(0.3), Adds(0.1), SameFault(fault)
    batch = torch.zeros(2, 3, 8, 8)
    found = WhereFault(stage2, control, finder, 0.75)(batch)  # type: ignore[arg-type]
    torch.testing.assert_close(found, batch + amount)
    assert (stage2.times, control.times) == (times, 1)
    ((given, restored, sharpness),) = finder.asked
    assert torch.equal(given, batch) and torch.equal(restored, batch + 0.1) and sharpness == 0.75


def test_the_worst_dimension_of_what_was_restored_is_at_fault_and_sharpness_is_told_apart():
    low = {"noise": [0.9, 0.9, 0.5, 0.9], "sharpness": [0.9, 0.1, np.nan, np.nan], "scratches": GOOD}
    others, sharpness = fault_of(assessed(noise=[0.0] * 4), assessed(**low))  # what was noisy is not any more
    assert others.shape == sharpness.shape == (4, 16)
    assert others[:, [0, 5, 6, 15]].max() == pytest.approx(0, abs=0.05)
    assert others[:, 10] == pytest.approx(0.25, abs=0.05)  # nearly undecided
    assert sharpness[:, [5, 6]] == pytest.approx(1) and sharpness[:, [0, 15]].max() == 0
    silent = assessed(sharpness=[np.nan] * 4)
    assert not fault_of(silent, silent).any()


@pytest.mark.parametrize("dimension", ["scratches", "missing_parts"])
def test_damage_of_the_input_is_at_fault_though_half_of_it_is_mended(dimension: str):
    torn = {dimension: [0.9, 0.0, 0.9, 0.9]}
    others, sharpness = fault_of(assessed(**torn), assessed(**{dimension: GOOD}))
    assert others[:, 5] == pytest.approx(1) and others[:, 15].max() == 0
    assert not sharpness.any()


def test_a_quality_model_finds_fault_where_there_is_noise(model: NoiseModel, half_noisy: np.ndarray):
    noisy = torch.from_numpy(half_noisy).permute(2, 0, 1)[None]
    batch = torch.cat([noisy, noisy.flip(3)])
    fault = FindFault(model)(torch.zeros_like(batch), batch, 1.0)
    assert fault.shape == (2, 1, 96, 160)
    assert fault.min() == 0 and fault.max() == 1
    assert fault[0, ..., 144:].min() == 1 and fault[0, ..., :64].max() == 0
    torch.testing.assert_close(fault[1], fault[0].flip(2), atol=0.1, rtol=0)
    found = assess_image(model, half_noisy)
    assert fault_of(found, found)[0].max() == 1


def test_less_of_it_is_wanted_where_sharpness_alone_is_at_fault():
    maps = torch.tensor([[0.0, 1.0, 0.6, 0.0], [0.8, 1.0, 1.0, 0.0]])[None, :, None]
    found = FindFault.blended(maps, 0.5)
    torch.testing.assert_close(found, torch.tensor([0.4, 1.0, 0.6, 0.0])[None, None, None])


def test_what_lies_beside_a_stage2_is_read(tmp_path: Path):
    torch.manual_seed(0)
    config = RestorerConfig(options={"width": 4})
    control, model = (
        Restorer(build_restorer(config, 1), config),
        QualityModel(QualityModelConfig(image_size=32)),
    )
    save_restorer(tmp_path / "control", control)
    with pytest.raises(WeightsError, match=r"quality/config\.json: not found"):
        load_beside(tmp_path)
    save_quality_model(tmp_path / "quality", model)
    found = load_beside(tmp_path)
    assert fingerprint(found.control.network) == fingerprint(control.network)
    assert fingerprint(found.quality_model) == fingerprint(model)


def test_pictures_are_restored_so(model: NoiseModel, half_noisy: np.ndarray):
    use = Use(sharpness=0.5)
    stage2, control = Restorer(Adds(0.2), CONFIG, use), Restorer(Adds(-0.2), CONFIG)
    restorer = in_use(stage2, Beside(control, model))
    assert restorer.use == use and restorer.network.sharpness == 0.5
    assert in_use(stage2, Beside(control, model), "everywhere") is stage2
    settings = RestoreConfig(grain=0, device="cpu")
    pixels = np.rint(255 * half_noisy).astype(np.uint8)
    change = PictureRestorer(restorer, settings).restore(Picture(pixels)).pixels.astype(int) - pixels
    assert (change[:, :64] == -51).all()
    inside = pixels[:, 140:] < 200
    assert (change[:, 140:][inside] == 51).mean() > 0.99
