"""How far a result is from its input, and where the most."""

import math
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from wordmend.comments.entry import Region
from wordmend.errors import ImageError
from wordmend.images.channels import FloatImage
from wordmend.images.picture import Picture, over_white
from wordmend.progress import progress

_CELL = 32  # px; about, as cells are equally large


@dataclass(frozen=True)
class Difference:
    """Absolute difference of two pictures, as they are seen over white: 0 is none, 1 black against white."""

    height: int
    """Of the pictures, px."""
    width: int
    cells: FloatImage
    """Mean `(rows, columns)` in [0, 1] over cells of about 32 px a side, which cover the picture."""

    @property
    def mean(self) -> float:
        """Over the picture, with six digits."""
        heights = np.diff(_edges(self.height))
        return round(float(np.average(self.cells.mean(axis=1), weights=heights)), 6)

    def largest(self, side: int) -> tuple[Region, float]:
        """Where a square of `side` px, or what the picture has of it, changed most; and its mean, about."""
        window = [min(side // _CELL, count) for count in self.cells.shape]
        means = sliding_window_view(self.cells, window).mean(axis=(2, 3))
        row, column = np.unravel_index(means.argmax(), means.shape)
        width, height = min(side, self.width), min(side, self.height)
        top = min(_edges(self.height)[row], self.height - height)
        left = min(_edges(self.width)[column], self.width - width)
        return Region(left, top, width, height), float(means.max())


def measure_difference(before: Picture, after: Picture) -> Difference:
    """Compare two pictures at their own resolution, in strips, so that only a strip is in memory as floats.

    Raises:
        ImageError: they are not equally large.
    """
    height, width = before.pixels.shape[:2]
    if after.pixels.shape[:2] != (height, width):
        found = f"{after.pixels.shape[1]} x {after.pixels.shape[0]}"
        raise ImageError(f"the input has {width} x {height} pixels, the result {found}")
    rows = []
    for top, bottom in progress(list(pairwise(_edges(height))), "comparing", unit="strip"):
        strip = slice(top, bottom)
        difference = np.abs(over_white(before.part(strip)) - over_white(after.part(strip)))  # (h, W, C)
        cells = (math.ceil(width / _CELL), 1)
        rows.append(cv2.resize(difference.mean(axis=2), cells, interpolation=cv2.INTER_AREA)[0])
    return Difference(height, width, np.stack(rows))


def _edges(length: int) -> list[int]:
    """Edges of the cells, px."""
    count = math.ceil(length / _CELL)
    return [round(place * length / count) for place in range(count + 1)]
