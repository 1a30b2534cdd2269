"""Pictures side by side."""

from collections.abc import Sequence

import numpy as np

from wordmend.images.channels import FloatImage


def picture_grid(rows: Sequence[Sequence[FloatImage]], gap: int = 2) -> FloatImage:
    """Lay pictures out in rows, on white.

    Args:
        rows: pictures `(H, W, C)` in [0, 1], C 1 or 3; cells are as large as the largest picture.
        gap: pixels between cells.

    Returns:
        `(H, W, 3) float32` in [0, 1].
    """
    pictures = [picture for row in rows for picture in row]
    height = max(picture.shape[0] for picture in pictures)
    width = max(picture.shape[1] for picture in pictures)
    columns = max(len(row) for row in rows)
    grid = np.ones((len(rows) * (height + gap) - gap, columns * (width + gap) - gap, 3), dtype=np.float32)
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            y, x = i * (height + gap), j * (width + gap)
            grid[y : y + picture.shape[0], x : x + picture.shape[1]] = np.clip(picture, 0, 1)
    return grid
