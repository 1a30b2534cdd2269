"""The loss of a restorer: without words in stage 1 and the control, with them in stage 2."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Protocol

import torch
from torch import Tensor

from wordmend.training.defect_loss import DefectLoss
from wordmend.training.gradient_probe import GradientProbe
from wordmend.training.losses import PIXEL_LOSSES
from wordmend.training.pair_batch import PairBatch
from wordmend.training.people import Questions
from wordmend.training.restoration_config import DimensionWeights, RestorationConfig, Stage2Config
from wordmend.training.sharper_gt import sharper_where_named
from wordmend.training.text_guidance import TextGuidance
from wordmend.training.visits import Row, rows_of, texts_by_source
from wordmend.training.word_source import NOTHING, Found


class RestorerLoss(Protocol):
    """The loss of restored images, and what it takes to find it."""

    visits: list[Row]
    """What guided which image in which step, up to now."""

    @property
    def questions(self) -> Questions | None:
        """What people are asked meanwhile."""

    def to(self, device: str) -> None:
        """Move the networks that it asks."""

    def compile(self) -> None:
        """Ask compiled networks."""

    def __call__(self, restored: Tensor, batch: PairBatch) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of restored images `(B, C, H, W)`, a scalar with gradient, and its terms."""


class UnguidedLoss:
    """`w_pixel · pixel loss + defect loss`, where nothing is named.

    Terms: `pixel_loss`, those of the defect loss.

    Args:
        config: of stage 1, or of stage 2 for its control.
        defects: the defect loss; None: there is none.
    """

    questions = None

    def __init__(self, config: RestorationConfig, defects: DefectLoss | None = None) -> None:
        self.config = config
        self.defects = defects or DefectLoss(DimensionWeights())
        self.pixel_loss = PIXEL_LOSSES[config.pixel_loss]
        self.visits: list[Row] = []

    def to(self, device: str) -> None:
        """There is nothing to move."""

    def compile(self) -> None:
        """There is nothing to compile."""

    def __call__(self, restored: Tensor, batch: PairBatch) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of restored images `(B, C, H, W)`, and its terms."""
        pixel_loss = self.pixel_loss(restored, batch.gt).mean()
        errors, each = self.defects(restored, batch, [NOTHING] * len(restored))
        return self.config.w_pixel * pixel_loss + errors, {"pixel_loss": pixel_loss.detach(), **each}


class GuidedLoss:
    """`w_pixel · pixel loss + factor · (defect loss + w_text · text loss)`.

    Where words named sharpness, the pixel loss compares with a sharper `gt` (`sharper_gt`), and where they
    named nothing it counts with `w_pixel_unnamed`, of which a guard lowers what is above `w_pixel`. Terms:
    `pixel_loss` (the plain mean), those of the defect loss, `text_loss`, `similarity`, how many texts of each
    source an image had, and `gradient/pixel`, `gradient/defects` and `gradient/text`: how strongly each pulls
    at the restored image.

    Args:
        config: of stage 2.
        guidance: finds the words, and makes the text loss of them.
        defects: what becomes of the words beside the text loss; None: nothing.
    """

    def __init__(
        self, config: Stage2Config, guidance: TextGuidance, defects: DefectLoss | None = None
    ) -> None:
        self.config = config
        self.guidance = guidance
        self.defects = defects or DefectLoss(DimensionWeights())
        self.pixel_loss = PIXEL_LOSSES[config.pixel_loss]
        self.factor = 1.0
        """Of the weight of all that words add; a guard lowers it."""
        self.visits: list[Row] = []

    @property
    def questions(self) -> Questions | None:
        """What people are asked meanwhile."""
        return self.guidance.source.questions

    def to(self, device: str) -> None:
        """Move the quality model."""
        self.guidance.to(device)

    def compile(self) -> None:
        """Ask a compiled image encoder."""
        self.guidance.compile()

    def __call__(self, restored: Tensor, batch: PairBatch) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of restored images `(B, C, H, W)`, and its terms."""
        config, probe = self.config, GradientProbe()
        found = self.guidance.source.find(restored, batch)
        gt = sharper_where_named(batch.gt, found, self.factor * config.gt_unsharp)
        pixel_losses = self.pixel_loss(probe.watch("pixel", restored), gt)
        defect_loss, named = self.defects(probe.watch("defects", restored), batch, found)
        with nullcontext() if config.w_text else torch.no_grad():  # a gradient that nothing uses
            guided = self.guidance(probe.watch("text", restored), batch, found)
        visits = [
            replace(visit, texts=self.defects.heard(words) or visit.texts)
            for visit, words in zip(guided.visits, found, strict=True)
        ]
        more = self._more_where_unnamed(pixel_losses, found)
        words_loss = defect_loss + config.w_text * guided.text_loss + more
        loss = config.w_pixel * pixel_losses.mean() + self.factor * words_loss
        terms = {
            "pixel_loss": pixel_losses.detach().mean(),
            **named,
            "text_loss": guided.text_loss.detach(),
            "similarity": guided.similarity,
            **{name: restored.new_tensor(value) for name, value in texts_by_source(visits).items()},
            **probe.norms(loss),
        }
        if batch.share:
            self.visits += rows_of(batch.step, batch.places, visits)
        return loss, terms

    def _more_where_unnamed(self, pixel_losses: Tensor, found: Sequence[Found]) -> Tensor:
        """What is added for the images `(B,)` of which nothing was named, nor of others' defects on them."""
        weight = self.config.w_pixel_unnamed
        if weight is None:
            return pixel_losses.new_zeros(())
        unnamed = torch.tensor([words.names_nothing for words in found], device=pixel_losses.device)
        return (weight - self.config.w_pixel) * (pixel_losses * unnamed).mean()

    def forget_after(self, step: int) -> None:
        """Drop the visits of later steps."""
        self.visits = [row for row in self.visits if int(row[0] or 0) <= step]
