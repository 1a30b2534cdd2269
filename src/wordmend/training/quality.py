"""Training of the quality model on comments (the patent's third training, M10 to M12)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from torch import Tensor

from wordmend.comments.language import QualityLanguage
from wordmend.errors import TrainingError
from wordmend.quality.evaluate import statement_scores
from wordmend.quality.model import QualityModel
from wordmend.quality.samples import QualitySamples
from wordmend.training.quality_batches import QualityBatch, quality_batches
from wordmend.training.quality_config import QualityTrainingConfig
from wordmend.training.statements import StatementJudge
from wordmend.training.task import Guard, ParameterGroup, Validation


class QualityTask:
    """The task of clip_quality, and of the judge.

    The loss is the binary cross-entropy of the similarity of a picture and words against `conforms`, over the
    words and their opposites in one batch; and `damage_weight` times that of where pictures are damaged, with
    the weight of each picture's words. Terms: `accuracy`, of the batch. `uses` counts by comment_id how often
    each comment was learned from.

    Args:
        model: what is trained, both encoders of it.
        samples: samples of the train and the validation split, with their entries.
        config: settings.
        seed: where the batches come from.
        language: has other words for the comments; None: they are learned from as they are.
        name: clip_quality or judge.

    Raises:
        TrainingError: fewer than two commented samples to train on.
    """

    apart: Sequence[ParameterGroup] = ()
    guard: Guard | None = None

    def __init__(
        self,
        model: QualityModel,
        samples: QualitySamples,
        config: QualityTrainingConfig,
        seed: int,
        language: QualityLanguage | None = None,
        name: str = "clip_quality",
    ) -> None:
        self.name = name
        self.module = model
        self.model = model
        self.config = config
        self.seed = seed
        self.language = language
        self.samples = samples.split("train").commented()
        if len(self.samples) < 2:
            raise TrainingError(
                f"{name} needs at least 2 commented samples of the train split, there are "
                f"{len(self.samples)}: run the comments pipeline, or comment on more images"
            )
        self.validation = samples.split("validation").commented().spread(config.validation_samples)
        self.uses: Counter[str] = Counter()
        self.judge = StatementJudge(model)

    def to(self, device: str) -> None:
        """Move the model."""
        self.model.to(device)

    def compile(self) -> None:
        """Train with a compiled image encoder; the text encoder's lengths differ from step to step."""
        self.judge.compile()

    def batches(self, start: int, rank: int = 0, world_size: int = 1) -> Iterator[QualityBatch]:
        """Pictures or windows of them, with the statements that hold of each."""
        for batch in quality_batches(self.samples, self.config, self.seed, start, self.language):
            yield batch.part(rank, world_size)

    def step(self, batch: QualityBatch) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of one batch."""
        judged = self.judge(batch)
        if batch.share:
            self.uses.update(chain.from_iterable(batch.comment_ids))
        loss = (judged.losses + self.config.damage_weight * judged.damage_losses).mean()
        return loss, {"accuracy": judged.right.mean()}

    def state_dict(self) -> dict[str, Any]:
        """Which comments were learned from up to now."""
        return {"uses": dict(self.uses)}

    def merged(self, states: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The counts added up."""
        return {"uses": dict(sum((Counter(state["uses"]) for state in states), Counter()))}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on counting."""
        self.uses = Counter(state["uses"])

    def validate(self) -> Validation:
        """Accuracy and AUC on samples of held-out photographs; nothing when there are none with comments."""
        if not len(self.validation):
            return Validation({})
        return Validation(statement_scores(self.model, self.validation))
