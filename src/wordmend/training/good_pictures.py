"""Good pictures made more various, so that the quality model learns what is no defect.

A few photographs show few roofs before a sky and few wires: on others, their like is taken for missing parts
and scratches. And no photograph is free of noise or perfectly sharp, but nobody minds what can't be seen.
"""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from wordmend.images.channels import ByteImage
from wordmend.training.outlines import draw_outline

BLUR_SIGMA = (0.2, 0.5)
"""px. Of .5, measured comments still praise most pictures' sharpness."""
NOISE_SIGMA = (0.0, 0.01)
"""Standard deviation on [0, 1]. From .02 on it is named."""
_PIECES = (1, 3)
_BAND_WIDTH = (1.5, 10.0)  # px


def imperceptibly_worse(picture: ByteImage, rng: np.random.Generator) -> ByteImage:
    """A good picture `(H, W, 3) uint8`, blurred, noisy, both or neither, and too little to see."""
    pixels: npt.NDArray[np.floating[Any]] = picture.astype(np.float32)
    if rng.random() < 0.5:
        pixels = cv2.GaussianBlur(pixels, (5, 5), rng.uniform(*BLUR_SIGMA))
    if rng.random() < 0.5:
        return with_noise(pixels, NOISE_SIGMA, rng)
    return _to_bytes(pixels)


def with_noise(pixels: npt.NDArray[Any], sigma: tuple[float, float], rng: np.random.Generator) -> ByteImage:
    """A picture `(H, W, 3)` of gray levels up to 255 with noise of the sensor or of the film, as bytes.

    Args:
        pixels: the picture.
        sigma: from which to which standard deviation, on [0, 1].
        rng: chooses.
    """
    # the sensor's is another in each channel, the film's the same in all
    shape = (*pixels.shape[:2], 3 if rng.random() < 0.5 else 1)
    return _to_bytes(pixels + rng.normal(0, 255 * rng.uniform(*sigma), shape))


def _to_bytes(pixels: npt.NDArray[np.floating[Any]]) -> ByteImage:
    found: ByteImage = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    return found


def collage(
    picture: ByteImage, draw_other: Callable[[np.random.Generator], ByteImage], rng: np.random.Generator
) -> ByteImage:
    """A good picture with pieces of other good pictures in it, sharply outlined: things that hide others.

    Args:
        picture: `(side, side, 3) uint8`.
        draw_other: gives another good picture; of those smaller than `picture` nothing is taken.
        rng: where pieces and places come from.
    """
    side = picture.shape[0]
    for _ in range(int(rng.integers(_PIECES[0], _PIECES[1] + 1))):
        other = np.rot90(draw_other(rng), int(rng.integers(4)))
        height, width = other.shape[:2]
        if min(height, width) < side:
            continue
        y, x = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
        shape = draw_outline(rng, side, _BAND_WIDTH)[:, :, None]  # (side, side, 1)
        mixed = picture * (1 - shape) + other[y : y + side, x : x + side] * shape
        picture = np.rint(mixed).astype(np.uint8)
    return picture
