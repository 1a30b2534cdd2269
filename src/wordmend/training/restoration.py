"""Training of a restorer: stage 1 and the control on pixels, stage 2 on pixels and words."""

from collections.abc import Callable, Iterator, Sequence
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
from wordmend.restorers.margin import restore_batch
from wordmend.training.batches import workers_for
from wordmend.training.pair_batch import PairBatch
from wordmend.training.pair_batches import pair_batches, sampler_of
from wordmend.training.people import PairAgenda
from wordmend.training.restoration_config import RestorationConfig
from wordmend.training.restorer_loss import RestorerLoss
from wordmend.training.task import Guard, ParameterGroup, Validation
from wordmend.training.transplants import NO_TRANSPLANTS, Transplants
from wordmend.training.variety import Variety
from wordmend.training.visits import Row


class RestorationTask:
    """The task of stage 1, stage 2 and the control.

    Args:
        name: stage1, stage2 or control.
        restorer: what is trained.
        train_pairs: on these.
        validation_pairs: judged on these.
        loss: what restored images are judged by.
        config: batches and validation.
        seed: where order, crops, flips and turns come from.
        first: pairs that come before the others in every pass.
        transplants: whose defects come on other pairs.
        multiple: sides of the restorer's input are multiples of it, px.
    """

    apart: Sequence[ParameterGroup] = ()
    guard: Guard | None = None

    def __init__(
        self,
        name: str,
        restorer: nn.Module,
        train_pairs: PairLibrary,
        validation_pairs: PairLibrary,
        loss: RestorerLoss,
        config: RestorationConfig,
        seed: int,
        first: Sequence[str] = (),
        transplants: Transplants = NO_TRANSPLANTS,
        multiple: int = 1,
    ) -> None:
        self.name = name
        self.module = restorer
        self.train_pairs = train_pairs
        self.loss = loss
        self.config = config
        self.seed = seed
        self.first = first
        self.transplants = transplants
        self.multiple = multiple
        self.restore: Callable[[Tensor], Tensor] = restorer
        ids = validation_pairs.pair_ids[: config.validation_pairs]
        self.validation_pairs = [validation_pairs.read(pair_id) for pair_id in ids]
        self.validation_lq = torch.stack([to_tensor(pair.lq) for pair in self.validation_pairs])
        self.validation_gt = torch.stack([to_tensor(pair.gt) for pair in self.validation_pairs])

    @property
    def visits(self) -> list[Row]:
        """What guided which image in which step, up to now."""
        return self.loss.visits

    def to(self, device: str) -> None:
        """Move restorer, loss and validation pictures."""
        self.module.to(device)
        self.validation_lq = self.validation_lq.to(device)
        self.validation_gt = self.validation_gt.to(device)
        self.loss.to(device)

    def compile(self) -> None:
        """Train with a compiled restorer, and whatever the loss can compile."""
        self.restore = torch.compile(self.module)
        self.loss.compile()

    def batches(self, start: int, rank: int = 0, world_size: int = 1) -> Iterator[PairBatch]:
        """Pairs as they were given, or those in `first` before the others."""
        config, phases, questions = self.config, self.config.phases, self.loss.questions
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
        return self.loss(self.restored(batch.lq), batch)

    def restored(self, lq: Tensor) -> Tensor:
        """The inputs of a batch restored, `(B, C, H, W)` with gradient; not clamped."""
        return restore_batch(self.restore, lq, self.multiple) if self.config.margin else self.restore(lq)

    def state_dict(self) -> dict[str, Any]:
        """The visits up to now."""
        return {"visits": self.visits}

    def merged(self, states: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The visits in the order of their steps, and of their places in them."""
        visits = chain.from_iterable(state["visits"] for state in states)
        return {"visits": sorted(visits, key=itemgetter(0, 1))}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on after these visits."""
        self.loss.visits = list(state["visits"])

    def validate(self) -> Validation:
        """PSNR and SSIM on the fixed validation pairs, and a grid lq | restored | gt of the first."""
        return self.judge(self.restore_validation(self.module))

    def restore_validation(self, network: nn.Module) -> Tensor:
        """The validation pairs' images, restored by a network: `(N, C, H, W)` in [0, 1]."""
        batches = torch.split(self.validation_lq, self.config.batch_size)
        restored = [restore_batch(network, batch, self.multiple).float().clamp(0, 1) for batch in batches]
        return torch.cat(restored)

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
