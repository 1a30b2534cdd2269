"""The text loss of stage 2: how far restored images are from the words that are wanted."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from wordmend.comments.entry import Region
from wordmend.comments.words import TargetText
from wordmend.quality.model import QualityModel
from wordmend.training.pair_batch import PairBatch
from wordmend.training.restoration_config import GuidanceConfig
from wordmend.training.visits import Visit
from wordmend.training.word_source import Found, WordSource

_TEXTS_AT_ONCE = 256
"""Texts that are encoded together: of all at once, the encoder would need memory for each."""


@dataclass(frozen=True)
class Crop:
    """A window into one image of a batch, with a small change of intensity."""

    image: int
    text: str
    x: int
    y: int
    contrast: float
    brightness: float


@dataclass(frozen=True)
class Guidance:
    """How a batch was guided."""

    text_loss: Tensor
    """Scalar with gradient: the mean over the images, where one without words counts as 0."""
    similarity: Tensor
    """Mean similarity, scalar; 0 when no image of the batch has words."""
    visits: list[Visit]
    """What guided each image."""


class TextGuidance:
    """Target texts as a loss: falls as the similarity of the restored image to its target texts rises.

    The quality model is frozen and in eval mode. Text vectors are computed once. Crops are taken at their own
    resolution, as downscaling hides blur and noise; a text about a region is judged on a crop of the region.
    Patent 0226-0231; jitter as in FuseDream (2112.01573).

    Args:
        quality_model: the judge; its parameters are frozen here.
        source: finds the target texts.
        config: how crops are taken.
    """

    def __init__(self, quality_model: QualityModel, source: WordSource, config: GuidanceConfig) -> None:
        self.quality_model = quality_model.eval().requires_grad_(False)
        self._encode_images = self.quality_model.encode_images
        self.source = source
        self.config = config
        self.rows: dict[str, int] = {}
        self.vectors: Tensor | None = None
        if source.texts:
            self._vectors_of(source.texts, torch.device("cpu"))

    def to(self, device: str) -> None:
        """Move the judge and the text vectors."""
        self.quality_model.to(device)
        if self.vectors is not None:
            self.vectors = self.vectors.to(device)

    def compile(self) -> None:
        """Judge with a compiled image encoder."""
        self._encode_images = torch.compile(self.quality_model.encode_images, dynamic=True)

    def __call__(self, restored: Tensor, batch: PairBatch, found: Sequence[Found]) -> Guidance:
        """The text loss of a batch.

        Args:
            restored: `(B, C, H, W)`, with gradient.
            batch: the pairs that it was restored from.
            found: the words for each image.
        """
        height, width = restored.shape[-2:]
        side = min(self.quality_model.image_size, height, width)
        crops: list[Crop] = []
        visits = []
        for image, words in enumerate(found):
            rng = np.random.default_rng(batch.draws[image])
            targets = self._chosen(words.targets, rng)
            crops += self._crops(image, targets, batch, (height, width), side, rng)
            visits.append(
                Visit(batch.pair_ids[image], batch.draws[image], words.words, words.similarity, targets)
            )
        if not crops:
            return Guidance(restored.sum() * 0, restored.new_zeros(()), visits)
        windows = _windows(restored, crops, side)
        texts = self._vectors_of([crop.text for crop in crops], restored.device)
        similarity = self.quality_model.similarity(self._encode_images(windows), texts)
        # an image weighs as much with few texts as with many, in a part of a batch as in the whole of it
        crops_of = Counter(crop.image for crop in crops)
        weights = torch.tensor([1 / crops_of[crop.image] for crop in crops], device=restored.device)
        text_loss = ((1 - similarity) * weights).sum() / len(restored)
        return Guidance(text_loss, similarity.detach().mean(), visits)

    @torch.no_grad()
    def _vectors_of(self, texts: Sequence[str], device: torch.device) -> Tensor:
        """`(N, D)` for N texts, of which each is encoded once."""
        new = [text for text in dict.fromkeys(texts) if text not in self.rows]
        if new:
            parts = [new[start : start + _TEXTS_AT_ONCE] for start in range(0, len(new), _TEXTS_AT_ONCE)]
            vectors = torch.cat([self.quality_model.encode_texts(part) for part in parts]).float()
            self.rows |= {text: len(self.rows) + place for place, text in enumerate(new)}
            self.vectors = vectors if self.vectors is None else torch.cat([self.vectors, vectors])
        assert self.vectors is not None
        return self.vectors[torch.tensor([self.rows[text] for text in texts], device=device)]

    def _chosen(self, targets: Sequence[TargetText], rng: np.random.Generator) -> tuple[TargetText, ...]:
        """Some of the target texts of an image."""
        if not targets:
            return ()
        count = min(self.config.texts_per_image, len(targets))
        return tuple(targets[int(place)] for place in rng.choice(len(targets), size=count, replace=False))

    def _crops(
        self,
        image: int,
        targets: Sequence[TargetText],
        batch: PairBatch,
        size: tuple[int, int],
        side: int,
        rng: np.random.Generator,
    ) -> Iterator[Crop]:
        height, width = size
        for target in targets:
            region = target.region
            if region is not None:
                region = batch.orientations[image].of_region(region, height, width)
            for _ in range(self.config.copies):
                x, y = self._corner(region, height, width, side, rng)
                jitter = rng.uniform(-self.config.intensity_jitter, self.config.intensity_jitter, 2)
                yield Crop(image, target.text, x, y, 1 + float(jitter[0]), float(jitter[1]))

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


def _windows(restored: Tensor, crops: Sequence[Crop], side: int) -> Tensor:
    """The crops of a batch `(B, C, H, W)`: `(N, C, side, side)`, N = images with words x texts x copies."""
    images = restored.unbind()  # the gradient of a crop is as large as its image then, not as the batch
    cut = torch.stack([images[c.image][:, c.y : c.y + side, c.x : c.x + side] for c in crops])
    contrast, brightness = (
        torch.tensor(values, device=cut.device, dtype=cut.dtype).view(-1, 1, 1, 1)
        for values in ([c.contrast for c in crops], [c.brightness for c in crops])
    )
    return (cut - 0.5) * contrast + 0.5 + brightness
