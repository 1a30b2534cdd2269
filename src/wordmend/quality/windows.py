"""Windows into pictures at their own resolution: around a region, anywhere, or side by side."""

import numpy as np
import torch
from torch import Tensor

from wordmend.comments.entry import Region
from wordmend.images.channels import ByteImage


def region_corner(region: Region, height: int, width: int, side: int) -> tuple[int, int]:
    """The upper left corner (x, y) of the window that has the region in its middle, moved into the picture.

    Of a region larger than the window it is the middle part that is seen.
    """

    def along(start: int, extent: int, limit: int) -> int:
        return min(max(0, start + (extent - side) // 2), max(0, limit - side))

    return along(region.x, region.width, width), along(region.y, region.height, height)


def cut_window(image: ByteImage, x: int, y: int, side: int) -> ByteImage:
    """The window `(side, side, C)` at (x, y); where the picture is smaller, it is filled up by reflection."""
    window = image[y : y + side, x : x + side]
    rows, columns = side - window.shape[0], side - window.shape[1]
    if rows or columns:
        margins = ((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2), (0, 0))
        window = np.pad(window, margins, mode="symmetric")
    return window


def cover_with_windows(images: Tensor, side: int) -> Tensor:
    """As few windows as cover the pictures, evenly spread; a smaller side is filled up by reflection.

    Args:
        images: `(B, C, H, W)`.
        side: of the windows, px.

    Returns:
        `(B, N, C, side, side)`, row by row; differentiable.
    """
    rows = _reflected_indices(images.shape[2], side, images.device)
    columns = _reflected_indices(images.shape[3], side, images.device)
    if len(rows) > images.shape[2] or len(columns) > images.shape[3]:
        images = images[:, :, rows][:, :, :, columns]
    height, width = images.shape[2:]
    return torch.stack(
        [
            images[:, :, y : y + side, x : x + side]
            for y in _starts(height, side)
            for x in _starts(width, side)
        ],
        dim=1,
    )


def _starts(extent: int, side: int) -> list[int]:
    count = -(-extent // side)
    return [round(index * (extent - side) / max(1, count - 1)) for index in range(count)]


def _reflected_indices(extent: int, side: int, device: torch.device) -> Tensor:
    """Indices of a line of `extent` pixels that fill at least `side`: 0 1 2 -> 1 0 0 1 2 2 1."""
    missing = max(0, side - extent)
    positions = torch.arange(-(missing // 2), extent + missing - missing // 2, device=device)
    positions = positions % (2 * extent)
    return torch.where(positions < extent, positions, 2 * extent - 1 - positions)
