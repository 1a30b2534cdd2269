from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from wordmend.errors import ImageError, WordmendError
from wordmend.images.picture import Picture
from wordmend.images.reading import read_pictures
from wordmend.restoration.config import RestoreConfig
from wordmend.restoration.picture_restorer import PictureRestorer
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer
from wordmend.restorers.weights import Restorer, save_restorer

RNG = np.random.default_rng(0)


class Reddish(nn.Module):
    """Brightens red by a tenth, which would tint gray."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return batch + torch.tensor([0.1, 0.0, 0.0][: batch.shape[1]]).reshape(-1, 1, 1)


class Short(nn.Module):
    """Has memory for tiles of so many pixels a side."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        if batch.shape[-1] > self.side:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
        return batch


def mending(network: nn.Module, channels: int = 3, **config: object) -> PictureRestorer:
    settings = RestoreConfig.model_validate({"device": "cpu", "tile": 64, "overlap": 16} | config)
    return PictureRestorer(Restorer(network, RestorerConfig(channels=channels)), settings)


def noise(channels: int, depth: int = 8) -> Picture:
    pixels = RNG.integers(0, 2**depth, (150, 170, channels))
    return Picture(pixels.astype(np.uint8 if depth == 8 else np.uint16))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("of_restorer", [1, 3])
def test_where_nothing_is_changed_every_bit_stays(channels: int, depth: int, of_restorer: int) -> None:
    picture = noise(channels, depth)
    restored = mending(nn.Identity(), of_restorer).restore(picture)
    assert np.abs(restored.pixels.astype(int) - picture.pixels).max() == 0
    assert restored.pixels.dtype == picture.pixels.dtype


class Grainy(nn.Module):
    """Changes what is dark by 1 level here and there, and what is light by 20."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        here_and_there = torch.randint(-1, 2, batch.shape)
        return batch + torch.where(batch > 0.5, 20, here_and_there) / 255


def test_changes_that_nobody_sees_are_not_made_unless_they_are_wanted() -> None:
    picture = Picture(np.full((40, 40, 3), 100, np.uint8))
    picture.pixels[:, 20:] = 200
    left, right = np.split(mending(Grainy()).restore(picture).pixels, 2, axis=1)
    assert (left == 100).all()
    assert (right == 220).all()
    assert not (mending(Grainy(), least_change=0).restore(picture).pixels[:, :20] == 100).all()


class Smoothing(nn.Module):
    """Takes grain away, and all else that is finer than 5 px."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        padded = nn.functional.pad(batch, (2, 2, 2, 2), mode="reflect")
        return nn.functional.avg_pool2d(padded, 5, 1)


def test_some_of_the_grain_stays_and_tiles_leave_no_seam() -> None:
    grain = RNG.normal(0, 6, (150, 170, 1))
    picture = Picture(np.clip(np.rint(120 + grain), 0, 255).astype(np.uint8))
    without, tiled, whole = (
        mending(Smoothing(), 1, least_change=0, **settings).restore(picture).pixels.astype(float)
        for settings in ({"grain": 0}, {"grain": 0.5}, {"grain": 0.5, "tile": 512})
    )
    assert 0.4 * grain.std() < (whole - without).std() < 0.6 * grain.std()
    assert np.abs(tiled - whole).max() <= 1


@pytest.mark.parametrize("as_rgb", [False, True])
def test_gray_gets_no_tint(as_rgb: bool) -> None:
    gray = Picture(np.full((20, 30, 1), 100, np.uint8).repeat(3 if as_rgb else 1, axis=2))
    restored = mending(Reddish()).restore(gray).pixels
    assert restored.shape == gray.pixels.shape
    assert (restored == 108).all()  # the luma of what came out


def test_a_restorer_of_gray_leaves_colours() -> None:
    picture = Picture(np.full((20, 30, 3), (100, 50, 20), np.uint8))
    restored = mending(Reddish(), 1).restore(picture).pixels
    assert (restored.astype(int) - picture.pixels >= 25).all()
    assert np.ptp(restored.astype(int) - picture.pixels) <= 1  # rounded


def test_strength_lies_between_input_and_result() -> None:
    picture = Picture(np.full((20, 30, 3), 100, np.uint8) + np.arange(3, dtype=np.uint8))
    reds = [
        int(mending(Reddish(), strength=strength).restore(picture).pixels[0, 0, 0])
        for strength in (0.0, 0.5, 1.0)
    ]
    assert reds == [100, 113, 126]


def test_outside_of_the_mask_every_bit_stays() -> None:
    picture, mask = noise(3, 16), np.zeros((150, 170), np.float32)
    mask[40:80, 50:60] = 1
    restored = mending(Reddish()).restore(picture, mask).pixels
    changed = (restored != picture.pixels).any(axis=2)
    assert changed[40:80, 50:60].mean() > 0.8  # but where red is at its highest
    changed[40:80, 50:60] = False
    assert not changed.any()
    with pytest.raises(ImageError, match="the mask has 170 x 9 pixels, its picture 170 x 150"):
        mending(Reddish()).restore(picture, mask[:9])


def test_short_of_memory_it_goes_on_with_smaller_tiles() -> None:
    restorer, picture = mending(Short(70), tile=512), noise(3)
    np.testing.assert_array_equal(restorer.restore(picture).pixels, picture.pixels)
    assert restorer.tile == 64  # 512, 256, 128
    with pytest.raises(WordmendError, match="not enough memory for a tile of 64 px"):
        mending(Short(20)).restore(picture)


def test_other_errors_are_not_taken_for_that() -> None:
    class Broken(nn.Module):
        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("expected 4 channels")

    with pytest.raises(RuntimeError, match="expected 4 channels"):
        mending(Broken()).restore(noise(3))


def test_a_file_in_three_lines(tmp_path: Path) -> None:
    config = RestorerConfig()
    save_restorer(tmp_path / "weights", Restorer(build_restorer(config), config))
    Image.fromarray(noise(3).pixels).save(tmp_path / "old.jpg", quality=95)
    restorer = PictureRestorer.load(tmp_path / "weights")
    restorer.restore_file(tmp_path / "old.jpg", tmp_path / "mended.png")
    (before,), (after,) = (read_pictures(tmp_path / name) for name in ("old.jpg", "mended.png"))
    np.testing.assert_array_equal(before.pixels, after.pixels)  # fresh weights give the input back
