"""Outlines of things that stand before others in a picture."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from wordmend.images.channels import ByteImage

_BANDS_SHARE = 0.3  # thin things, as wires and branches are
_OVERSAMPLING = 4


def draw_outline(
    rng: np.random.Generator, side: int, band_width: tuple[float, float]
) -> npt.NDArray[np.float32]:
    """How much each pixel is covered, `(side, side)` in [0, 1]: a half plane, a box, an ellipse or bands.

    Args:
        rng: draws it.
        side: of the picture, px.
        band_width: narrowest and widest band, px.
    """
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
        width = math.exp(rng.uniform(*np.log(band_width))) * _OVERSAMPLING
        length = rng.uniform(0.3, 3.0) * extent
        for _ in range(int(rng.integers(1, 4))):
            x, y = rng.uniform(0, 1, 2) * extent
            _fill_box(covered, (x, y), (length, width), angle + float(rng.normal(0, 10)))
    small = np.asarray(cv2.resize(covered, (side, side), interpolation=cv2.INTER_AREA), np.float32)
    return small / np.float32(255)


def _fill_box(
    covered: ByteImage, middle: tuple[float, float], size: tuple[float, float], angle: float
) -> None:
    corners = cv2.boxPoints((middle, size, angle))
    cv2.fillPoly(covered, [corners.astype(np.int32)], (255,))
