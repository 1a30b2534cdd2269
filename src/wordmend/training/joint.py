"""Stage 1 with a quality model that learns meanwhile (patent 0034, 0214-0218)."""

from collections.abc import Iterator, Sequence
from typing import Any

from torch import Tensor, nn

from wordmend.training.joint_quality import JointQuality
from wordmend.training.pair_batch import PairBatch
from wordmend.training.restoration import RestorationTask
from wordmend.training.task import Guard, ParameterGroup, Validation


class JointTask:
    """Two models in one training, each fixed while the other is updated.

    The loss is the restorer's plus the quality model's. Neither depends on the other model's weights but by
    restored images that get no gradient, and each model has its own learning rate, decay and clipping: the
    restorer ends as without the quality model, on a CPU bit by bit. Terms: those of the restorer,
    `quality_loss` and `quality_accuracy`, of the batch.

    Args:
        restoration: the restorer's task.
        quality: the quality model's part.
    """

    guard: Guard | None = None

    def __init__(self, restoration: RestorationTask, quality: JointQuality) -> None:
        self.restoration = restoration
        self.quality = quality
        self.name = restoration.name
        self.seed = restoration.seed
        self.module = nn.ModuleDict({"restorer": restoration.module, "quality_model": quality.model})
        learned = [parameter for parameter in quality.model.parameters() if parameter.requires_grad]
        config = quality.config
        self.apart: Sequence[ParameterGroup] = [
            ParameterGroup(
                "quality_gradient_norm",
                learned,
                config.learning_rate,
                config.weight_decay,
                config.gradient_clip,
            )
        ]

    def to(self, device: str) -> None:
        """Move both models and the validation pictures."""
        self.restoration.to(device)
        self.quality.model.to(device)

    def compile(self) -> None:
        """Train with compiled networks."""
        self.restoration.compile()
        self.quality.judge.compile()

    def batches(self, start: int, rank: int = 0, world_size: int = 1) -> Iterator[PairBatch]:
        """The restorer's batches."""
        return self.restoration.batches(start, rank, world_size)

    def step(self, batch: PairBatch) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of one batch."""
        restored = self.restoration.restored(batch.lq)
        loss, terms = self.restoration.loss(restored, batch)
        learned = self.quality.loss(restored.detach(), batch)
        if learned is None:
            return loss, terms
        quality_loss, quality_terms = learned
        return loss + quality_loss, terms | quality_terms

    def state_dict(self) -> dict[str, Any]:
        """The restorer's."""
        return self.restoration.state_dict()

    def merged(self, states: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The restorer's."""
        return self.restoration.merged(states)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.restoration.load_state_dict(state)

    def validate(self) -> Validation:
        """What stage 1 finds, and accuracy and AUC of the quality model on the same held-out pairs."""
        restored = self.restoration.restore_validation(self.restoration.module)
        found = self.restoration.judge(restored)
        scores = self.quality.validate(restored, self.restoration.validation_pairs)
        return Validation(found.metrics | scores, found.pictures)
