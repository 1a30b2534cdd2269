import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from wordmend.errors import ImageError, ParameterError, WeightsError
from wordmend.restoration.tiling import restore_image


class Recorder(nn.Module):
    """Gives back its input and notes the shapes that it saw."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[tuple[int, ...]] = []

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        assert not self.training
        self.shapes.append(tuple(batch.shape))
        return batch


def noise(height: int, width: int, channels: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width, channels), dtype=np.float32)


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 150),
    width=st.integers(1, 150),
    channels=st.sampled_from([1, 3]),
    tile=st.sampled_from([16, 32, 50, 200]),
    overlap=st.integers(0, 8),
)
def test_identity_comes_back_whatever_the_tiles(
    height: int, width: int, channels: int, tile: int, overlap: int
) -> None:
    image = noise(height, width, channels)
    recorder = Recorder()
    result = restore_image(recorder, image, tile=tile, overlap=overlap, channels=channels, multiple=16)
    np.testing.assert_allclose(result, image, atol=1e-6)
    assert result.dtype == np.float32
    for _, seen, rows, columns in recorder.shapes:
        assert seen == channels
        assert rows % 16 == columns % 16 == 0
        assert max(rows, columns) <= -(-tile // 16) * 16


def test_small_pictures_go_through_at_once() -> None:
    recorder = Recorder()
    restore_image(recorder, noise(50, 64), tile=80, overlap=8)
    assert recorder.shapes == [(1, 3, 80, 80)]


def test_tiles_of_a_local_network_equal_the_whole() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1), nn.Sigmoid()
    )
    image = noise(160, 128)  # multiples of 16: not padded as a whole either
    whole = restore_image(network, image, tile=176, overlap=16)
    tiled = restore_image(network, image, tile=48, overlap=16)
    # Only what a tile's own border spoils differs, and there its weight is near 0.
    assert np.abs(whole - tiled).max() < 0.01


@pytest.mark.parametrize("tile", [48, 128])
def test_beyond_the_border_the_network_sees_the_picture_mirrored(tile: int) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1), nn.Sigmoid()
    )
    image = noise(70, 83)
    wider = np.pad(image, ((16, 16), (16, 16), (0, 0)), mode="reflect")
    of_wider = restore_image(network, wider, tile=160)[16:-16, 16:-16]
    result = restore_image(network, image, tile=tile, overlap=16)
    assert np.abs(result - of_wider).max() < 0.01
    border = np.s_[:4, :]  # which zeros would spoil
    np.testing.assert_allclose(result[border], of_wider[border], atol=0.01 if tile < 70 else 1e-6)


def test_no_seams_where_tiles_differ() -> None:
    class Wandering(nn.Module):
        """As networks with global pooling do: each tile comes out a little brighter or darker."""

        def __init__(self) -> None:
            super().__init__()
            self.calls = 0

        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            self.calls += 1
            return torch.full_like(batch, 0.5 + 0.1 * (self.calls % 2))

    result = restore_image(Wandering(), np.zeros((64, 400, 3), dtype=np.float32), tile=64, overlap=32)
    step = np.abs(np.diff(result[..., 0], axis=1)).max()
    assert result.max() - result.min() > 0.05
    assert step < 0.1 * np.pi / 2 / 32 * 1.3  # a raised cosine over 32 px is never steeper


@pytest.mark.parametrize(("given_channels", "channels"), [(1, 3), (3, 1)])
def test_pictures_are_brought_to_the_channels_of_the_restorer(given_channels: int, channels: int) -> None:
    image = noise(20, 20, given_channels)
    result = restore_image(Recorder(), image, channels=channels)
    assert result.shape == (20, 20, channels)
    if channels == 3:
        np.testing.assert_allclose(result, np.repeat(image, 3, axis=2))


def test_results_are_clamped() -> None:
    class Amplifier(nn.Module):
        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            return batch * 4 - 1

    result = restore_image(Amplifier(), noise(20, 20))
    assert result.min() == 0
    assert result.max() == 1


def test_modes_are_kept() -> None:
    network = nn.Sequential(nn.Dropout(), nn.Dropout())
    network[1].eval()
    restore_image(network, noise(20, 20))
    assert [network.training, network[0].training, network[1].training] == [True, True, False]


def test_unusable_restorers_are_refused() -> None:
    class Broken(nn.Module):
        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            return batch * float("nan")

    with pytest.raises(WeightsError, match="must keep the shape"):
        restore_image(nn.Upsample(scale_factor=2), noise(20, 20))
    with pytest.raises(WeightsError, match="not numbers"):
        restore_image(Broken(), noise(20, 20))


def test_unusable_pictures_and_tiles_are_refused() -> None:
    with pytest.raises(ImageError, match="shape"):
        restore_image(Recorder(), np.zeros((4, 4), dtype=np.float32))
    with pytest.raises(ParameterError, match="half a tile"):
        restore_image(Recorder(), noise(20, 20), tile=32, overlap=17)
