"""Where in an image a defect is worst."""

from typing import Any

import numpy as np
import numpy.typing as npt

from wordmend.errors import ImageError


def worst_window(values: npt.NDArray[np.floating[Any]], width: int, height: int) -> tuple[int, int, int, int]:
    """The window (x, y, width, height) with the largest sum of a defect map (H, W), the first of equals.

    Raises:
        ImageError: when the window is larger than the map.
    """
    if height > values.shape[0] or width > values.shape[1] or min(width, height) < 1:
        raise ImageError(f"a window of {width} x {height} pixels doesn't fit a map of {values.shape[::-1]}")
    table = np.zeros((values.shape[0] + 1, values.shape[1] + 1))
    table[1:, 1:] = values.astype(np.float64).cumsum(axis=0).cumsum(axis=1)  # summed-area table, Crow 1984
    sums = (
        table[height:, width:] - table[:-height, width:] - table[height:, :-width] + table[:-height, :-width]
    )
    y, x = np.unravel_index(int(sums.argmax()), sums.shape)
    return int(x), int(y), width, height
