"""How far a quality model is from knowing which statements hold of which pictures: what it learns from."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from wordmend.quality.model import QualityModel
from wordmend.training.quality_batches import QualityBatch

_LEAST = 3
"""Pixels of a place that have to be damaged for it to count as damaged."""
_KEPT_TEXTS = 20_000
"""How many texts are kept as tokens, as comments come again and again."""


@dataclass(frozen=True)
class JudgedStatements:
    """What came out of S statements: `(S,)` each."""

    losses: Tensor
    """Binary cross-entropy of the similarity against `conforms`, with gradient."""
    damage_losses: Tensor
    """Binary cross-entropy of where the picture of the statement is damaged, with gradient; 0: not known."""
    right: Tensor
    """1 where a similarity above .5 goes with words that conform, or one below with others; else 0."""


def damage_losses(damage: Tensor | None, batch: QualityBatch) -> Tensor:
    """How far a quality model is from knowing which places of pictures are damaged, `(B,)`.

    Args:
        damage: its logits `(B, len(PLACED_DIMENSIONS), h, w)`; None: it tells nothing of places.
        batch: a place is damaged where `_LEAST` of its pixels are. Of what isn't known nothing is learned.
    """
    if damage is None:
        return torch.zeros_like(batch.damage_known, dtype=batch.images.dtype)
    height, width = damage.shape[2:]
    pixels = batch.images[0, 0].numel() / (height * width)  # of a place
    share = F.adaptive_avg_pool2d(batch.damage.to(damage.dtype), (height, width))
    truth = (share * pixels > _LEAST - 0.5).to(damage.dtype)
    losses = F.binary_cross_entropy_with_logits(damage, truth, reduction="none").mean(dim=(1, 2, 3))
    return losses * batch.damage_known


class StatementJudge:
    """Has a quality model judge statements, words and their opposites in one batch (patent 0181-0187).

    Args:
        model: both encoders of it get gradients.
    """

    def __init__(self, model: QualityModel) -> None:
        self.model = model
        self._tokens: dict[str, Tensor] = {}
        self._encode = model.encode_with_damage

    def compile(self) -> None:
        """Use a compiled image encoder; the text encoder's lengths differ from step to step."""
        self._encode = torch.compile(self.model.encode_with_damage)

    def __call__(self, batch: QualityBatch) -> JudgedStatements:
        """Judge the statements of a batch."""
        images, damage = self._encode(batch.images)
        texts = self.model.encode_tokens(self._tokens_of(batch.texts).to(batch.images.device))
        logits = self.model.logits(images[batch.picture], texts[batch.text])
        losses = F.binary_cross_entropy_with_logits(logits, batch.conforms, reduction="none")
        right = (logits.detach() > 0) == (batch.conforms > 0.5)
        return JudgedStatements(losses, damage_losses(damage, batch)[batch.picture], right.float())

    def _tokens_of(self, texts: list[str]) -> Tensor:
        if len(self._tokens) > _KEPT_TEXTS:
            self._tokens.clear()  # sayings hardly come twice
        new = [text for text in texts if text not in self._tokens]
        if new:
            self._tokens.update(zip(new, self.model.tokenize(new), strict=True))
        return torch.stack([self._tokens[text] for text in texts])
