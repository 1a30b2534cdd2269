"""What is saved here, loaded by spandrel as other programs do it: from the file alone."""

from pathlib import Path

import numpy as np
import pytest
import torch
from spandrel import ImageModelDescriptor, ModelLoader
from torch.nn.functional import pad

from tests.restorers.test_networks import SMALL
from wordmend.restoration.tiling import restore_image
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer, network_of
from wordmend.restorers.weights import Restorer, save_restorer


def changing(config: RestorerConfig) -> Restorer:
    """A restorer that changes pictures, with weights as no training has left them."""
    network = build_restorer(config, seed=1)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.02 * torch.randn(parameter.shape, generator=generator))
    return Restorer(network.eval(), config)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", SMALL)
def test_the_file_alone_gives_the_same_pictures(name: str, channels: int, tmp_path: Path):
    config = RestorerConfig(architecture=name, channels=channels, options=SMALL[name])
    restorer = changing(config)
    save_restorer(tmp_path, restorer)
    (tmp_path / "config.json").unlink()

    loaded = ModelLoader().load_from_file(tmp_path / "restorer.safetensors")
    assert isinstance(loaded, ImageModelDescriptor)
    assert loaded.architecture.id == name
    assert (loaded.input_channels, loaded.output_channels, loaded.scale) == (channels, channels, 1)
    side = max(64, network_of(config).multiple)  # spandrel pads what is smaller than it likes
    image = torch.rand(1, channels, side, side, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected = restorer.network(image)
        found = loaded.eval()(image)
    assert (expected - image).abs().max() > 1e-3
    torch.testing.assert_close(found, expected.clamp(0, 1), atol=1e-5, rtol=0)
    assert loaded.size_requirements.check(side, side)


@pytest.mark.parametrize("name", SMALL)
def test_padded_as_the_model_card_says_it_gives_what_restore_image_gives(name: str, tmp_path: Path):
    restorer = changing(RestorerConfig(architecture=name, options=SMALL[name]))
    save_restorer(tmp_path, restorer)
    multiple = network_of(restorer.config).multiple
    side = multiple - 21 if multiple > 64 else multiple + 11
    image = torch.rand(1, 3, side, side + 2, generator=torch.Generator().manual_seed(1))
    model = ModelLoader().load_from_file(tmp_path / "restorer.safetensors").eval()
    height, width = image.shape[2:]
    with torch.inference_mode():
        right, bottom = (8 + -(side + 16) % multiple for side in (width, height))
        padded = pad(image, (8, right, 8, bottom), mode="reflect")
        restored = model(padded)[:, :, 8 : 8 + height, 8 : 8 + width]
    picture = image[0].permute(1, 2, 0).numpy()
    expected = restore_image(restorer.network, picture, multiple=multiple)
    np.testing.assert_allclose(restored[0].permute(1, 2, 0), expected, atol=1e-5)
