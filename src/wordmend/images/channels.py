"""RGB and gray, and the step between float images and 8-bit ones."""

import cv2
import numpy as np
from numpy.typing import NDArray

FloatImage = NDArray[np.float32]
ByteImage = NDArray[np.uint8]
Pixels = NDArray[np.uint8] | NDArray[np.uint16]

# ITU-R BT.601, as JPEG and Pillow use it.
LUMA_WEIGHTS = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def luma(image: FloatImage) -> FloatImage:
    """Brightness of an image (H, W, 3) or (H, W, 1) in [0, 1] as (H, W, 1), by ITU-R BT.601."""
    if image.shape[2] == 1:
        return image
    return np.asarray(image @ LUMA_WEIGHTS, dtype=np.float32)[..., np.newaxis]


def to_channels(image: FloatImage, channels: int) -> FloatImage:
    """An image (H, W, 1 or 3) with the given number of channels: gray is repeated, RGB becomes luma.

    Raises:
        ValueError: if `channels` is neither 1 nor 3.
    """
    if channels not in (1, 3):
        raise ValueError(f"channels must be 1 (gray) or 3 (RGB), not {channels}")
    if image.shape[2] == channels:
        return image
    return luma(image) if channels == 1 else np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB))


def to_bytes(image: FloatImage) -> ByteImage:
    """Float image in [0, 1] to 8 bit: clipped, then `round(x * 255)`. Any shape."""
    return _levels(image).astype(np.uint8)


def to_float(pixels: Pixels) -> FloatImage:
    """Image of 8 or 16 bits to float in [0, 1]. Any shape; rounded to as many levels it is the same again."""
    levels = pixels.astype(np.float32)
    levels /= np.float32(np.iinfo(pixels.dtype).max)
    return levels


def rounded_to_bytes(image: FloatImage) -> FloatImage:
    """What is read back of an image that is written with 8 bits: `to_float(to_bytes(image))`. Any shape."""
    levels = _levels(image)
    levels /= 255.0
    return levels


def _levels(image: FloatImage) -> FloatImage:
    """Whole numbers from 0 to 255, as float."""
    levels = np.clip(image, 0.0, 1.0)
    # in place: for large images memory that is new to the process costs more than the work
    levels *= np.float32(255)
    return np.rint(levels, out=levels)
