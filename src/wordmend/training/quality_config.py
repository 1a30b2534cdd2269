"""Parameters of the training of the quality model, alone and during stage 1."""

from typing import Self

from pydantic import Field, model_validator

from wordmend.comments.measured_config import MeasuredConfig
from wordmend.config import Config
from wordmend.errors import ParameterError
from wordmend.quality.config import QualityModelConfig
from wordmend.training.config import LoopConfig


class ViewConfig(Config):
    """Which quality model is trained, and how it is shown pictures."""

    model: QualityModelConfig = QualityModelConfig()
    """The quality model."""
    picture_size: int = Field(96, ge=32, le=1024)
    """Side at which whole pictures are shown, px: larger ones by a window of it, at their own resolution."""
    window_share: float = Field(0.6, ge=0, le=1)
    """Share of the steps that show windows of the model's image_size (regions) instead of whole pictures."""
    color_jitter: float = Field(0.1, ge=0, le=1)
    """Share of the pictures whose color channels are exchanged, as what is shown doesn't tell its quality.
    Much of it hides what torn paper looks like."""
    saying_share: float = Field(0.5, ge=0, le=1)
    """Share of the comments that come in other words, too, in sayings of the lexicon, so that more is
    understood than their templates."""
    typo_share: float = Field(0.1, ge=0, le=1)
    """Share of the texts that come with a typing error."""
    intensity_jitter: float = Field(0.1, ge=0, lt=1)
    """Largest random change of brightness and contrast of a picture, which is not about its quality."""


class JudgeConfig(Config):
    """The judge: a second quality model, which takes no part in stage 2's loss.

    What is not set here is as for the quality model.
    """

    model: QualityModelConfig = QualityModelConfig(name="wordmend-dct")
    """Another architecture than the quality model's."""
    steps: int = Field(900, gt=0)
    """Optimizer steps."""
    batch_size: int = Field(16, ge=2)
    """Pictures a step."""
    photographs: float = Field(0.5, gt=0, le=1)
    """Share of the train photographs that it learns from, chosen by the seed."""


class QualityTrainingConfig(ViewConfig):
    """Which quality model is trained on what."""

    batch_size: int = Field(32, ge=2)
    """Pictures a step, each with all that was said about it."""
    counterexample_share: float = Field(0.35, ge=0, le=1)
    """Chance that a gt picture is shown degraded in a dimension, the words about it with the other class."""
    grain_share: float = Field(0.6, ge=0, le=1)
    """Share of the other pictures that are shown with noise added, and no words about noise: restored
    pictures are blurred and free of grain, and grain would be taken for sharpness."""
    damage_weight: float = Field(4.0, ge=0)
    """How much it counts, beside the words, to tell where degraded gt pictures are scratched or torn; for our
    own trunks alone."""
    collage_share: float = Field(0.4, ge=0, le=1)
    """Share of the gt pictures that come with pieces of other gt pictures in them."""
    gt_repeats: int = Field(1, ge=1)
    """How often a gt picture comes while every other picture comes once."""
    workers: int | None = Field(None, ge=0)
    """Processes that make batches ahead; 0: none; null: none on a CPU, up to eight beside a GPU. The batches
    are the same."""
    validation_samples: int = Field(120, gt=0)
    """Held-out samples at each validation."""
    judge: JudgeConfig | None = JudgeConfig()
    """Trained beside it, for the guard of stage 2; null: none is."""
    loop: LoopConfig
    """How long and how it trains."""

    @model_validator(mode="after")
    def _the_judge_is_another_model(self) -> Self:
        if self.judge is not None and self.judge.model.name == self.model.name:
            raise ParameterError(
                f"clip_quality: judge.model.name ({self.judge.model.name!r}) is the quality model's, and "
                "what fools one fools the other: name another model, or set judge to null"
            )
        return self


class JointQualityConfig(ViewConfig):
    """The quality model that learns during stage 1, from inputs and restored images.

    Words are measured against `gt` as the images come: 19 ms an image of 96 px, growing with its area.
    """

    every: int = Field(1, gt=0)
    """It learns in one of so many steps, from all images of that step; the others cost it nothing."""
    measured: MeasuredConfig = MeasuredConfig()
    """When a measurement is put into words, and how."""
    learning_rate: float = Field(0.002, gt=0)
    """Highest learning rate; it rises and falls with that of the restorer."""
    weight_decay: float = Field(0.1, ge=0)
    """Weight decay."""
    gradient_clip: float | None = Field(1.0, gt=0)
    """Largest norm of its gradient; null: not clipped."""
