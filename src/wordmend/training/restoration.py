"""Training of a restorer: stage 1 and the control on pixels, stage 2 on pixels and words."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import chain
from operator import itemgetter
from typing import Any

import torch
from torch import Tensor, nn
from torchmetrics.functional.image import (
    peak_signal_noise_ratio,
    structural_similarity_index_measure,
)

from wordmend.images.channels import FloatImage
from wordmend.images.grid import picture_grid
from wordmend.images.tensors import to_tensor
from wordmend.pairs.library import PairLibrary
from wordmend.training.batches import workers_for
from wordmend.training.defect_loss import DefectLoss
from wordmend.training.gradient_probe import GradientProbe
from wordmend.training.losses import PIXEL_LOSSES
from wordmend.training.pair_batch import PairBatch
from wordmend.training.pair_batches import pair_batches, sampler_of
from wordmend.training.people import PairAgenda
from wordmend.training.restoration_config import DimensionWeights, RestorationConfig
from wordmend.training.sharper_gt import sharper_where_named
from wordmend.training.task import Guard, ParameterGroup, Validation
from wordmend.training.text_guidance import TextGuidance
from wordmend.training.transplants import NO_TRANSPLANTS, Transplants
from wordmend.training.variety import Variety
from wordmend.training.visits import Row, rows_of, texts_by_source
from wordmend.training.word_source import NOTHING


class RestorationTask:
    """The task of stage 1, stage 2 and the control.

    The loss is `w_pixel · pixel loss + words_factor · (defect loss + w_text · text loss)`, where the factor
    is 1 unless a guard lowers it; without guidance there is no text loss, and nothing is named. Where words
    named sharpness, the pixel loss compares with a sharper `gt` (`sharper_gt`). Terms:
    `pixel_loss`, those of the defect loss, and with guidance `text_loss`, `similarity`, how many texts of
    each source an image had, and `gradient/pixel`, `gradient/defects` and `gradient/text`: how strongly each
    pulls at the restored image.

    Args:
        name: stage1, stage2 or control.
        restorer: what is trained.
        train_pairs: on these.
        validation_pairs: judged on these.
        config: losses and batches.
        seed: where order, crops, flips and turns come from.
        guidance: finds the words, and makes the text loss of them.
        first: pairs that come before the others in every pass.
        defect_loss: what becomes of the words beside the text loss; None: nothing.
        transplants: whose defects come on other pairs.
    """

    apart: Sequence[ParameterGroup] = ()
    guard: Guard | None = None

    def __init__(
        self,
        name: str,
        restorer: nn.Module,
        train_pairs: PairLibrary,
        validation_pairs: PairLibrary,
        config: RestorationConfig,
        seed: int,
        guidance: TextGuidance | None = None,
        first: Sequence[str] = (),
        defect_loss: DefectLoss | None = None,
        transplants: Transplants = NO_TRANSPLANTS,
    ) -> None:
        self.name = name
        self.module = restorer
        self.train_pairs = train_pairs
        self.config = config
        self.seed = seed
        self.guidance = guidance
        self.first = first
        self.defect_loss = defect_loss or DefectLoss(DimensionWeights())
        self.transplants = transplants
        self.visits: list[Row] = []
        self.words_factor = 1.0
        self.restore: Callable[[Tensor], Tensor] = restorer
        self.pixel_loss = PIXEL_LOSSES[config.pixel_loss]
        ids = validation_pairs.pair_ids[: config.validation_pairs]
        self.validation_pairs = [validation_pairs.read(pair_id) for pair_id in ids]
        self.validation_lq = torch.stack([to_tensor(pair.lq) for pair in self.validation_pairs])
        self.validation_gt = torch.stack([to_tensor(pair.gt) for pair in self.validation_pairs])

    def to(self, device: str) -> None:
        """Move restorer, judge and validation pictures."""
        self.module.to(device)
        self.validation_lq = self.validation_lq.to(device)
        self.validation_gt = self.validation_gt.to(device)
        if self.guidance is not None:
            self.guidance.to(device)

    def compile(self) -> None:
        """Train with a compiled restorer, and a compiled image encoder of the judge."""
        self.restore = torch.compile(self.module)
        if self.guidance is not None:
            self.guidance.compile()

    def batches(self, start: int, rank: int = 0, world_size: int = 1) -> Iterator[PairBatch]:
        """Pairs as they were given, or those in `first` before the others."""
        config, phases = self.config, self.config.phases
        questions = None if self.guidance is None else self.guidance.source.questions
        agenda = None if questions is None else PairAgenda(self.train_pairs.pair_ids, questions)
        sampler = sampler_of(self.train_pairs, phases, self.seed, start, self.first, agenda)
        return pair_batches(
            self.train_pairs,
            sampler,
            Variety(config.augment, config.pieces_share, self.transplants, config.clean_share),
            workers_for(config.workers, config.loop),
            start,
            phases,
            rank,
            world_size,
        )

    def step(self, batch: PairBatch) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of one batch."""
        return self.loss(self.restore(batch.lq), batch)

    def loss(self, restored: Tensor, batch: PairBatch) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of restored images `(B, C, H, W)`, and its terms."""
        if self.guidance is None:
            pixel_loss = self.pixel_loss(restored, batch.gt).mean()
            errors, each = self.defect_loss(restored, batch, [NOTHING] * len(restored))
            return self.config.w_pixel * pixel_loss + errors, {"pixel_loss": pixel_loss.detach(), **each}
        probe = GradientProbe()
        found = self.guidance.source.find(restored, batch)
        sharper = sharper_where_named(batch.gt, found, self.words_factor * self.config.gt_unsharp)
        pixel_loss = self.pixel_loss(probe.watch("pixel", restored), sharper).mean()
        defect_loss, named = self.defect_loss(probe.watch("defects", restored), batch, found)
        with nullcontext() if self.config.w_text else torch.no_grad():  # a gradient that nothing uses
            guided = self.guidance(probe.watch("text", restored), batch, found)
        visits = [
            replace(visit, texts=self.defect_loss.heard(words) or visit.texts)
            for visit, words in zip(guided.visits, found, strict=True)
        ]
        words_loss = defect_loss + self.config.w_text * guided.text_loss
        loss = self.config.w_pixel * pixel_loss + self.words_factor * words_loss
        terms = {
            "pixel_loss": pixel_loss.detach(),
            **named,
            "text_loss": guided.text_loss.detach(),
            "similarity": guided.similarity,
            **{name: restored.new_tensor(value) for name, value in texts_by_source(visits).items()},
            **probe.norms(loss),
        }
        if batch.share:
            self.visits += rows_of(batch.step, batch.places, visits)
        return loss, terms

    def state_dict(self) -> dict[str, Any]:
        """The visits up to now."""
        return {"visits": self.visits}

    def merged(self, states: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The visits in the order of their steps, and of their places in them."""
        visits = chain.from_iterable(state["visits"] for state in states)
        return {"visits": sorted(visits, key=itemgetter(0, 1))}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on after these visits."""
        self.visits = list(state["visits"])

    def forget_after(self, step: int) -> None:
        """Drop the visits of later steps."""
        self.visits = [row for row in self.visits if int(row[0] or 0) <= step]

    def validate(self) -> Validation:
        """PSNR and SSIM on the fixed validation pairs, and a grid lq | restored | gt of the first."""
        return self.judge(self.restore_validation(self.module))

    def restore_validation(self, network: nn.Module) -> Tensor:
        """The validation pairs' images, restored by a network: `(N, C, H, W)` in [0, 1]."""
        batches = torch.split(self.validation_lq, self.config.batch_size)
        return torch.cat([network(batch).float().clamp(0, 1) for batch in batches])

    def judge(self, restored: Tensor) -> Validation:
        """What `validate` finds of the validation pairs' restored images."""
        lq, gt = self.validation_lq, self.validation_gt
        psnr = peak_signal_noise_ratio(
            restored, gt, data_range=1.0, reduction="elementwise_mean", dim=(1, 2, 3)
        )
        ssim = structural_similarity_index_measure(restored, gt, data_range=1.0)
        assert isinstance(ssim, Tensor)
        rows = min(len(lq), self.config.validation_pictures)
        grid = picture_grid([[_picture(image[row]) for image in (lq, restored, gt)] for row in range(rows)])
        return Validation({"psnr": float(psnr), "ssim": float(ssim)}, {"lq_restored_gt": grid})


def _picture(image: Tensor) -> FloatImage:
    return image.permute(1, 2, 0).cpu().numpy()
