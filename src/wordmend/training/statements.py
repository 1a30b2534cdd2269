"""How far a quality model is from knowing which statements hold of which pictures: what it learns from."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from wordmend.quality.model import QualityModel
from wordmend.training.quality_batches import QualityBatch

_KEPT_TEXTS = 20_000
"""How many texts are kept as tokens, as comments come again and again."""


@dataclass(frozen=True)
class JudgedStatements:
    """What came out of S statements: `(S,)` each."""

    losses: Tensor
    """Binary cross-entropy of the similarity against `conforms`, with gradient."""
    right: Tensor
    """1 where a similarity above .5 goes with words that conform, or one below with others; else 0."""


class StatementJudge:
    """Has a quality model judge statements, words and their opposites in one batch (patent 0181-0187).

    Args:
        model: both encoders of it get gradients.
    """

    def __init__(self, model: QualityModel) -> None:
        self.model = model
        self._tokens: dict[str, Tensor] = {}
        self._encode_images = model.encode_images

    def compile(self) -> None:
        """Use a compiled image encoder; the text encoder's lengths differ from step to step."""
        self._encode_images = torch.compile(self.model.encode_images)

    def __call__(self, batch: QualityBatch) -> JudgedStatements:
        """Judge the statements of a batch."""
        images = self._encode_images(batch.images)
        texts = self.model.encode_tokens(self._tokens_of(batch.texts).to(batch.images.device))
        logits = self.model.logits(images[batch.picture], texts[batch.text])
        losses = F.binary_cross_entropy_with_logits(logits, batch.conforms, reduction="none")
        right = (logits.detach() > 0) == (batch.conforms > 0.5)
        return JudgedStatements(losses, right.float())

    def _tokens_of(self, texts: list[str]) -> Tensor:
        if len(self._tokens) > _KEPT_TEXTS:
            self._tokens.clear()  # sayings hardly come twice
        new = [text for text in texts if text not in self._tokens]
        if new:
            self._tokens.update(zip(new, self.model.tokenize(new), strict=True))
        return torch.stack([self._tokens[text] for text in texts])
