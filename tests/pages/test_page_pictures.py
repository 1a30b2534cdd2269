import base64
import io

import numpy as np
import pytest
from PIL import Image

from wordmend.pages.pictures import LOSSLESS_SIDE, data_url


def picture_of(url: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))


@pytest.mark.parametrize("channels", [1, 3])
def test_small_pictures_stand_there_without_loss(channels: int):
    pixels = np.random.default_rng(0).integers(0, 256, (LOSSLESS_SIDE, 40, channels))
    url = data_url(pixels.astype(np.float32) / 255)
    assert url.startswith("data:image/png;base64,")
    np.testing.assert_array_equal(np.asarray(picture_of(url)).reshape(pixels.shape), pixels)


def test_large_pictures_are_scaled_down_and_become_small_files():
    picture = picture_of(data_url(np.full((900, 1800, 3), 0.5, np.float32), 600))
    assert (picture.format, picture.size, picture.getpixel((0, 0))) == ("JPEG", (600, 300), (128, 128, 128))
