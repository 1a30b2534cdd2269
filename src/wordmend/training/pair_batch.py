"""A batch of image pairs, and how each pair of it is cropped, flipped and turned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from wordmend.comments.entry import Dimension, Region
from wordmend.images.channels import ByteImage, FloatImage
from wordmend.training.batches import even_parts

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
    `pasted` says where something of other pairs is in them, as maps `(H, W)`, 1 there; None or empty:
    nowhere. `named` are the dimensions of other pairs' defects on them, which words named there; empty: none.
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
    pasted: Sequence[ByteImage | None] = ()
    named: Sequence[tuple[Dimension, ...]] = ()

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
        names = ("lq", "gt", "damage", "pair_ids", "orientations", "draws", "places", "pasted", "named")
        share = self.share * (end - start) / len(self.pair_ids)
        return replace(self, share=share, **{name: getattr(self, name)[start:end] for name in names})

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "PairBatch":
        """The same batch with its images on a device."""
        return replace(
            self,
            lq=self.lq.to(device, non_blocking=non_blocking),
            gt=self.gt.to(device, non_blocking=non_blocking),
        )

    def pin_memory(self) -> "PairBatch":
        """The same batch with its images where a GPU can fetch them; PyTorch's loader asks for it."""
        return replace(self, lq=self.lq.pin_memory(), gt=self.gt.pin_memory())
