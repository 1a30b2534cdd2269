"""Grain that stays: in part, not where damage is mended, and never what gets sharper or brighter."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wordmend.restoration.grain import KeepGrain


class Known(nn.Module):
    """Puts out what is wanted, whatever comes in."""

    def __init__(self, wanted: Tensor) -> None:
        super().__init__()
        self.wanted = wanted

    def forward(self, batch: Tensor) -> Tensor:
        return self.wanted


@pytest.fixture
def smooth() -> Tensor:
    ramp = torch.linspace(0.3, 0.7, 64)
    return (ramp[None, :] + 0.1 * torch.sin(9 * ramp)[:, None]).expand(1, 3, 64, 64).clone()


def kept(smooth: Tensor, before: Tensor, share: float) -> Tensor:
    return KeepGrain(Known(smooth), share)(before)


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_share_of_the_grain_stays(smooth: Tensor, share: float):
    torch.manual_seed(0)
    grain = 0.02 * torch.randn(1, 1, 64, 64)
    left = kept(smooth, smooth + grain, share) - smooth
    assert left.std() / grain.std() == pytest.approx(share, rel=0.2)
    correlation = (left * grain).mean() / (left.std() * grain.std())
    assert correlation > 0.95  # it is that grain, and none that was made up


def test_damage_is_mended_in_full_and_so_is_what_lies_beside_it(smooth: Tensor):
    scratched = smooth.clone()
    scratched[:, :, 30:32] = 0.95
    scratched[:, :, 32] = 0.6 * smooth[:, :, 32] + 0.4 * 0.95  # its soft edge
    left = kept(smooth, scratched, 1.0) - smooth
    assert left.abs().max() < 0.01


def test_what_gets_sharper_does_so_in_full():
    sharp = torch.zeros(1, 3, 64, 64)
    sharp[..., 32:] = 0.08
    blurred = F.avg_pool2d(F.pad(sharp, (3, 3, 3, 3), mode="replicate"), 7, 1)
    assert (kept(sharp, blurred, 1.0) - sharp).abs().max() < 1e-3


def test_brightness_and_colour_are_changed_in_full(smooth: Tensor):
    faded = smooth * torch.tensor([1.0, 0.95, 0.9]).reshape(3, 1, 1)
    assert (kept(smooth, faded, 1.0) - smooth).abs().max() < 1e-3


@pytest.mark.parametrize("shape", [(1, 3, 64, 48), (2, 1, 33, 40)])
def test_both_ways_of_filtering_find_the_same(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch):
    """OpenCV's on CPUs, and PyTorch's pooling elsewhere."""
    torch.manual_seed(0)
    given = 0.5 + 0.03 * torch.randn(shape)
    wanted = 0.5 + 0.3 * (given - 0.5)
    found = KeepGrain(Known(wanted), 0.5)(given)
    monkeypatch.setattr("wordmend.restoration.grain.ON_CPU", "nowhere")
    torch.testing.assert_close(KeepGrain(Known(wanted), 0.5)(given), found)
    assert not torch.equal(found, wanted)


def test_another_size_is_left_to_whoever_refuses_it(smooth: Tensor):
    assert kept(smooth[..., :32], smooth, 0.5).shape == (1, 3, 64, 32)
