"""One picture of an opened image file, decoded at the file's own depth."""

from dataclasses import replace
from typing import BinaryIO

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageOps

from wordmend.errors import ImageError
from wordmend.images.channels import ByteImage, Pixels
from wordmend.images.metadata import metadata_of
from wordmend.images.picture import Picture
from wordmend.images.profiles import to_srgb

_BITS_PER_SAMPLE, _PHOTOMETRIC, _PLANAR, _EXTRA_SAMPLES = 258, 262, 284, 338  # TIFF tags
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2  # TIFF photometric interpretations
_UNSCALED_MODES = {"F", "I"}  # 32-bit pixels: the file does not say which value is white
_CALLED = {"P": "a palette", "PA": "a palette", "1": "black and white", "YCbCr": "YCbCr", "LAB": "Lab"}


def decode(called: str, image: Image.Image, file: BinaryIO, page: int) -> Picture:
    """Decode the picture at which `image` stands.

    Args:
        called: file and page, for messages.
        image: opened by Pillow, at the page.
        file: the same file.
        page: of a TIFF file, from 0.

    Raises:
        ImageError: it is of a kind that can't be read.
        Exception: whatever the decoders raise on damaged data.
    """
    if _has_16_bit_planes(image):
        raise ImageError(
            f"{called}: a 16-bit TIFF in separate colour planes; save it with interleaved channels"
        )
    deep = _keeps_16_bits(image, file)
    before = metadata_of(image) if image.format == "TIFF" else None  # which closes its file when it is loaded
    # the whole of it: a truncated file is noticed here, also where OpenCV would pass over it
    image.load()
    metadata, left_out = before or metadata_of(image)
    changes = [*_frames_left_out(image), *left_out]
    if deep:
        pixels, alpha = _decode_16_bit(called, image, file, page)
        return Picture(pixels, alpha, metadata, tuple(changes))
    if image.mode in _UNSCALED_MODES:
        raise ImageError(f"{called}: 32-bit pixels ({image.mode}); save it with 8 or 16 bits per channel")
    ImageOps.exif_transpose(image, in_place=True)
    upright = image
    if image.mode == "CMYK":
        upright, change = _from_cmyk(image, metadata.icc)
        changes.append(change)
        metadata = replace(metadata, icc=None)
    elif image.mode in _CALLED:
        changes.append(f"{_CALLED[image.mode]} became {'gray' if image.mode == '1' else 'RGB'}")
    pixels, alpha = _eight_bit(upright)
    return Picture(pixels, alpha, metadata, tuple(changes))


def _eight_bit(image: Image.Image) -> tuple[Pixels, Pixels | None]:
    gray = image.mode in {"1", "L", "LA"}
    if image.has_transparency_data:
        samples = _as_mode(image, "LA" if gray else "RGBA")
        return np.ascontiguousarray(samples[..., :-1]), np.ascontiguousarray(samples[..., -1])
    samples = _as_mode(image, "L" if gray else "RGB")
    return samples[..., np.newaxis] if gray else samples, None


def _as_mode(image: Image.Image, mode: str) -> ByteImage:
    return np.asarray(image if image.mode == mode else image.convert(mode))


def _from_cmyk(image: Image.Image, icc: bytes | None) -> tuple[Image.Image, str]:
    """RGB of CMYK: by the profile that the file has, else by the plain formula."""
    turned = None if icc is None else to_srgb(image, icc)
    if turned is not None:
        return turned, "CMYK became sRGB, by its profile"
    return image.convert("RGB"), "CMYK became RGB"


def _frames_left_out(image: Image.Image) -> list[str]:
    frames = 1 if image.format == "TIFF" else getattr(image, "n_frames", 1)
    return [f"the first of {frames} frames was taken"] if frames > 1 else []


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
    place = file.tell()
    file.seek(0)
    # PNG's IHDR: signature 8 bytes, length 4, type 4, width 4, height 4, then the depth
    is_deep = image.format == "PNG" and file.read(25)[24] == 16
    file.seek(place)
    return is_deep


def _decode_16_bit(
    called: str, image: Image.Image, file: BinaryIO, page: int
) -> tuple[Pixels, Pixels | None]:
    encoded = np.memmap(file, dtype=np.uint8, mode="r")
    if page:
        _, pages = cv2.imdecodemulti(encoded, cv2.IMREAD_UNCHANGED, range=(page, page + 1))
        samples = pages[0] if pages else None
    else:
        samples = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
    if samples is None or samples.dtype != np.uint16:
        raise ImageError(
            f"{called}: a 16-bit {image.format} of a kind that can't be read; save it with 8 bits"
        )
    samples = samples.reshape(*samples.shape[:2], -1)
    if image.format == "TIFF" and image.tag_v2[_PHOTOMETRIC] == _WHITE_IS_ZERO:  # type: ignore[attr-defined]
        np.subtract(np.uint16(65535), samples, out=samples)
    if samples.shape[2] >= 3:
        for row in samples:  # row by row, as large pictures leave no room for a second one
            row[:, [0, 2]] = row[:, [2, 0]]  # BGR to RGB
    if image.format == "PNG":  # OpenCV turns TIFF by itself
        samples = upright_samples(samples, image.getexif().get(ExifTags.Base.Orientation, 1))
    samples = np.ascontiguousarray(samples)
    if samples.shape[2] in (2, 4):
        return np.ascontiguousarray(samples[..., :-1]), np.ascontiguousarray(samples[..., -1])
    return samples, None


def upright_samples(samples: Pixels, orientation: int) -> Pixels:
    """Turn `(H, W, C)` upright by the EXIF orientation (Exif 2.3, tag 0x0112)."""
    if orientation in (5, 6, 7, 8):
        samples = samples.swapaxes(0, 1)
    flip_rows, flip_columns = {
        2: (False, True), 3: (True, True), 4: (True, False),
        6: (False, True), 7: (True, True), 8: (True, False),
    }.get(orientation, (False, False))  # fmt: skip
    return samples[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1]
