"""Running a restorer over pictures of any size, in overlapping tiles that are blended without seams."""

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from wordmend.errors import ImageError, ParameterError, WeightsError
from wordmend.images.channels import FloatImage, to_channels


def restore_image(
    restorer: nn.Module,
    image: FloatImage,
    *,
    tile: int = 512,
    overlap: int = 32,
    channels: int = 3,
    multiple: int = 16,
    device: torch.device | str = "cpu",
) -> FloatImage:
    """Restore one picture; whole where it fits into a tile, else tile by tile.

    Pictures and tiles are padded by reflection to a multiple that the network can halve. Where tiles overlap,
    one fades into the other along a raised cosine. The network's mode (training or evaluation) is kept.

    Args:
        restorer: maps (1, C, H, W) in [0, 1] to the same shape; is on `device` already.
        image: float32 (H, W, 1 or 3) in [0, 1]; gray is repeated, or RGB made gray, as the restorer needs.
        tile: largest side that goes through the network at once, px; rounded up to `multiple`.
        overlap: of neighbouring tiles, px; at most half of `tile`.
        channels: C of the restorer.
        multiple: sides of the network's input are multiples of it, px.
        device: where the restorer is.

    Returns:
        float32 (H, W, channels), clamped to [0, 1].

    Raises:
        ImageError: `image` is no such picture.
        ParameterError: `tile`, `overlap` and `multiple` contradict each other.
        WeightsError: the network changes the size, or puts out values that are not numbers.
    """
    if image.ndim != 3 or image.shape[2] not in (1, 3) or image.size == 0:
        raise ImageError(f"a picture to restore has shape (H, W, 1 or 3), not {image.shape}")
    if tile < 1 or multiple < 1 or not 0 <= overlap <= tile // 2:
        raise ParameterError(
            f"tile={tile}, overlap={overlap}, multiple={multiple}: none may be negative, "
            "and overlap may be half a tile at most"
        )
    tile = math.ceil(tile / multiple) * multiple
    source = to_channels(image, channels)
    modes = [(module, module.training) for module in restorer.modules()]
    restorer.eval()
    try:
        with torch.inference_mode():
            restore = partial(_restore_whole, restorer, multiple=multiple, device=torch.device(device))
            return _restore_tiles(restore, source, tile, overlap, multiple)
    finally:
        for module, training in modes:  # one by one: parts may be frozen in evaluation mode
            module.training = training


def _restore_tiles(
    restore: Callable[[FloatImage], FloatImage], source: FloatImage, tile: int, overlap: int, multiple: int
) -> FloatImage:
    height, width = source.shape[:2]
    total = np.zeros_like(source)
    weights = np.zeros((height, width, 1), dtype=np.float32)
    for top, bottom in _spans(height, tile, overlap, multiple):
        for left, right in _spans(width, tile, overlap, multiple):
            window = np.s_[top:bottom, left:right]
            restored = restore(source[window])
            fades = _fade(top, bottom, height, overlap), _fade(left, right, width, overlap)
            weight = np.outer(*fades)[..., np.newaxis]  # (h, w, 1)
            total[window] += weight * restored
            weights[window] += weight
    return np.clip(total / weights, 0.0, 1.0)


def _restore_whole(
    restorer: nn.Module, part: FloatImage, *, multiple: int, device: torch.device
) -> FloatImage:
    """Run the network on (H, W, C) at once."""
    height, width, channels = part.shape
    padding = ((0, -height % multiple), (0, -width % multiple), (0, 0))
    padded = np.pad(part, padding, mode="reflect")  # where the picture is smaller, reflected repeatedly
    image = torch.from_numpy(padded).permute(2, 0, 1)[None]  # (1, C, H, W)
    batch = image.contiguous(memory_format=torch.channels_last).to(device)
    output = restorer(batch)
    if output.shape != batch.shape:
        raise WeightsError(
            f"the restorer turns {tuple(batch.shape)} into {tuple(output.shape)}; it must keep the shape: "
            f"take one for restoration at the same size, with {channels} channels"
        )
    restored = output[0].float().permute(1, 2, 0).cpu().numpy()[:height, :width]
    if not np.isfinite(restored).all():
        raise WeightsError(
            "the restorer puts out values that are not numbers; its weights are damaged or diverged"
        )
    return np.asarray(restored, dtype=np.float32)


def _spans(length: int, tile: int, overlap: int, multiple: int) -> Iterator[tuple[int, int]]:
    """Tiles (start, end) of one length that cover `length` evenly and overlap by `overlap` or more."""
    if length <= tile:
        yield 0, length
        return
    count = math.ceil((length - overlap) / (tile - overlap))
    needed = math.ceil((length + (count - 1) * overlap) / count)
    size = min(tile, math.ceil(needed / multiple) * multiple)  # less work than full tiles that overlap more
    for index in range(count):
        start = round(index * (length - size) / (count - 1))
        yield start, start + size


def _fade(start: int, end: int, length: int, overlap: int) -> NDArray[np.float32]:
    """Weights (end - start,) of a tile: 1, falling to almost 0 at ends that another tile covers too."""
    weights = np.ones(end - start, dtype=np.float32)
    if overlap == 0:
        return weights
    ramp = np.sin((np.arange(overlap, dtype=np.float32) + 0.5) * (np.pi / 2 / overlap)) ** 2
    if start > 0:
        weights[:overlap] = ramp
    if end < length:
        weights[-overlap:] = np.minimum(weights[-overlap:], ramp[::-1])
    return weights
