"""Image files into arrays. Every failure is an `ImageError` that names the file and says why."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from wordmend.errors import ImageError
from wordmend.images.channels import FloatImage, to_channels

DEFAULT_MAX_PIXELS = 250_000_000

# Only what the documentation promises: a format that is not listed here is never handed to its decoder.
FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF")

_BITS_PER_SAMPLE, _PHOTOMETRIC, _ORIENTATION, _PLANAR, _EXTRA_SAMPLES = 258, 262, 274, 284, 338  # TIFF tags
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2  # TIFF photometric interpretations
_UNSCALED_MODES = {"F", "I"}  # 32-bit pixels: the file does not say which value is white

_pillow_limit_lock = threading.Lock()


def read_image(
    path: Path, channels: int = 3, *, min_side: int = 1, max_pixels: int = DEFAULT_MAX_PIXELS
) -> FloatImage:
    """Read a JPEG, PNG, TIFF, WebP, BMP or GIF file as float32 (H, W, channels) in [0, 1].

    The EXIF orientation is applied. CMYK and palettes become RGB, transparent pixels lie over white, 16-bit
    PNG and TIFF keep their depth, of animated files and multi-page TIFF the first picture is taken. Colour
    profiles are not applied: values are taken as sRGB.

    Args:
        path: the file.
        channels: 3 for RGB, 1 for gray (luma, ITU-R BT.601).
        min_side: smallest side in pixels that is accepted.
        max_pixels: largest number of pixels that is accepted; checked before anything is decoded.

    Raises:
        ImageError: the file is missing, a directory, not readable, empty, truncated, not an image, of 32-bit
            pixels, smaller than `min_side` or larger than `max_pixels`.
    """
    _check_file(path)
    # An open file, not a path: from a path Pillow maps gray TIFF into memory and turns them the wrong way.
    with _opened(path) as file:
        try:
            with _pillow_limit_lifted():
                image = Image.open(file, formats=FORMATS)
        except UnidentifiedImageError as error:
            raise ImageError(f"{path}: not an image that can be read ({', '.join(FORMATS)})") from error
        except Exception as error:  # decoders raise all sorts of errors on damaged headers
            raise ImageError(f"{path}: can't be read: {error}") from error
        _check_size(path, image, min_side, max_pixels)
        try:
            pixels = _decode(path, image, file)
        except ImageError:
            raise
        except Exception as error:  # decoders raise all sorts of errors on damaged data
            raise ImageError(f"{path}: damaged or truncated: {error}") from error
    return np.ascontiguousarray(to_channels(pixels, channels))


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise ImageError(f"{path}: can't be read: {error.strerror}") from error


def _check_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise ImageError(f"{path}: is a directory, not an image file")
        if path.stat().st_size == 0:
            raise ImageError(f"{path}: the file is empty (0 bytes)")
    except FileNotFoundError as error:
        raise ImageError(f"{path}: no such file") from error
    except OSError as error:
        raise ImageError(f"{path}: can't be read: {error.strerror}") from error


def _check_size(path: Path, image: Image.Image, min_side: int, max_pixels: int) -> None:
    width, height = image.size
    if min(width, height) < min_side:
        raise ImageError(f"{path}: {width} x {height} pixels; both sides must be at least {min_side}")
    if width * height > max_pixels:
        raise ImageError(f"{path}: {width} x {height} pixels, more than max_pixels={max_pixels}")


@contextmanager
def _pillow_limit_lifted() -> Iterator[None]:
    """Pillow refuses large images by a global number; `max_pixels` takes its place, one call at a time."""
    with _pillow_limit_lock:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _decode(path: Path, image: Image.Image, file: BinaryIO) -> FloatImage:
    if _has_16_bit_planes(image):
        raise ImageError(
            f"{path}: a 16-bit TIFF in separate colour planes; save it with interleaved channels"
        )
    deep = _keeps_16_bits(image, file)
    file.seek(0)
    data = file.read() if deep else b""
    image.load()  # the whole of it: a truncated file is noticed here, also where OpenCV would pass over it
    if deep:
        return _decode_16_bit(path, image, data)
    if image.mode in _UNSCALED_MODES:
        raise ImageError(f"{path}: 32-bit pixels ({image.mode}); save it with 8 or 16 bits per channel")
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        return _over_white(np.asarray(image.convert("RGBA"), dtype=np.float32) / np.float32(255.0))
    gray = image.mode in {"1", "L"}
    pixels = np.asarray(image.convert("L" if gray else "RGB"), dtype=np.float32) / np.float32(255.0)
    return pixels[..., np.newaxis] if gray else pixels


def _has_16_bit_planes(image: Image.Image) -> bool:
    """Whether it is a TIFF that both Pillow and OpenCV would read wrongly, without a word."""
    if image.format != "TIFF":
        return False
    tags = image.tag_v2  # type: ignore[attr-defined]  # only TiffImageFile has it
    return bool(tags.get(_PLANAR, 1) == 2 and max(tags.get(_BITS_PER_SAMPLE, (1,))) > 8)


def _keeps_16_bits(image: Image.Image, file: BinaryIO) -> bool:
    """Whether OpenCV has to decode the file, as Pillow cuts 16-bit RGB to 8 bits."""
    if image.format == "TIFF":
        tags = image.tag_v2  # type: ignore[attr-defined]  # only TiffImageFile has it
        # What OpenCV gets wrong Pillow reads, in 8 bits: premultiplied alpha, CMYK, Lab.
        plain = 1 not in tags.get(_EXTRA_SAMPLES, ())
        known = tags.get(_PHOTOMETRIC) in {_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB}
        return plain and known and set(tags.get(_BITS_PER_SAMPLE, (1,))) == {16}
    file.seek(0)
    # PNG's IHDR: signature 8 bytes, length 4, type 4, width 4, height 4, then the depth
    return image.format == "PNG" and file.read(25)[24] == 16


def _decode_16_bit(path: Path, image: Image.Image, data: bytes) -> FloatImage:
    pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint16:
        raise ImageError(f"{path}: a 16-bit {image.format} of a kind that can't be read; save it with 8 bits")
    scaled = (pixels.astype(np.float32) / np.float32(65535.0)).reshape(*pixels.shape[:2], -1)
    if image.format == "TIFF" and image.tag_v2[_PHOTOMETRIC] == _WHITE_IS_ZERO:  # type: ignore[attr-defined]
        scaled = 1.0 - scaled
    ordered = (
        scaled if scaled.shape[2] == 1 else scaled[..., [2, 1, 0, *range(3, scaled.shape[2])]]
    )  # BGR to RGB
    upright = _UPRIGHT[image.getexif().get(_ORIENTATION, 1)](ordered) if image.format == "PNG" else ordered
    return _over_white(upright) if upright.shape[2] == 4 else upright


def _over_white(rgba: FloatImage) -> FloatImage:
    """Lay an image (H, W, 4) with straight alpha over white: (H, W, 3)."""
    alpha = rgba[..., 3:]
    return np.asarray(rgba[..., :3] * alpha + (1.0 - alpha), dtype=np.float32)


def _transposed(image: NDArray[np.float32]) -> NDArray[np.float32]:
    return image.swapaxes(0, 1)


# EXIF orientation to the operation that turns the picture upright (Exif 2.3, tag 0x0112).
_UPRIGHT: dict[int, Callable[[FloatImage], FloatImage]] = {
    1: lambda image: image,
    2: lambda image: image[:, ::-1],
    3: lambda image: image[::-1, ::-1],
    4: lambda image: image[::-1],
    5: _transposed,
    6: lambda image: _transposed(image[::-1]),
    7: lambda image: _transposed(image[::-1, ::-1]),
    8: lambda image: _transposed(image)[::-1],
}
