"""Image files into arrays. Every failure is an `ImageError` that names the file and says why."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from wordmend.errors import ImageError
from wordmend.images.channels import FloatImage, to_channels
from wordmend.images.decoding import decode
from wordmend.images.picture import Picture, over_white

DEFAULT_MAX_PIXELS = 250_000_000

# Only what the documentation promises: a format that is not listed here is never handed to its decoder.
FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF")


def read_image(
    path: Path, channels: int = 3, *, min_side: int = 1, max_pixels: int = DEFAULT_MAX_PIXELS
) -> FloatImage:
    """Read a JPEG, PNG, TIFF, WebP, BMP or GIF file as float32 (H, W, channels) in [0, 1].

    Of several pictures in the file the first is taken, transparent pixels lie over white; otherwise as
    `read_pictures` does. Colour profiles are not applied: values are taken as sRGB.

    Args:
        path: the file.
        channels: 3 for RGB, 1 for gray (luma, ITU-R BT.601).
        min_side: smallest side in pixels that is accepted.
        max_pixels: largest number of pixels that is accepted; checked before anything is decoded.

    Raises:
        ImageError: the file is missing, a directory, not readable, empty, truncated, not an image, of 32-bit
            pixels, smaller than `min_side` or larger than `max_pixels`.
    """
    picture = next(read_pictures(path, min_side=min_side, max_pixels=max_pixels))
    return np.ascontiguousarray(to_channels(over_white(picture), channels))


def read_pictures(
    path: Path, *, min_side: int = 1, max_pixels: int = DEFAULT_MAX_PIXELS
) -> Iterator[Picture]:
    """Read the pictures of a file one by one: the pages of a TIFF file, or the one of any other.

    16-bit PNG and TIFF keep their depth. The EXIF orientation is applied, CMYK and palettes become RGB, of
    animations the first frame is taken: `Picture.changes` says so.

    Args:
        path: the file.
        min_side: smallest side of a picture in pixels that is accepted.
        max_pixels: largest number of pixels of a picture that is accepted; checked before it is decoded.

    Raises:
        ImageError: as `read_image`; names the page, if there are several.
    """
    with open_file(path) as file:
        image, pages = _open_image(path, file)
        for page in range(pages):
            called = f"{path}" if pages == 1 else f"{path}: page {page + 1} of {pages}"
            try:
                if page:
                    with _pillow_limit_lifted():
                        image.seek(page)
                _check_size(called, image, min_side, max_pixels)
            except ImageError:
                raise
            except Exception as error:  # decoders raise all sorts of errors on damaged headers
                raise ImageError(f"{called}: can't be read: {error}") from error
            yield _decoded(called, image, file, page, page == pages - 1)  # not kept here: it may be large


def _decoded(called: str, image: Image.Image, file: BinaryIO, page: int, is_last: bool) -> Picture:
    try:
        with _pillow_limit_lifted():  # TIFF asks for it once more
            picture = decode(called, image, file, page)
        if is_last:
            image.close()  # frees Pillow's pixels
        return picture
    except ImageError:
        raise
    except Exception as error:  # decoders raise all sorts of errors on damaged data
        raise ImageError(f"{called}: damaged or truncated: {error}") from error


def count_pictures(path: Path) -> int:
    """How many pictures `read_pictures` gives, without decoding them.

    Raises:
        ImageError: as `read_image`.
    """
    with open_file(path) as file:
        return _open_image(path, file)[1]


def _open_image(path: Path, file: BinaryIO) -> tuple[Image.Image, int]:
    """The image of an opened file, not decoded, and the number of its pictures."""
    # An open file, not a path: from a path Pillow maps gray TIFF into memory and turns them the wrong way.
    try:
        with _pillow_limit_lifted():
            image = Image.open(file, formats=FORMATS)
        return image, int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1
    except UnidentifiedImageError as error:
        raise ImageError(f"{path}: not an image that can be read ({', '.join(FORMATS)})") from error
    except Exception as error:  # decoders raise all sorts of errors on damaged headers
        raise ImageError(f"{path}: can't be read: {error}") from error


def open_file(path: Path) -> BinaryIO:
    """Open a file of pictures for reading.

    Raises:
        ImageError: it is missing, a directory, a pipe or a device, not readable or empty.
    """
    _check_file(path)
    try:
        return path.open("rb")
    except OSError as error:
        raise ImageError(f"{path}: can't be read: {error.strerror}") from error


def _check_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise ImageError(f"{path}: is a directory, not an image file")
        if not path.is_file() and path.exists():
            raise ImageError(f"{path}: is no file; pipes and devices are not read")
        if path.stat().st_size == 0:
            raise ImageError(f"{path}: the file is empty (0 bytes)")
    except FileNotFoundError as error:
        raise ImageError(f"{path}: no such file") from error
    except OSError as error:
        raise ImageError(f"{path}: can't be read: {error.strerror}") from error


def _check_size(called: str, image: Image.Image, min_side: int, max_pixels: int) -> None:
    width, height = image.size
    if min(width, height) < min_side:
        raise ImageError(f"{called}: {width} x {height} pixels; both sides must be at least {min_side}")
    if width * height > max_pixels:
        raise ImageError(f"{called}: {width} x {height} pixels, more than max_pixels={max_pixels}")


class _PillowLimit:
    """Pillow refuses large images by a global number, in whose place `max_pixels` is.

    It is lifted while anybody reads, in any thread, and is what it was when nobody does.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers = 0
        self._limit: int | None = None

    @contextmanager
    def lifted(self) -> Iterator[None]:
        with self._lock:
            if self._readers == 0:
                self._limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
            self._readers += 1
        try:
            yield
        finally:
            with self._lock:
                self._readers -= 1
                if self._readers == 0:
                    Image.MAX_IMAGE_PIXELS = self._limit


_pillow_limit_lifted = _PillowLimit().lifted
