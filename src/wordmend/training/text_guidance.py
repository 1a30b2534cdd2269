"""The text loss of stage 2: how far restored images are from the words that are wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from wordmend.comments.entry import Region
from wordmend.comments.words import TargetText
from wordmend.quality.model import QualityModel
from wordmend.training.pair_batches import PairBatch
from wordmend.training.restoration_config import GuidanceConfig


@dataclass(frozen=True)
class Crop:
    """A window into one image of a batch, with a small change of intensity."""

    image: int
    text: int
    x: int
    y: int
    contrast: float
    brightness: float


class TextGuidance:
    """Target texts as a loss: falls as the similarity of the restored image to its target texts rises.

    The quality model is frozen and in eval mode. Text vectors are computed once, at the start. Crops are
    taken at their own resolution, as downscaling hides blur and noise; a text about a region is judged on a
    crop of the region. Patent 0226-0231; jitter as in FuseDream (2112.01573).

    Args:
        quality_model: the judge; its parameters are frozen here.
        words: target texts by pair id. Pairs without any don't take part.
        config: how crops are taken.
    """

    def __init__(
        self,
        quality_model: QualityModel,
        words: Mapping[str, Sequence[TargetText]],
        config: GuidanceConfig,
    ) -> None:
        self.quality_model = quality_model.eval().requires_grad_(False)
        self.words = words
        self.config = config
        texts = list(dict.fromkeys(target.text for targets in words.values() for target in targets))
        self.index_of = {text: index for index, text in enumerate(texts)}
        with torch.no_grad():
            self.text_vectors = quality_model.encode_texts(texts) if texts else torch.empty(0, 1)

    def to(self, device: str) -> None:
        """Move the judge and the text vectors."""
        self.quality_model.to(device)
        self.text_vectors = self.text_vectors.to(device)

    def __call__(self, restored: Tensor, batch: PairBatch) -> tuple[Tensor, Tensor]:
        """The text loss of a batch.

        Args:
            restored: `(B, C, H, W)`, with gradient.
            batch: the pairs that it was restored from.

        Returns:
            text loss and mean similarity, scalars; both 0 when no image of the batch has words.
        """
        height, width = restored.shape[-2:]
        side = min(self.quality_model.image_size, height, width)
        crops = [
            crop
            for image in range(len(batch.pair_ids))
            for crop in self._crops(batch, image, height, width, side)
        ]
        if not crops:
            return restored.sum() * 0, restored.new_zeros(())
        # (N, C, side, side), N = images with words x texts x copies
        windows = torch.stack(
            [
                (restored[c.image, :, c.y : c.y + side, c.x : c.x + side] - 0.5) * c.contrast
                + 0.5
                + c.brightness
                for c in crops
            ]
        )
        texts = self.text_vectors[torch.tensor([c.text for c in crops], device=restored.device)]
        similarity = self.quality_model.similarity(self.quality_model.encode_images(windows), texts)
        return (1 - similarity).mean(), similarity.mean()

    def _crops(self, batch: PairBatch, image: int, height: int, width: int, side: int) -> list[Crop]:
        targets = self.words.get(batch.pair_ids[image], ())
        if not targets:
            return []
        rng = np.random.default_rng(batch.draws[image])
        count = min(self.config.texts_per_image, len(targets))
        crops = []
        for chosen in rng.choice(len(targets), size=count, replace=False):
            target = targets[int(chosen)]
            region = target.region
            if region is not None:
                region = batch.orientations[image].of_region(region, height, width)
            for _ in range(self.config.copies):
                x, y = self._corner(region, height, width, side, rng)
                jitter = rng.uniform(-self.config.intensity_jitter, self.config.intensity_jitter, 2)
                crops.append(
                    Crop(image, self.index_of[target.text], x, y, 1 + float(jitter[0]), float(jitter[1]))
                )
        return crops

    def _corner(
        self, region: Region | None, height: int, width: int, side: int, rng: np.random.Generator
    ) -> tuple[int, int]:
        """The upper left corner of a crop: anywhere in the image, or about the region with a small shift."""
        if region is None:
            return int(rng.integers(width - side + 1)), int(rng.integers(height - side + 1))

        def along(start: int, extent: int, limit: int) -> int:
            if extent > side:  # the region is larger than the crop: anywhere inside of it
                position = start + int(rng.integers(extent - side + 1))
            else:  # the crop holds the region
                shift = int(rng.integers(-self.config.shift, self.config.shift + 1))
                position = start + (extent - side) // 2 + shift
            return int(np.clip(position, 0, limit - side))

        return along(region.x, region.width, width), along(region.y, region.height, height)
