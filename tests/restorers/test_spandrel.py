"""What is saved here, loaded by spandrel as other programs do it: from the file alone."""

from pathlib import Path

import pytest
import torch
from spandrel import ImageModelDescriptor, ModelLoader

from tests.restorers.test_networks import SMALL
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer, network_of
from wordmend.restorers.weights import Restorer, save_restorer


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", SMALL)
def test_the_file_alone_gives_the_same_pictures(name: str, channels: int, tmp_path: Path):
    config = RestorerConfig(architecture=name, channels=channels, options=SMALL[name])
    network = build_restorer(config, seed=1)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.02 * torch.randn(parameter.shape, generator=generator))
    save_restorer(tmp_path, Restorer(network, config))
    (tmp_path / "config.json").unlink()

    loaded = ModelLoader().load_from_file(tmp_path / "restorer.safetensors")
    assert isinstance(loaded, ImageModelDescriptor)
    assert loaded.architecture.id == name
    assert (loaded.input_channels, loaded.output_channels, loaded.scale) == (channels, channels, 1)
    side = max(64, network_of(config).multiple)  # spandrel pads what is smaller than it likes
    image = torch.rand(1, channels, side, side, generator=generator)
    with torch.inference_mode():
        expected = network.eval()(image)
        found = loaded.eval()(image)
    assert (expected - image).abs().max() > 1e-3
    torch.testing.assert_close(found, expected.clamp(0, 1), atol=1e-5, rtol=0)
    assert loaded.size_requirements.check(side, side)


@pytest.mark.parametrize("name", SMALL)
def test_spandrel_takes_any_size(name: str, tmp_path: Path):
    config = RestorerConfig(architecture=name, options=SMALL[name])
    save_restorer(tmp_path, Restorer(build_restorer(config), config))
    image = torch.rand(1, 3, 37, 50)
    with torch.inference_mode():
        restored = ModelLoader().load_from_file(tmp_path / "restorer.safetensors").eval()(image)
    assert restored.shape == image.shape
