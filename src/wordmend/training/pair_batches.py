"""Pairs as training batches: cropped, flipped and turned, from memory where they fit."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import tee
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from wordmend.comments.entry import Region
from wordmend.images.channels import ByteImage, FloatImage, from_bytes, to_bytes
from wordmend.pairs.library import PairLibrary
from wordmend.training.batches import Agenda, Item, StepSampler, even_parts, part_of_process
from wordmend.training.patches import PatchPhase, phase_of

Image = TypeVar("Image", FloatImage, ByteImage)


@dataclass(frozen=True)
class Orientation:
    """One of the eight ways to flip and turn a square image."""

    turns: int
    flip: bool

    def of_image(self, image: Image) -> Image:
        """Turn an image `(H, W, C)` or a map `(H, W)` by `turns` quarters to the left, then mirror it."""
        turned = np.rot90(image, self.turns, axes=(0, 1))
        return turned[:, ::-1] if self.flip else turned

    def undone(self, image: FloatImage) -> FloatImage:
        """The image `(H, W, C)` that `of_image` made this one of."""
        turned = image[:, ::-1] if self.flip else image
        return np.rot90(turned, -self.turns, axes=(0, 1))

    def of_region(self, region: Region, height: int, width: int) -> Region:
        """Where a region of an image of that size comes to lie."""
        x, y, w, h = region.x, region.y, region.width, region.height
        for _ in range(self.turns):
            x, y, w, h = y, width - x - w, h, w
            height, width = width, height
        return Region(x=width - x - w if self.flip else x, y=y, width=w, height=h)


def window_of(draw: int, size: int, height: int, width: int) -> Region:
    """The square crop that a draw stands for, in an image of that height and width; all px."""
    rest, y = divmod(draw // 8, height - size + 1)  # the remainder by 8 says how it is flipped and turned
    return Region(x=rest % (width - size + 1), y=y, width=size, height=size)


@dataclass(frozen=True)
class PairBatch:
    """Pairs of one step, or crops of them: `lq` and `gt` are `(B, C, H, W) float32` in [0, 1].

    `damage` are the damage maps `(H, W)` of `ImagePair`, flipped and turned as the images are. `step` counts
    from 1, `places` are those of the pairs in the whole batch of the step, `share` is how much of it that is.
    """

    lq: Tensor
    gt: Tensor
    damage: list[ByteImage | None]
    pair_ids: list[str]
    orientations: list[Orientation]
    draws: list[int]
    places: list[int]
    step: int = 1
    share: float = 1.0

    @property
    def names(self) -> list[str]:
        """The pair ids."""
        return self.pair_ids

    def split(self, parts: int) -> list["PairBatch"]:
        """At most `parts` parts."""
        if parts == 1:
            return [self]
        return [self._cut(start, end) for start, end in even_parts(len(self.pair_ids), parts)]

    def _cut(self, start: int, end: int) -> "PairBatch":
        names = ("lq", "gt", "damage", "pair_ids", "orientations", "draws", "places")
        share = self.share * (end - start) / len(self.pair_ids)
        return replace(self, share=share, **{name: getattr(self, name)[start:end] for name in names})

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "PairBatch":
        """The same batch with its images on a device."""
        return replace(
            self,
            lq=self.lq.to(device, non_blocking=non_blocking),
            gt=self.gt.to(device, non_blocking=non_blocking),
        )


def to_tensor(image: FloatImage) -> Tensor:
    """`(H, W, C)` in [0, 1] to `(C, H, W) float32`."""
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1), dtype=np.float32))


CACHE_BYTES = 2 << 30
"""How much memory the pictures of a training may take, in all processes that read them."""

_Sample = tuple[Tensor, Tensor, ByteImage | None, str, Orientation, int]


class PairDataset(Dataset[_Sample]):
    """The pairs of a library by (index, draw, side of the crop in px or None for the whole pair).

    Pictures are kept in memory as bytes once read, up to a limit.
    """

    def __init__(self, pairs: PairLibrary, augment: bool, cache_bytes: int = CACHE_BYTES) -> None:
        self.pairs = pairs
        self.pair_ids = pairs.pair_ids  # the library makes a list of them each time
        self.augment = augment
        self.cache: dict[int, tuple[ByteImage, ByteImage, ByteImage | None]] = {}
        self.bytes_left = cache_bytes

    def __len__(self) -> int:
        return len(self.pairs)

    def _images(self, index: int) -> tuple[ByteImage, ByteImage, ByteImage | None]:
        if index not in self.cache:
            pair = self.pairs.read(self.pair_ids[index])
            images = (to_bytes(pair.lq), to_bytes(pair.gt), pair.damage)
            self.bytes_left -= sum(image.nbytes for image in images if image is not None)
            if self.bytes_left < 0:
                return images
            self.cache[index] = images
        return self.cache[index]

    def __getitem__(self, item: tuple[int, int, int | None]) -> _Sample:
        index, draw, size = item
        lq, gt, damage = self._images(index)
        if size is not None:
            window = window_of(draw, size, *lq.shape[:2])
            lq, gt = (_cropped(image, window) for image in (lq, gt))
            damage = None if damage is None else _cropped(damage, window)
        orientation = Orientation(turns=draw % 4, flip=draw // 4 % 2 == 1)
        if not self.augment or lq.shape[0] != lq.shape[1]:
            orientation = Orientation(turns=0, flip=False)
        tensors = [to_tensor(orientation.of_image(from_bytes(image))) for image in (lq, gt)]
        if damage is not None:
            damage = np.ascontiguousarray(orientation.of_image(damage))
        return tensors[0], tensors[1], damage, self.pair_ids[index], orientation, draw


def _cropped(image: ByteImage, window: Region) -> ByteImage:
    return image[window.y : window.y + window.height, window.x : window.x + window.width]


def _collate(samples: list[_Sample]) -> PairBatch:
    lq, gt, damage, pair_ids, orientations, draws = zip(*samples, strict=True)
    places = list(range(len(samples)))
    return PairBatch(
        torch.stack(lq),
        torch.stack(gt),
        list(damage),
        list(pair_ids),
        list(orientations),
        list(draws),
        places,
    )


def pair_batches(
    pairs: PairLibrary,
    items: Iterable[list[Item]],
    augment: bool = True,
    workers: int = 0,
    start: int = 0,
    phases: Sequence[PatchPhase] = (),
    rank: int = 0,
    world_size: int = 1,
) -> Iterator[PairBatch]:
    """Batches of pairs.

    Args:
        pairs: where they come from.
        items: of each batch, the places of its pairs in the library, and numbers that crops, flips and
            turns come from; `sampler_of` gives them.
        augment: flip and turn.
        workers: processes that read ahead; 0: read in this one.
        start: steps before the first batch.
        phases: how large crops are in which steps; empty: whole pairs.
        rank: of the process, which gets its part of every batch.
        world_size: number of processes.
    """
    whole, own = tee(items)
    loader = DataLoader(
        PairDataset(pairs, augment, CACHE_BYTES // max(1, workers)),
        batch_sampler=_with_sizes((_own_part(batch, rank, world_size) for batch in own), phases, start),
        num_workers=workers,
        collate_fn=_collate,
        pin_memory=torch.cuda.is_available(),
        generator=torch.Generator(),  # nothing is drawn from it; without, it takes from the global one
    )
    for step, (batch, of) in enumerate(zip(loader, whole, strict=False), start + 1):
        first, last, share = part_of_process(len(of), rank, world_size)
        yield replace(batch, step=step, places=list(range(first, last)), share=share)


def _own_part(items: list[Item], rank: int, world_size: int) -> list[Item]:
    first, last, _ = part_of_process(len(items), rank, world_size)
    return items[first:last]


def _with_sizes(
    items: Iterable[list[Item]], phases: Sequence[PatchPhase], start: int
) -> Iterator[list[tuple[int, int, int | None]]]:
    """The items of each step with the side of their crops."""
    for step, batch in enumerate(items, start):
        size = phase_of(phases, step).size if phases else None
        yield [(index, draw, size) for index, draw in batch]


def sampler_of(
    pairs: PairLibrary,
    batch_size: int | Sequence[PatchPhase],
    seed: int,
    start: int = 0,
    first: Sequence[str] = (),
    agenda: Agenda | None = None,
) -> StepSampler:
    """The sampler of a library, in which the pairs called `first` come before the others in every pass."""
    index_of = {pair_id: index for index, pair_id in enumerate(pairs.pair_ids)}
    known = [index_of[pair_id] for pair_id in first if pair_id in index_of]
    return StepSampler(len(pairs), batch_size, seed, start, known, agenda)


def last_pair_ids(
    pairs: PairLibrary, batch_size: int | Sequence[PatchPhase], seed: int, steps: int, count: int
) -> list[str]:
    """The pairs that a training of `steps` steps saw last, the latest first, at most `count` of them."""
    sampler, pair_ids = sampler_of(pairs, batch_size, seed), pairs.pair_ids
    found: dict[str, None] = {}
    for step in reversed(range(steps)):
        for index, _ in reversed(sampler.batch(step)):
            found.setdefault(pair_ids[index])
        if len(found) >= min(count, len(pairs)):
            break
    return list(found)[:count]
