"""Images into 8-bit PNG files that are either whole or not there."""

from pathlib import Path

import cv2
import numpy as np

from wordmend.errors import ImageError
from wordmend.files import atomic_path
from wordmend.images.channels import ByteImage, FloatImage, to_bytes


def write_image(path: Path, image: FloatImage) -> None:
    """Write an image (H, W, 3 or 1) in [0, 1] as 8-bit PNG, rounded as `round(x * 255)`; folders are made.

    Raises:
        ImageError: the name doesn't end in .png, or the image has another shape or values that aren't finite.
        WordmendError: the file can't be written.
    """
    if path.suffix.lower() != ".png":
        raise ImageError(f"{path}: images are written as PNG; give it a name that ends in .png")
    if image.ndim != 3 or image.shape[2] not in (1, 3) or image.size == 0:
        raise ImageError(f"{path}: an image to write has shape (H, W, 1 or 3), not {image.shape}")
    if not np.isfinite(image).all():
        raise ImageError(f"{path}: the image to write has values that are not numbers (NaN or infinite)")
    with atomic_path(path) as temporary:
        temporary.write_bytes(encode_png(to_bytes(image)))


def encode_png(pixels: ByteImage) -> bytes:
    """PNG file of 8-bit pixels (H, W), (H, W, 1) or (H, W, 3) RGB."""
    colour = pixels.ndim == 3 and pixels.shape[2] == 3
    ordered = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if colour else pixels  # OpenCV takes BGR
    encoded, data = cv2.imencode(".png", ordered)
    assert encoded, f"PNG encoder refused {pixels.shape} {pixels.dtype}"
    return bytes(data)
