"""Where the windows into a picture lie, and how what was found in them is blended over it."""

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

_MAP_SIDE = 96
"""Cells of a map along the longer side, at most."""
_CELLS_A_WINDOW = 4


@dataclass(frozen=True)
class WindowGrid:
    """Windows of one size, evenly spread over a picture in rows and columns."""

    height: int
    """Of the picture, px."""
    width: int
    side: int
    """Of the windows, px."""
    tops: tuple[int, ...]
    """Upper edges of the rows, px."""
    lefts: tuple[int, ...]
    """Left edges of the columns, px."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.tops), len(self.lefts)

    @property
    def corners(self) -> list[tuple[int, int]]:
        """Upper left corners (x, y), row by row."""
        return [(x, y) for y, x in product(self.tops, self.lefts)]

    def blended(self, values: FloatArray) -> FloatArray:
        """A map of the picture: in each cell the mean of the windows about it, the nearer the heavier.

        Args:
            values: of the windows, `(rows, columns)`; those that are NaN don't count.

        Returns:
            `(h, w)`, in proportion to the picture, at most 96 cells along a side; NaN where no window counts.
        """
        cell = max(self.side / _CELLS_A_WINDOW, max(self.height, self.width) / _MAP_SIDE)
        down = _nearness(self.height, self.side, self.tops, cell)  # (h, rows)
        across = _nearness(self.width, self.side, self.lefts, cell)  # (w, columns)
        counted = np.isfinite(values)
        total = down @ counted.astype(np.float32) @ across.T
        found = down @ np.where(counted, values, 0) @ across.T
        return np.where(total > 0, found / np.maximum(total, 1e-12), np.nan).astype(np.float32)

    def assembled(self, values: FloatArray) -> FloatArray:
        """A map of the picture, from maps of the windows: in each cell the mean of the windows over it.

        The nearer a window's middle, the heavier: at its edges it sees less of what is about. Windows lie on
        the map to within half a cell.

        Args:
            values: of the windows, `(rows, columns, h, w)`.

        Returns:
            `(h, w)`: the picture's sides in cells of a window, which are square; NaN where no window is.
        """
        rows, columns = values.shape[2:]
        shape = tuple(max(1, _nearest(extent * rows / self.side)) for extent in (self.height, self.width))
        total = np.zeros((shape[0] + rows, shape[1] + columns), np.float32)  # windows may stand out
        weights = np.zeros_like(total)
        near = np.outer(*(1 - np.abs(np.linspace(-1, 1, n + 2)[1:-1]) for n in (rows, columns)))
        for (x, y), window in zip(self.corners, values.reshape(-1, rows, columns), strict=True):
            down, right = (_nearest(start * rows / self.side) for start in (y, x))
            total[down : down + rows, right : right + columns] += window * near
            weights[down : down + rows, right : right + columns] += near
        inside = np.s_[: shape[0], : shape[1]]
        found = np.where(weights > 0, total / np.maximum(weights, 1e-12), np.nan)[inside]
        return found.astype(np.float32)


def _nearest(number: float) -> int:
    return math.floor(number + 0.5)


def window_grid(height: int, width: int, side: int, overlap: float, most: int) -> WindowGrid:
    """Windows that cover a picture, of which neighbours overlap.

    Where that takes more than `most`, they are spread with less overlap or with gaps between them, in the
    proportions of the picture. A picture smaller than a window has one.

    Args:
        height: of the picture, px.
        width: of the picture, px.
        side: of the windows, px.
        overlap: least share of a window that its neighbour covers, in [0, 1).
        most: windows, 1 or more.
    """
    rows, columns = (
        1 + max(0, math.ceil((extent - side) / (side * (1 - overlap)))) for extent in (height, width)
    )
    if rows * columns > most:
        rows = max(1, int(rows * math.sqrt(most / (rows * columns))))
        columns = min(columns, max(1, most // min(rows, most)))
        rows = min(rows, most)
    return WindowGrid(height, width, side, _starts(height, side, rows), _starts(width, side, columns))


def _starts(extent: int, side: int, count: int) -> tuple[int, ...]:
    room = max(0, extent - side)
    return (room // 2,) if count == 1 else tuple(round(i * room / (count - 1)) for i in range(count))


def _nearness(extent: int, side: int, starts: tuple[int, ...], cell: float) -> FloatArray:
    """How near each window's middle is to each cell's along a side, `(cells, windows)`; falls linearly."""
    cells = max(1, round(extent / cell))
    middles = (np.arange(cells) + 0.5) * extent / cells
    step = (starts[-1] - starts[0]) / max(1, len(starts) - 1)
    reach = max(min(side, extent) / 2, step)  # over gaps, too
    distance = np.abs(middles[:, None] - (np.array(starts) + min(side, extent) / 2))
    near = np.clip(1 - distance / reach, 0, None)
    alone = distance == distance.min(axis=1, keepdims=True)  # near an edge, or in a picture of one window
    return np.where(near.sum(axis=1, keepdims=True) > 0, near, alone).astype(np.float32)
