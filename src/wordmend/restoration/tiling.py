"""Running a restorer over pictures of any size, in overlapping tiles that are blended without seams."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from wordmend.errors import ImageError, ParameterError, WeightsError
from wordmend.images.channels import FloatImage, Pixels
from wordmend.images.tensors import from_pixels, luma_of, mirrored
from wordmend.restorers.margin import MARGIN


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

    Pictures get a mirrored margin (`wordmend.restorers.margin`), and what fits into a tile as much more of it
    as makes it a multiple that the network can halve. Where tiles overlap, one fades into the other along a
    raised cosine. The network's mode (training or evaluation) is kept.

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
    return torch.cat([restored.cpu() for _, restored in bands]).numpy()


def restore_bands(
    restorer: nn.Module,
    image: FloatImage | Pixels,
    *,
    tile: int,
    overlap: int,
    channels: int,
    multiple: int,
    device: torch.device | str,
) -> Iterator[tuple[Tensor, Tensor]]:
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
        What rows were, (h, W, 1 or 3), and what has become of them, (h, W, channels) clamped to [0, 1]; both
        float32 on the device. All together are as high as the picture.

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
    with _evaluating(restorer):
        yield from _blended_bands(
            partial(_restore_tile, restorer),
            image,
            channels,
            tile,
            overlap,
            multiple,
            torch.device(device),
        )


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
    restore: Callable[[Tensor], Tensor],
    source: FloatImage | Pixels,
    channels: int,
    tile: int,
    overlap: int,
    multiple: int,
    device: torch.device,
) -> Iterator[tuple[Tensor, Tensor]]:
    height, width = source.shape[:2]
    # all places below are those of a line with its margins, which tells the place in the picture of each
    row_of, column_of = (_line(length, tile, multiple, device) for length in (height, width))
    rows, columns = (list(_spans(len(line), tile, overlap, multiple)) for line in (row_of, column_of))
    down, across = (
        [torch.from_numpy(weights).to(device) for weights in _weights(spans, len(line), overlap)]
        for spans, line in ((rows, row_of), (columns, column_of))
    )
    begun = torch.zeros(0, len(column_of), channels, device=device)  # by the tiles above
    ends = [top for top, _ in rows[1:]] + [len(row_of)]
    for (top, bottom), fade_down, end in zip(rows, down, ends, strict=True):
        given = from_pixels(_rows(source, row_of[top:bottom]), device)
        taken = _with_channels(given, channels)
        band = torch.zeros(bottom - top, len(column_of), channels, device=device)
        band[: len(begun)] = begun
        for (left, right), fade_across in zip(columns, across, strict=True):
            weight = torch.outer(fade_down, fade_across)[..., None]  # (h, w, 1)
            band[:, left:right] += weight * restore(taken[:, column_of[left:right]])
        done, begun = band[: end - top], band[end - top :]
        if not done.isfinite().all():
            raise WeightsError(
                "the restorer puts out values that are not numbers; its weights are damaged or diverged"
            )
        inside = slice(max(MARGIN - top, 0), max(min(end, MARGIN + height) - top, 0))
        yield given[inside], done[inside, MARGIN : MARGIN + width].clamp(0, 1)


def _line(length: int, tile: int, multiple: int, device: torch.device) -> Tensor:
    """The places of a side of a picture with its margins; as a multiple where it goes through at once."""
    whole = mirrored(length, multiple, device, MARGIN)
    return whole if len(whole) <= tile else mirrored(length, 1, device, MARGIN)


def _rows(source: FloatImage | Pixels, places: Tensor) -> FloatImage | Pixels:
    """Rows of a picture by their places; a view where they follow each other."""
    first, count = int(places[0]), len(places)
    if torch.equal(places, torch.arange(first, first + count, device=places.device)):
        return source[first : first + count]
    found: FloatImage | Pixels = source[places.cpu().numpy()]
    return found


@torch.inference_mode()
def _restore_tile(restorer: nn.Module, part: Tensor) -> Tensor:
    """Run the network on (H, W, C) at once: the same shape."""
    batch = part.permute(2, 0, 1)[None].contiguous(memory_format=torch.channels_last)  # (1, C, H, W)
    output: Tensor = restorer(batch)
    if output.shape != batch.shape:
        raise WeightsError(
            f"the restorer turns {tuple(batch.shape)} into {tuple(output.shape)}; it must keep the shape: "
            f"take one for restoration at the same size, with {part.shape[2]} channels"
        )
    return output[0].float().permute(1, 2, 0)


def _with_channels(image: Tensor, channels: int) -> Tensor:
    """An image (H, W, 1 or 3) with 1 or 3 channels: gray is repeated, RGB becomes luma."""
    return luma_of(image) if channels == 1 else image.expand(-1, -1, channels)


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
