"""Drawing thin things with soft edges: paths, and a canvas finer than the picture."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from wordmend.degradations.operation import Plane

Path = npt.NDArray[np.float64]
"""`(N, 2)`: x and y of points along a line, px."""


class Canvas:
    """A mask drawn at a multiple of the picture's size and averaged down, so that its edges are soft.

    Small pictures get more lines a pixel than large ones: there a line is about as wide as a pixel.
    """

    def __init__(self, height: int, width: int) -> None:
        self._size = (width, height)
        self._scale = min(4, max(2, math.ceil(1024 / min(height, width))))
        self._mask = np.zeros((height * self._scale, width * self._scale), dtype=np.uint8)

    def stroke(self, path: Path, widths: Plane, opacities: Plane) -> None:
        """Draw a line along `path`; `widths` (px) and `opacities` (in [0, 1]) are `(N,)`, one a point."""
        points = self._fine(path)
        thickness = np.maximum(np.rint(widths * self._scale), 1).astype(int).tolist()
        values = np.rint(opacities * 255).astype(int).tolist()
        for start, end, thick, value in zip(points, points[1:], thickness, values, strict=False):
            if value:
                cv2.line(self._mask, start, end, value, thick)

    def polygon(self, path: Path, opacity: float) -> None:
        """Fill the outline `path` with `opacity` in [0, 1]."""
        cv2.fillPoly(self._mask, [np.array(self._fine(path), dtype=np.int32)], round(opacity * 255))

    def coverage(self) -> Plane:
        """What was drawn, `(H, W)` in [0, 1]."""
        mask = cv2.resize(self._mask, self._size, interpolation=cv2.INTER_AREA)
        return np.asarray(mask, dtype=np.float32) / np.float32(255)

    def _fine(self, path: Path) -> list[list[int]]:
        points: list[list[int]] = np.rint(path * self._scale).astype(int).tolist()
        return points


def curved_path(
    rng: np.random.Generator,
    start: tuple[float, float],
    *,
    angle: float,
    length: float,
    bend: float,
    points: int,
) -> Path:
    """A line that bends a little and trembles, as a hand or a grain of sand draws it.

    Args:
        rng: where the random numbers come from.
        start: x and y of the first point, px.
        angle: first direction, radians.
        length: of the line, px.
        bend: standard deviation of the change of direction over the whole length, radians.
        points: how many.
    """
    steps = points - 1
    turning = rng.normal(0.0, bend) * np.linspace(0.0, 1.0, steps)
    trembling = 0.35 * bend * np.cumsum(rng.normal(0.0, 1.0 / math.sqrt(steps), steps))
    heading = angle + turning + trembling
    moves = np.stack([np.cos(heading), np.sin(heading)], axis=1) * (length / steps)
    return np.vstack([np.asarray(start), np.asarray(start) + np.cumsum(moves, axis=0)])


def jagged_path(
    rng: np.random.Generator,
    start: tuple[float, float],
    end: tuple[float, float],
    roughness: float,
    levels: int = 6,
) -> Path:
    """A broken line from `start` to `end` by midpoint displacement, `2 ** levels + 1` points.

    `roughness` is the standard deviation of the first displacement as a fraction of the distance; each level
    displaces by 0.55 of the one before.
    """
    along = np.asarray(end, dtype=np.float64) - np.asarray(start, dtype=np.float64)
    offsets = np.zeros(2)
    scale = roughness
    for _ in range(levels):
        middle = (offsets[:-1] + offsets[1:]) / 2 + rng.normal(0.0, scale, len(offsets) - 1)
        finer = np.empty(2 * len(offsets) - 1)
        finer[::2], finer[1::2] = offsets, middle
        offsets, scale = finer, scale * 0.55
    across = np.array([-along[1], along[0]])
    t = np.linspace(0.0, 1.0, len(offsets))
    path: Path = np.asarray(start) + t[:, None] * along + offsets[:, None] * across
    return path
