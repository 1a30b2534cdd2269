"""Good pictures made more various, so that the quality model learns what is no defect.

A few photographs show few roofs before a sky and few wires: on others, their like is taken for missing parts
and scratches. And no photograph is free of noise or perfectly sharp, but nobody minds what can't be seen.
"""

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from wordmend.images.channels import ByteImage

BLUR_SIGMA = (0.2, 0.5)
"""px. Of .5, measured comments still praise most pictures' sharpness."""
NOISE_SIGMA = (0.0, 0.01)
"""Standard deviation on [0, 1]. From .02 on it is named."""
_PIECES = (1, 3)
_BANDS_SHARE = 0.3  # of the collages: thin things, as wires and branches are
_BAND_WIDTH = (1.5, 10.0)  # px
_OVERSAMPLING = 4


def imperceptibly_worse(picture: ByteImage, rng: np.random.Generator) -> ByteImage:
    """A good picture `(H, W, 3) uint8`, blurred, noisy, both or neither, and too little to see."""
    pixels: npt.NDArray[np.floating[Any]] = picture.astype(np.float32)
    if rng.random() < 0.5:
        pixels = cv2.GaussianBlur(pixels, (5, 5), rng.uniform(*BLUR_SIGMA))
    if rng.random() < 0.5:
        # of the sensor, channel by channel, or of the film, in all alike
        shape = (*picture.shape[:2], 3 if rng.random() < 0.5 else 1)
        pixels = pixels + rng.normal(0, 255 * rng.uniform(*NOISE_SIGMA), shape)
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
        shape = _shape(rng, side)[:, :, None]  # (side, side, 1)
        mixed = picture * (1 - shape) + other[y : y + side, x : x + side] * shape
        picture = np.rint(mixed).astype(np.uint8)
    return picture


def _shape(rng: np.random.Generator, side: int) -> npt.NDArray[np.float32]:
    """How much each pixel is covered, `(side, side)` in [0, 1]: a half plane, a box, an ellipse or bands."""
    extent = side * _OVERSAMPLING
    covered = np.zeros((extent, extent), np.uint8)
    x, y = rng.uniform(0.1, 0.9, 2) * extent
    angle = float(rng.uniform(0, 180))
    kind = rng.random()
    if kind < (1 - _BANDS_SHARE) / 2:
        reach = 4 * extent
        middle = (
            x + reach / 2 * math.cos(math.radians(angle)),
            y + reach / 2 * math.sin(math.radians(angle)),
        )
        _fill_box(covered, middle, (reach, reach), angle)
    elif kind < 1 - _BANDS_SHARE:
        axes = rng.uniform(0.1, 0.6, 2) * extent
        if rng.random() < 0.5:
            cv2.ellipse(covered, ((x, y), (axes[0], axes[1]), angle), 255, -1)
        else:
            _fill_box(covered, (x, y), (axes[0], axes[1]), angle)
    else:
        width = math.exp(rng.uniform(*np.log(_BAND_WIDTH))) * _OVERSAMPLING
        length = rng.uniform(0.3, 3.0) * extent
        for _ in range(int(rng.integers(1, 4))):
            x, y = rng.uniform(0, 1, 2) * extent
            _fill_box(covered, (x, y), (length, width), angle + float(rng.normal(0, 10)))
    small = np.asarray(cv2.resize(covered, (side, side), interpolation=cv2.INTER_AREA), np.float32)
    return small / np.float32(255)


def _fill_box(
    covered: npt.NDArray[np.uint8], middle: tuple[float, float], size: tuple[float, float], angle: float
) -> None:
    corners = cv2.boxPoints((middle, size, angle))
    cv2.fillPoly(covered, [corners.astype(np.int32)], (255,))
