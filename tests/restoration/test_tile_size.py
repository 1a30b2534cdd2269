import pytest
import torch
from torch import nn

from wordmend.errors import ParameterError
from wordmend.restoration import tile_size
from wordmend.restoration.tile_size import bytes_a_pixel, tile_for
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import NETWORKS, build_restorer

CPU = torch.device("cpu")


def test_memory_is_that_of_all_layers() -> None:
    network = nn.Sequential(nn.Conv2d(3, 10, 3, padding=1), nn.Conv2d(10, 3, 3, padding=1, stride=2))
    assert bytes_a_pixel(network, 3, 1) == 4 * (10 + 3 / 4)
    assert not any(module._forward_hooks for module in network.modules())


@pytest.mark.parametrize("free, tile", [(2**40, 1088), (2 * 200**2 * 2680, 192), (2 * 100**2 * 2680, 96)])
def test_half_of_the_free_memory_is_enough(monkeypatch: pytest.MonkeyPatch, free: int, tile: int) -> None:
    monkeypatch.setattr(tile_size, "free_memory", lambda device: free)
    network = build_restorer(RestorerConfig())
    assert tile_for(network, 3, NETWORKS["NAFNet"].multiple, CPU) == tile


def test_too_little_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tile_size, "free_memory", lambda device: 10**6)
    with pytest.raises(ParameterError, match="1 MB of memory are free on cpu, too few for a tile of 64 px"):
        tile_for(build_restorer(RestorerConfig()), 3, 16, CPU)
