"""Pairs as training batches: cropped, flipped and turned, from memory where they fit."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import tee

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from wordmend.comments.entry import Dimension, Region
from wordmend.degradations.operation import ImageOperation
from wordmend.images.channels import ByteImage, to_bytes, to_float
from wordmend.images.tensors import to_tensor
from wordmend.pairs.library import PairLibrary
from wordmend.training.batches import Agenda, Item, StepSampler, part_of_process, use_one_thread
from wordmend.training.pair_batch import Orientation, PairBatch, window_of
from wordmend.training.pair_pixels import DAMAGE, PairPixels
from wordmend.training.patches import Phase, phase_of
from wordmend.training.pieces import with_pieces
from wordmend.training.transplants import noise_of, with_damage, with_noise
from wordmend.training.variety import Variety, as_clean

CACHE_BYTES = 2 << 30
"""How much memory the pictures of a training may take, in all processes that read them."""

_Sample = tuple[
    Tensor, Tensor, ByteImage | None, str, Orientation, int, ByteImage | None, tuple[Dimension, ...]
]


class PairDataset(Dataset[_Sample]):
    """The pairs of a library by (index, draw, side of the crop in px or None for the whole pair).

    Pictures are kept in memory as bytes once read, up to a limit.

    Args:
        pairs: the library.
        variety: how they are varied.
        cache_bytes: how much memory pictures may take.
    """

    def __init__(
        self, pairs: PairLibrary, variety: Variety | None = None, cache_bytes: int = CACHE_BYTES
    ) -> None:
        self.pairs = pairs
        self.pair_ids = pairs.pair_ids  # the library makes a list of them each time
        self.variety = variety or Variety()
        named = self.variety.transplants.pair_ids
        places = {pair_id: index for index, pair_id in enumerate(self.pair_ids)}
        self.damaged = [
            (places[pair_id], dimension)
            for dimension in DAMAGE
            for pair_id in named.get(dimension, ())
            if pair_id in places
        ]
        self.noises = _noises_of(pairs.select([one for one in named.get("noise", ()) if one in places]))
        self.cache: dict[int, PairPixels] = {}
        self.bytes_left = cache_bytes

    def __len__(self) -> int:
        return len(self.pairs)

    def _pixels(self, index: int) -> PairPixels:
        if index not in self.cache:
            pair = self.pairs.read(self.pair_ids[index])
            pixels = PairPixels(to_bytes(pair.lq), to_bytes(pair.gt), pair.damage)
            self.bytes_left -= pixels.nbytes
            if self.bytes_left < 0:
                return pixels
            self.cache[index] = pixels
        return self.cache[index]

    def _any_pixels(self, rng: np.random.Generator) -> PairPixels:
        return self._pixels(int(rng.integers(len(self))))

    def _with_transplants(self, pair: PairPixels, rng: np.random.Generator) -> PairPixels:
        transplants = self.variety.transplants
        if self.noises and rng.random() < transplants.noise_share:
            pair = with_noise(pair, self.noises[int(rng.integers(len(self.noises)))], rng)
        if self.damaged and rng.random() < transplants.damage_share:
            other, dimension = self.damaged[int(rng.integers(len(self.damaged)))]
            pair = with_damage(pair, self._pixels(other), dimension, turns=int(rng.integers(4)))
        return pair

    def __getitem__(self, item: tuple[int, int, int | None]) -> _Sample:
        index, draw, size = item
        pair, variety = self._pixels(index), self.variety
        rng = np.random.default_rng([index, draw])  # the same in whichever process
        if rng.random() < variety.pieces:
            pair = with_pieces(pair, self._any_pixels, rng)
        # before what comes on others, of which the control has nothing: so both have the same clean pairs
        if variety.clean and rng.random() < variety.clean:
            pair = as_clean(pair)
        else:
            pair = self._with_transplants(pair, rng)
        lq, gt, maps = pair.lq, pair.gt, [pair.damage, pair.pasted]
        if size is not None:
            window = window_of(draw, size, *lq.shape[:2])
            lq, gt = (_cropped(image, window) for image in (lq, gt))
            maps = [None if each is None else _cropped(each, window) for each in maps]
        orientation = Orientation(turns=draw % 4, flip=draw // 4 % 2 == 1)
        if not variety.augment or lq.shape[0] != lq.shape[1]:
            orientation = Orientation(turns=0, flip=False)
        tensors = [to_tensor(orientation.of_image(to_float(image))) for image in (lq, gt)]
        damage, pasted = (
            None if each is None else np.ascontiguousarray(orientation.of_image(each)) for each in maps
        )
        return tensors[0], tensors[1], damage, self.pair_ids[index], orientation, draw, pasted, pair.named


def _noises_of(pairs: PairLibrary) -> list[tuple[ImageOperation, ...]]:
    """The noise of each pair; those without a recipe, or any noise in it, are left out."""
    return [noise for recipe in pairs.table["recipe"].dropna() if (noise := noise_of(recipe))]


def _cropped(image: ByteImage, window: Region) -> ByteImage:
    return image[window.y : window.y + window.height, window.x : window.x + window.width]


def _collate(samples: list[_Sample]) -> PairBatch:
    lq, gt, damage, pair_ids, orientations, draws, pasted, named = zip(*samples, strict=True)
    places = list(range(len(samples)))
    return PairBatch(
        torch.stack(lq),
        torch.stack(gt),
        list(damage),
        list(pair_ids),
        list(orientations),
        list(draws),
        places,
        pasted=pasted,
        named=named,
    )


def pair_batches(
    pairs: PairLibrary,
    items: Iterable[list[Item]],
    variety: Variety | None = None,
    workers: int = 0,
    start: int = 0,
    phases: Sequence[Phase] = (),
    rank: int = 0,
    world_size: int = 1,
) -> Iterator[PairBatch]:
    """Batches of pairs.

    Args:
        pairs: where they come from.
        items: of each batch, the places of its pairs in the library, and numbers that crops, flips and
            turns come from; `sampler_of` gives them.
        variety: how they are varied; None: flipped and turned.
        workers: processes that read ahead; 0: read in this one.
        start: steps before the first batch.
        phases: how large crops are in which steps; empty: whole pairs.
        rank: of the process, which gets its part of every batch.
        world_size: number of processes.
    """
    whole, own = tee(items)
    loader = DataLoader(
        PairDataset(pairs, variety, CACHE_BYTES // max(1, workers)),
        batch_sampler=_with_sizes((_own_part(batch, rank, world_size) for batch in own), phases, start),
        num_workers=workers,
        collate_fn=_collate,
        worker_init_fn=use_one_thread,
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
    items: Iterable[list[Item]], phases: Sequence[Phase], start: int
) -> Iterator[list[tuple[int, int, int | None]]]:
    """The items of each step with the side of their crops."""
    for step, batch in enumerate(items, start):
        size = phase_of(phases, step).size if phases else None
        yield [(index, draw, size) for index, draw in batch]


def sampler_of(
    pairs: PairLibrary,
    batch_size: int | Sequence[Phase],
    seed: int,
    start: int = 0,
    first: Sequence[str] = (),
    agenda: Agenda | None = None,
) -> StepSampler:
    """The sampler of a library: `StepSampler`, in which the pairs called `first` come before the others."""
    index_of = {pair_id: index for index, pair_id in enumerate(pairs.pair_ids)}
    known = [index_of[pair_id] for pair_id in first if pair_id in index_of]
    return StepSampler(len(pairs), batch_size, seed, start, known, agenda)


def last_pair_ids(
    pairs: PairLibrary, batch_size: int | Sequence[Phase], seed: int, steps: int, count: int
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
