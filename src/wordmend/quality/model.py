"""The quality model: CLIP, and how near pictures and words about their quality are."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wordmend.errors import ImageError, LanguageError
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.map_trunk import MapTrunk
from wordmend.quality.towers import build_clip, encode_clip_tokens, pixel_statistics, takes_any_size
from wordmend.quality.windows import cover_with_windows

MIN_SIDE = 16
"""Smallest side of a picture, px: the image tower halves it four times."""


class QualityModel(nn.Module):
    """Image encoder, text encoder and a similarity in [0, 1].

    CLIP (2103.00020) with the sigmoid, learned scale and learned bias of SigLIP (2303.15343). Pictures are
    judged at their own resolution, as downscaling hides blur and noise. A convolutional tower takes them at
    any size; for a tower of fixed size they are covered by windows of `image_size`, whose vectors are
    averaged.

    Args:
        config: which CLIP model and at what size.
        load_pretrained: fetch the weights that `config.pretrained` names.
    """

    def __init__(self, config: QualityModelConfig, load_pretrained: bool = True) -> None:
        super().__init__()
        self.config = config
        clip, self.tokenizer = build_clip(config, load_pretrained)
        self.clip: Any = clip
        # CLIP's own scale is for its contrastive loss (near 100) and takes no part here
        for name in ("logit_scale", "logit_bias"):
            parameter = getattr(self.clip, name, None)
            if parameter is not None:
                parameter.requires_grad_(False)
        self.any_size = takes_any_size(self.clip)
        self.log_scale = nn.Parameter(torch.tensor(math.log(config.initial_scale)))
        self.bias = nn.Parameter(torch.tensor(config.initial_bias))
        mean, std = pixel_statistics(self.clip)
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("std", std, persistent=False)
        # on CPUs, convolutions are half as fast again in this order
        self.clip.visual.to(memory_format=torch.channels_last)

    @property
    def image_size(self) -> int:
        """Side of the windows in which regions are judged, px."""
        return self.config.image_size

    def encode_images(self, images: Tensor) -> Tensor:
        """Pictures to vectors.

        Args:
            images: `(B, 3 or 1, H, W)` in [0, 1], at their own resolution; sides of 16 and more.

        Returns:
            `(B, D)`, unit vectors; differentiable with respect to `images`.

        Raises:
            ImageError: another number of dimensions or channels, or too small.
        """
        return self.encode_with_damage(images)[0]

    def encode_with_damage(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """`encode_images`, and on the way whether places are damaged, of which our own trunks tell.

        Returns:
            The vectors, and logits that a place is damaged, `(B, len(PLACED_DIMENSIONS), h, w)`; None from
            another trunk.
        """
        if images.ndim != 4 or images.shape[1] not in (1, 3) or min(images.shape[2:]) < MIN_SIDE:
            raise ImageError(
                f"the quality model takes images (B, 3 or 1, H, W) with sides of {MIN_SIDE} and more, "
                f"not {tuple(images.shape)}"
            )
        assert isinstance(self.mean, Tensor) and isinstance(self.std, Tensor)
        pixels = (images.expand(-1, 3, -1, -1) - self.mean) / self.std
        if isinstance(trunk := getattr(self.clip.visual, "trunk", None), MapTrunk):
            features, damage = trunk.features_and_damage(pixels)
            return F.normalize(self.clip.visual.head(features), dim=-1), damage
        if self.any_size:
            return F.normalize(self._encode(pixels), dim=-1), None
        windows = cover_with_windows(pixels, self.image_size)  # (B, N, 3, side, side)
        vectors = F.normalize(self._encode(windows.flatten(0, 1)), dim=-1)
        return F.normalize(vectors.reshape(*windows.shape[:2], -1).mean(dim=1), dim=-1), None

    def _encode(self, pixels: Tensor) -> Tensor:
        vectors: Tensor = self.clip.encode_image(pixels.contiguous(memory_format=torch.channels_last))
        return vectors

    def tokenize(self, texts: Sequence[str]) -> Tensor:
        """Texts to tokens `(B, context_length) int64`, on the CPU; what is too long is cut off."""
        if not texts:
            raise LanguageError("there are no texts to tokenize: give at least one")
        return self.tokenizer(list(texts))

    def encode_tokens(self, tokens: Tensor) -> Tensor:
        """Tokens `(B, context_length)` to unit vectors `(B, D)`."""
        return F.normalize(encode_clip_tokens(self.clip, tokens), dim=-1)

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        """Texts to unit vectors `(B, D)`, on the model's device.

        Raises:
            LanguageError: no texts.
        """
        return self.encode_tokens(self.tokenize(texts).to(self.bias.device))

    def logits(self, image_vectors: Tensor, text_vectors: Tensor) -> Tensor:
        """`scale * cosine + bias` of vectors `(..., D)` pair by pair, `(...)`."""
        cosine = (image_vectors * text_vectors).sum(dim=-1)
        return self.log_scale.exp() * cosine + self.bias

    def similarity(self, image_vectors: Tensor, text_vectors: Tensor) -> Tensor:
        """How well words describe pictures, `(...)` in [0, 1]: the sigmoid of the logits, pair by pair."""
        return self.logits(image_vectors, text_vectors).sigmoid()

    def forward(self, images: Tensor, texts: Sequence[str]) -> Tensor:
        """The similarity `(B,)` of each picture `(B, 3 or 1, H, W)` to the text at its place."""
        return self.similarity(self.encode_images(images), self.encode_texts(texts))
