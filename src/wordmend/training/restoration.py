"""Training of a restorer: stage 1 and the control on pixels, stage 2 on pixels and words."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torchmetrics.functional.image import (
    peak_signal_noise_ratio,
    structural_similarity_index_measure,
)

from wordmend.images.channels import FloatImage
from wordmend.images.grid import picture_grid
from wordmend.pairs.library import PairLibrary
from wordmend.training.losses import PIXEL_LOSSES
from wordmend.training.pair_batches import PairBatch, pair_batches, to_tensor
from wordmend.training.restoration_config import RestorationConfig
from wordmend.training.task import Validation
from wordmend.training.text_guidance import TextGuidance


class RestorationTask:
    """The task of stage 1, stage 2 and the control.

    The loss is `w_pixel · pixel loss + w_text · text loss`; without guidance the text loss is left out.
    Terms: `pixel_loss`, and with guidance `text_loss` and `similarity`.
    """

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
    ) -> None:
        self.name = name
        self.module = restorer
        self.train_pairs = train_pairs
        self.config = config
        self.seed = seed
        self.guidance = guidance
        self.first = first
        self.pixel_loss = PIXEL_LOSSES[config.pixel_loss]
        shown = [validation_pairs.read(p) for p in validation_pairs.pair_ids[: config.validation_pairs]]
        self.validation_lq = torch.stack([to_tensor(pair.lq) for pair in shown])
        self.validation_gt = torch.stack([to_tensor(pair.gt) for pair in shown])

    def to(self, device: str) -> None:
        """Move restorer, judge and validation pictures."""
        self.module.to(device)
        self.validation_lq = self.validation_lq.to(device)
        self.validation_gt = self.validation_gt.to(device)
        if self.guidance is not None:
            self.guidance.to(device)

    def batches(self, start: int) -> Iterator[PairBatch]:
        """Pairs, those in `first` before the others."""
        return pair_batches(
            self.train_pairs,
            self.config.batch_size,
            self.seed,
            start,
            self.first,
            self.config.augment,
            self.config.workers,
        )

    def step(self, batch: PairBatch) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of one batch."""
        restored = self.module(batch.lq)
        pixel_loss = self.pixel_loss(restored, batch.gt).mean()
        loss = self.config.w_pixel * pixel_loss
        terms = {"pixel_loss": pixel_loss.detach()}
        if self.guidance is not None:
            text_loss, similarity = self.guidance(restored, batch)
            loss = loss + self.config.w_text * text_loss
            terms |= {"text_loss": text_loss.detach(), "similarity": similarity.detach()}
        return loss, terms

    def validate(self) -> Validation:
        """PSNR and SSIM on the fixed validation pairs, and a grid lq | restored | gt of the first."""
        lq, gt = self.validation_lq, self.validation_gt
        restored = torch.cat(
            [self.module(batch).float().clamp(0, 1) for batch in torch.split(lq, self.config.batch_size)]
        )
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
