"""The named loss of stage 2: what words found fault with, where they did, against the ground truth.

Words say which dimension of a picture is at fault and in which region (patent 0135: the region is fed back
and learned more strongly). The pixel loss spreads over all pixels alike, of which a scratch has few; here the
error of a named dimension counts by itself, on the pixels that it is about.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from wordmend.comments.entry import DIMENSIONS, Dimension, Region
from wordmend.comments.words import TargetText
from wordmend.defects.arrays import MISSING_PARTS, SCRATCHES
from wordmend.training.defect_losses import edge_error, noise_error
from wordmend.training.pair_batch import PairBatch
from wordmend.training.restoration_config import NamedWeights
from wordmend.training.word_source import Found


class NamedLoss:
    """Errors of the dimensions that were named, each on its own pixels.

    - `scratches`, `missing_parts`: the mean absolute error on the pixels that were damaged so. Where a pair's
      damage isn't known, on all pixels of the region.
    - `sharpness`: the mean share of edge strength that is lacking or too much, off the damage.
    - `noise`: the mean absolute error of fine detail where `gt` is smooth, off the damage.
    - `other`: the mean absolute error.

    A text about a region counts in it, one about the whole picture everywhere. Only what was said counts: a
    preset names nothing.

    Args:
        weights: of each dimension; those of 0 are left out.
        fade: from which step on the weights fall, and at which they are 0; None: they stay.
    """

    def __init__(self, weights: NamedWeights, fade: tuple[int, int] | None = None) -> None:
        self.fade = fade
        self.weights = {dimension: weight for dimension in DIMENSIONS if (weight := weights.of(dimension))}

    def heard(self, words: Found) -> tuple[TargetText, ...]:
        """The texts that the loss is made of, of those that were found for an image."""
        if words.words != "said":
            return ()
        return tuple(target for target in words.targets if target.dimension in self.weights)

    def __call__(
        self, restored: Tensor, batch: PairBatch, found: Sequence[Found]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The weighted sum over the dimensions, scalar with gradient, and each by `named_<dimension>`.

        A dimension's loss is the mean over the images of the batch, where an image of which it wasn't named
        counts as 0.

        Args:
            restored: `(B, C, H, W)`, with gradient.
            batch: the pairs that it was restored from.
            found: the words for each image.
        """
        heard = [self.heard(words) for words in found]
        total, terms = restored.new_zeros((), dtype=torch.float32), {}
        for dimension, weight in self.weights.items():
            texts = {
                image: said
                for image, of in enumerate(heard)
                if (said := [text for text in of if text.dimension == dimension])
            }
            # an error is a difference of near values: in full precision, also under autocast
            with torch.autocast(restored.device.type, enabled=False):
                loss = self._loss(dimension, texts, restored, batch)
            total = total + weight * loss
            terms[f"named_{dimension}"] = loss.detach()
        return self.strength(batch.step) * total, terms

    def strength(self, step: int) -> float:
        """By how much of its weights it counts in a step, in [0, 1]."""
        if not self.weights:
            return 0.0
        if self.fade is None or step <= self.fade[0]:
            return 1.0
        start, end = self.fade
        return max(0.0, (end - step) / max(1, end - start))

    def _loss(
        self,
        dimension: Dimension,
        texts: Mapping[int, Sequence[TargetText]],
        restored: Tensor,
        batch: PairBatch,
    ) -> Tensor:
        """The loss of one dimension, of the images by their place in the batch that it was named of."""
        if not texts:
            return restored.new_zeros((), dtype=torch.float32)
        images = list(texts)
        size = (restored.shape[-2], restored.shape[-1])
        damage = _damage(batch, images, size).to(restored.device)
        named = _where_named(batch, texts, size).to(restored.device)
        error, pixels = _error(dimension, restored[images].float(), batch.gt[images], damage)
        counted = named & pixels  # (N, H, W)
        means = (error * counted).sum((1, 2)) / counted.sum((1, 2)).clamp(min=1)
        return means.sum() / len(restored)


def _error(dimension: Dimension, restored: Tensor, gt: Tensor, damage: Tensor) -> tuple[Tensor, Tensor]:
    """The error of a dimension, and the pixels that it is about, `(N, H, W)` each.

    `restored` and `gt` are `(N, C, H, W)`, `damage` `(N, H, W)` as in `ImagePair`, -1 where it isn't known.
    """
    if dimension == "sharpness":
        return edge_error(restored, gt), damage <= 0
    if dimension == "noise":
        return noise_error(restored, gt, damage)
    error = (restored - gt).abs().mean(dim=1)
    kinds = {"scratches": SCRATCHES, "missing_parts": MISSING_PARTS}
    if dimension not in kinds:
        return error, torch.ones_like(damage, dtype=torch.bool)
    return error, (damage == kinds[dimension]) | (damage < 0)


def _damage(batch: PairBatch, images: Sequence[int], size: tuple[int, int]) -> Tensor:
    """`(N, H, W) int16`: the damage maps of some images, -1 where it isn't known."""
    unknown = np.full(size, -1, dtype=np.int16)
    maps = [batch.damage[image] for image in images]
    return torch.from_numpy(np.stack([unknown if each is None else each.astype(np.int16) for each in maps]))


def _where_named(
    batch: PairBatch, texts: Mapping[int, Sequence[TargetText]], size: tuple[int, int]
) -> Tensor:
    """`(N, H, W) bool`: the pixels that some text of an image is about."""
    height, width = size
    named = torch.zeros(len(texts), height, width, dtype=torch.bool)
    for mask, (image, of) in zip(named, texts.items(), strict=True):
        for text in of:
            region = Region(0, 0, width, height)
            if text.region is not None:
                region = batch.orientations[image].of_region(text.region, height, width)
            rows = slice(region.y, region.y + region.height)
            mask[rows, region.x : region.x + region.width] = True
    return named
