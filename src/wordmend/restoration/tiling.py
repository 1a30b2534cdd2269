"""Running a restorer over pictures of any size, in overlapping tiles that are blended without seams."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from wordmend.errors import ImageError, ParameterError, WeightsError
from wordmend.images.channels import FloatImage, Pixels, to_channels, to_float


def restore_image(
    restorer: nn.Module,
    image: FloatImage,
    *,
    tile: int = 1024,
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
    bands = restore_bands(
        restorer, image, tile=tile, overlap=overlap, channels=channels, multiple=multiple, device=device
    )
    return np.concatenate(list(bands))


def restore_bands(
    restorer: nn.Module,
    image: FloatImage | Pixels,
    *,
    tile: int,
    overlap: int,
    channels: int,
    multiple: int,
    device: torch.device | str,
) -> Iterator[FloatImage]:
    """Restore like `restore_image`, in bands from the top down, so that none of it is in memory as a whole.

    Args:
        restorer: as there, and the others.
        image: (H, W, 1 or 3), float32 in [0, 1] or whole numbers of 8 or 16 bits.
        tile: largest side that goes through the network at once, px.
        overlap: of neighbouring tiles, px.
        channels: C of the restorer.
        multiple: of sides of the network's input, px.
        device: where the restorer is.

    Yields:
        float32 (h, W, channels), clamped to [0, 1]; together as high as the picture.

    Raises:
        WordmendError: as there.
    """
    if image.ndim != 3 or image.shape[2] not in (1, 3) or image.size == 0:
        raise ImageError(f"a picture to restore has shape (H, W, 1 or 3), not {image.shape}")
    if tile < 1 or multiple < 1 or not 0 <= overlap <= tile // 2:
        raise ParameterError(
            f"tile={tile}, overlap={overlap}, multiple={multiple}: none may be negative, "
            "and overlap may be half a tile at most"
        )
    tile = math.ceil(tile / multiple) * multiple
    restore = partial(
        _restore_whole, restorer, channels=channels, multiple=multiple, device=torch.device(device)
    )
    with _evaluating(restorer):
        yield from _blended_bands(restore, image, channels, tile, overlap, multiple)


@contextmanager
def _evaluating(restorer: nn.Module) -> Iterator[None]:
    modes = [(module, module.training) for module in restorer.modules()]
    restorer.eval()
    try:
        yield
    finally:
        for module, training in modes:  # one by one: parts may be frozen in evaluation mode
            module.training = training


def _blended_bands(
    restore: Callable[[FloatImage | Pixels], FloatImage],
    source: FloatImage | Pixels,
    channels: int,
    tile: int,
    overlap: int,
    multiple: int,
) -> Iterator[FloatImage]:
    height, width = source.shape[:2]
    rows, columns = (list(_spans(length, tile, overlap, multiple)) for length in (height, width))
    down, across = _weights(rows, height, overlap), _weights(columns, width, overlap)
    begun: FloatImage = np.zeros((0, width, channels), dtype=np.float32)  # by the tiles above
    ends = [top for top, _ in rows[1:]] + [height]
    for (top, bottom), fade_down, end in zip(rows, down, ends, strict=True):
        band = np.zeros((bottom - top, width, channels), dtype=np.float32)
        band[: len(begun)] = begun
        for (left, right), fade_across in zip(columns, across, strict=True):
            weight = np.outer(fade_down, fade_across)[..., np.newaxis]  # (h, w, 1)
            band[:, left:right] += weight * restore(source[top:bottom, left:right])
        begun = band[end - top :]
        yield np.clip(band[: end - top], 0.0, 1.0)


@torch.inference_mode()
def _restore_whole(
    restorer: nn.Module, part: FloatImage | Pixels, *, channels: int, multiple: int, device: torch.device
) -> FloatImage:
    """Run the network on (H, W, 1 or 3) at once: (H, W, channels)."""
    height, width = part.shape[:2]
    source = to_channels(_floats(part), channels)
    padding = ((0, -height % multiple), (0, -width % multiple), (0, 0))
    padded = np.pad(source, padding, mode="reflect")  # where the picture is smaller, reflected repeatedly
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


def _floats(part: FloatImage | Pixels) -> FloatImage:
    return np.asarray(part, np.float32) if part.dtype == np.float32 else to_float(cast(Pixels, part))


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


def _weights(spans: Sequence[tuple[int, int]], length: int, overlap: int) -> list[NDArray[np.float32]]:
    """Weights (end - start,) of each tile along one side; of all that cover a place the sum is 1."""
    fades = [_fade(start, end, length, overlap) for start, end in spans]
    total = np.zeros(length, dtype=np.float32)
    for (start, end), fade in zip(spans, fades, strict=True):
        total[start:end] += fade
    return [fade / total[start:end] for (start, end), fade in zip(spans, fades, strict=True)]


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
