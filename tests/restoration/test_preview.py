import base64
import io
import tracemalloc

import numpy as np
import pytest
from PIL import Image, ImageCms

from wordmend.images.picture import Metadata, Picture
from wordmend.restoration.preview import preview_url, reduced

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RED_AND_BLUE_EXCHANGED = (
    _SRGB.replace(b"rXYZ", b"swap", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"swap", b"bXYZ", 1)
)


def colours_of(url: str) -> np.ndarray:
    """Pixels of the picture that a URL holds, `(H, W, 3)`."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB"))


def plain(colour: tuple[int, ...], depth: type = np.uint8, icc: bytes | None = None) -> Picture:
    return Picture(np.full((40, 60, len(colour)), colour, depth), metadata=Metadata(icc=icc))


@pytest.mark.parametrize(
    ("picture", "seen"),
    [
        (plain((200, 100, 50)), (200, 100, 50)),
        (plain((90,)), (90, 90, 90)),
        (plain((200 * 257, 100 * 257, 50 * 257), np.uint16), (200, 100, 50)),
        (plain((90 * 257,), np.uint16), (90, 90, 90)),
        (plain((200, 100, 50), icc=RED_AND_BLUE_EXCHANGED), (50, 100, 200)),
        (plain((200 * 257, 100 * 257, 50 * 257), np.uint16, RED_AND_BLUE_EXCHANGED), (50, 100, 200)),
        (plain((90,), icc=RED_AND_BLUE_EXCHANGED), (90, 90, 90)),  # no profile of gray
        (plain((200, 100, 50), icc=bytes(200)), (200, 100, 50)),
    ],
)
def test_depths_gray_and_profiles_look_as_they_should(picture: Picture, seen: tuple[int, ...]) -> None:
    found = colours_of(preview_url(picture, 1000))
    assert found.shape == (40, 60, 3)
    assert np.abs(found.astype(int) - seen).max() <= 1


def test_white_lies_behind_what_is_transparent() -> None:
    alpha = np.zeros((40, 60), np.uint8)
    alpha[:, 30:] = 255
    found = colours_of(preview_url(Picture(plain((200, 100, 50)).pixels, alpha), 1000))
    assert found[0, 0].tolist() == [255, 255, 255] and found[0, 59].tolist() == [200, 100, 50]


@pytest.mark.parametrize(("height", "width"), [(3000, 2000), (701, 1), (1, 1003), (999, 501), (100, 100)])
@pytest.mark.parametrize("channels", [1, 3])
def test_large_pictures_are_reduced_in_their_shape(height: int, width: int, channels: int) -> None:
    picture = Picture(np.zeros((height, width, channels), np.uint8))
    picture.pixels[: height // 2] = 255
    small = reduced(picture, 100)
    assert small.shape[2] == channels
    assert max(height, width) < 100 or 100 <= max(small.shape[:2]) < 200
    assert small.shape[0] / small.shape[1] == pytest.approx(height / width, rel=0.02) or min(small.shape) == 1
    assert small.mean() == pytest.approx(height // 2 / height, abs=0.02)


def test_memory_does_not_grow_with_the_picture() -> None:
    picture = Picture(np.zeros((4000, 4000, 3), np.uint16), np.full((4000, 4000), 65535, np.uint16))
    tracemalloc.start()
    try:
        preview_url(picture, 500)
        assert tracemalloc.get_traced_memory()[1] < 30_000_000  # as floats it would have 192 MB
    finally:
        tracemalloc.stop()
