"""The defect loss: errors of single dimensions, against the ground truth.

The pixel loss spreads over all pixels alike, of which a scratch has few; here the error of a dimension counts
by itself, on the pixels that it is about. Words say which dimension of a picture is at fault and in which
region (patent 0135: the region is fed back and learned more strongly).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from wordmend.comments.entry import Dimension, Region
from wordmend.comments.words import TargetText
from wordmend.images.channels import ByteImage
from wordmend.training.defect_errors import edge_error, harm_error, noise_error
from wordmend.training.pair_batch import PairBatch
from wordmend.training.pair_pixels import DAMAGE
from wordmend.training.restoration_config import DimensionWeights
from wordmend.training.word_source import Found


class DefectLoss:
    """Errors of single dimensions, each on its own pixels.

    - `scratches`, `missing_parts`: the mean absolute error on the pixels that were damaged so, of the whole
      image: a comment points at the worst place, but all damage of the kind is to go. Where a pair's damage
      isn't known, on all pixels of the region.
    - `sharpness`: the mean share of edge strength that is lacking or too much, off the damage.
    - `noise`: the mean absolute error of fine detail where `gt` is smooth, off the damage.
    - `other`: the mean absolute error.

    Otherwise, a text about a region counts in it, one about the whole picture everywhere. Only what was said
    names something: a preset doesn't. What was not named of an image may count on the whole of it, with a
    weight of its own, so that mending what was named does not make it worse. Nor is anything to be painted
    over that was in order: a restorer that is pushed towards damage sees it where there is none.

    Args:
        named: weights of the dimensions where they were named.
        unnamed: weights of the dimensions of images of which they weren't named.
        harm: weight of what is made worse than it was, on every image.
        fade: from which step on the weights fall, and at which they are 0; None: they stay.
    """

    def __init__(
        self,
        named: DimensionWeights,
        unnamed: DimensionWeights | None = None,
        harm: float = 0.0,
        fade: tuple[int, int] | None = None,
    ) -> None:
        self.fade = fade
        self.harm = harm
        self.named = named.positive
        self.unnamed = {} if unnamed is None else unnamed.positive

    def heard(self, words: Found) -> tuple[TargetText, ...]:
        """The texts that the loss is made of, of those that were found for an image."""
        return tuple(target for target in words.said if target.dimension in self.named)

    def __call__(
        self, restored: Tensor, batch: PairBatch, found: Sequence[Found]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The weighted sum over the dimensions, scalar with gradient, and each by `named_<dimension>` and
        `unnamed_<dimension>`; and `harm`.

        Each is the mean over the images of the batch, where an image of which the dimension wasn't named, or
        was, counts as 0.

        Args:
            restored: `(B, C, H, W)`, with gradient.
            batch: the pairs that it was restored from.
            found: the words for each image.
        """
        total, terms = restored.new_zeros((), dtype=torch.float32), {}
        parts = [
            ("named", dimension, weight, _named(dimension, found)) for dimension, weight in self.named.items()
        ]
        parts += [
            ("unnamed", dimension, weight, _unnamed(dimension, found, batch.damage))
            for dimension, weight in self.unnamed.items()
        ]
        for kind, dimension, weight, regions in parts:
            # an error is a difference of near values: in full precision, also under autocast
            with torch.autocast(restored.device.type, enabled=False):
                loss = self._loss(dimension, regions, restored, batch)
            total = total + weight * loss
            terms[f"{kind}_{dimension}"] = loss.detach()
        if self.harm:
            harm = harm_error(restored.float(), batch.lq, batch.gt).mean()
            total, terms["harm"] = total + self.harm * harm, harm.detach()
        return self.strength(batch.step) * total, terms

    def strength(self, step: int) -> float:
        """By how much of its weights it counts in a step, in [0, 1]."""
        if not self.named and not self.unnamed and not self.harm:
            return 0.0
        if self.fade is None or step <= self.fade[0]:
            return 1.0
        start, end = self.fade
        return max(0.0, (end - step) / max(1, end - start))

    def _loss(
        self,
        dimension: Dimension,
        regions: Mapping[int, Sequence[Region | None]],
        restored: Tensor,
        batch: PairBatch,
    ) -> Tensor:
        """The loss of one dimension, in regions of some images by their place in the batch."""
        if not regions:
            return restored.new_zeros((), dtype=torch.float32)
        images = list(regions)
        size = (restored.shape[-2], restored.shape[-1])
        damage = _damage(batch, images, size).to(restored.device)
        inside = _inside(batch, regions, size).to(restored.device)
        error, counted = _error(dimension, restored[images].float(), batch.gt[images], damage, inside)
        means = (error * counted).sum((1, 2)) / counted.sum((1, 2)).clamp(min=1)
        return means.sum() / len(restored)


def _named(dimension: Dimension, found: Sequence[Found]) -> dict[int, list[Region | None]]:
    """The images of which a dimension was named, by their place, and in which regions."""
    regions = {image: words.named_regions(dimension) for image, words in enumerate(found)}
    return {image: of for image, of in regions.items() if of}


def _unnamed(
    dimension: Dimension, found: Sequence[Found], damage: Sequence[ByteImage | None]
) -> dict[int, list[Region | None]]:
    """The other images, each as a whole, but for damage that isn't known."""
    named = _named(dimension, found)
    return {
        image: [None]
        for image, of_image in enumerate(damage)
        if image not in named and not (dimension in DAMAGE and of_image is None)
    }


def _error(
    dimension: Dimension, restored: Tensor, gt: Tensor, damage: Tensor, inside: Tensor
) -> tuple[Tensor, Tensor]:
    """The error of a dimension, and the pixels that count, `(N, H, W)` each.

    `restored` and `gt` are `(N, C, H, W)`, `damage` `(N, H, W)` as in `ImagePair`, -1 where it isn't known;
    `inside` `(N, H, W) bool` is where the dimension is spoken of.
    """
    if dimension == "sharpness":
        return edge_error(restored, gt), inside & (damage <= 0)
    if dimension == "noise":
        error, smooth = noise_error(restored, gt, damage)
        return error, inside & smooth
    error = (restored - gt).abs().mean(dim=1)
    if dimension not in DAMAGE:
        return error, inside
    return error, torch.where(damage < 0, inside, damage == DAMAGE[dimension])


def _damage(batch: PairBatch, images: Sequence[int], size: tuple[int, int]) -> Tensor:
    """`(N, H, W) int16`: the damage maps of some images, -1 where it isn't known."""
    unknown = np.full(size, -1, dtype=np.int16)
    maps = [batch.damage[image] for image in images]
    return torch.from_numpy(np.stack([unknown if each is None else each.astype(np.int16) for each in maps]))


def _inside(
    batch: PairBatch, regions: Mapping[int, Sequence[Region | None]], size: tuple[int, int]
) -> Tensor:
    """`(N, H, W) bool`: the pixels in some region of an image; None is the whole of it."""
    height, width = size
    inside = torch.zeros(len(regions), height, width, dtype=torch.bool)
    for mask, (image, of) in zip(inside, regions.items(), strict=True):
        for region in of:
            placed = Region(0, 0, width, height)
            if region is not None:
                placed = batch.orientations[image].of_region(region, height, width)
            rows = slice(placed.y, placed.y + placed.height)
            mask[rows, placed.x : placed.x + placed.width] = True
    return inside
