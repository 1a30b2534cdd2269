"""Parameters of the trainings of a restorer: stage 1, and stage 2 with its control."""

from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from wordmend.comments.config import WordsConfig
from wordmend.comments.entry import DIMENSIONS, Dimension
from wordmend.config import Config
from wordmend.errors import ParameterError
from wordmend.training.config import LoopConfig
from wordmend.training.guard_config import GuardConfig
from wordmend.training.patches import PatchPhase, Phase, check_phases, phases_in_steps
from wordmend.training.quality_config import JointQualityConfig


class PairsPart(Config):
    """A part of the training pairs, in an order that the seed shuffles. Parts of two stages may overlap."""

    start: float = Field(0.0, ge=0, le=1)
    """Where the part begins, as a share of the training pairs."""
    end: float = Field(1.0, ge=0, le=1)
    """Where it ends."""

    @model_validator(mode="after")
    def _validate_together(self) -> Self:
        if self.start >= self.end:
            raise ParameterError(f"pairs_part: start ({self.start}) must be below end ({self.end})")
        return self


class DimensionWeights(Config):
    """Weights of dimensions: how much the error of each counts by itself, on its own pixels.

    Each is the weight of a mean over those pixels: of a scratch that covers a hundredth of a picture, each
    pixel gets a hundred times the weight that is set, beside 1 by the pixel loss.
    """

    sharpness: float = Field(0.0, ge=0)
    """Of the share of edge strength that is lacking or too much."""
    noise: float = Field(0.0, ge=0)
    """Of the error of fine detail in smooth parts."""
    scratches: float = Field(0.0, ge=0)
    """Of the error on scratches, dust, cracks and folds."""
    missing_parts: float = Field(0.0, ge=0)
    """Of the error on missing parts."""
    other: float = Field(0.0, ge=0)
    """Of the error wherever words are about something else."""

    @property
    def positive(self) -> dict[Dimension, float]:
        """The weights above 0, by dimension."""
        weights = {dimension: float(getattr(self, dimension)) for dimension in DIMENSIONS}
        return {dimension: weight for dimension, weight in weights.items() if weight}


class RestorationConfig(Config):
    """What both stages share."""

    pixel_loss: Literal["l1", "l2"] = "l1"
    """l1: mean absolute error; l2: mean squared error."""
    w_pixel: float = Field(1.0, gt=0)
    """Weight of the pixel loss."""
    w_unnamed: DimensionWeights = DimensionWeights()
    """Weights of errors of images of which no words named them, as in all of stage 1."""
    w_harm: float = Field(0.0, ge=0)
    """Weight of what is made worse than it was in the input, in cells of 4 x 4 pixels: false alarms."""
    fade_from: float = Field(0.5, ge=0, le=1)
    """Share of the steps after which the weights of errors and harm fade to nothing: what was learned of them
    is brought into line with all the rest; 1: never."""
    pairs_part: PairsPart = PairsPart()
    """Which part of the training pairs is used."""
    batch_size: int = Field(8, gt=0)
    """Pairs a step; where stage 1 has `patches`, pairs that a validation restores at once."""
    augment: bool = True
    """Flip and turn the pairs by quarters."""
    pieces_share: float = Field(0.0, ge=0, le=1)
    """Share of the pairs that come with pieces of other pairs in them, most of them pale: things that are to
    stay, so that not everything pale is taken for missing."""
    clean_share: float = Field(0.0, ge=0, le=1)
    """Share of the pairs whose input is the original itself: good pictures, which are to stay as they are."""
    margin: bool = False
    """Whether pairs get the mirrored margin while it trains that every picture gets when it is restored: what
    touches a border is learned as it will be seen. It takes time, of small crops most."""
    workers: int | None = Field(None, ge=0)
    """Processes that read pairs ahead; 0: none; null: none on a CPU, up to eight beside a GPU. The batches
    are the same."""
    validation_pairs: int = Field(32, gt=0)
    """Validation pairs at each validation."""
    validation_pictures: int = Field(6, gt=0)
    """Rows of the picture grid of a validation."""
    loop: LoopConfig
    """How long and how it trains."""

    @property
    def phases(self) -> Sequence[Phase]:
        """How large crops and batches are in which steps: whole pairs all the time."""
        return [Phase(self.batch_size)]

    @property
    def fade_steps(self) -> tuple[int, int]:
        """The step after which errors and harm fade, and at which they are gone."""
        return round(self.fade_from * self.loop.steps), self.loop.steps


class Stage1Config(RestorationConfig):
    """Stage 1: pixels only."""

    architecture: str = "NAFNet"
    """Restorer network: NAFNet, DRUNet, SCUNet, SwinIR, Uformer or FFTformer."""
    options: dict[str, Any] = Field(default_factory=dict)
    """The network's own settings by its own names (NAFNet: width, middle_blk_num, enc_blk_nums, ...)."""
    weights: str | None = None
    """A safetensors file of the same network to start from; null: fresh weights."""
    patches: list[PatchPhase] = Field(default_factory=list)
    """Random crops of the pairs, by phases of the training with a size of crops and batches each; empty:
    whole pairs. Validation shows whole pairs always."""
    last_pairs: int = Field(40, gt=0)
    """How many of the pairs trained on last become the quality samples that people are asked about first."""
    quality: JointQualityConfig | None = None
    """A quality model that learns meanwhile, from inputs and restored images; null: none does."""

    @model_validator(mode="after")
    def _phases_follow_each_other(self) -> Self:
        check_phases(self.patches)
        return self

    @model_validator(mode="after")
    def _ends_by_what_each_step_has(self) -> Self:
        rare = sorted(name for name in self.loop.end_below if name.startswith("quality_"))
        if rare and self.quality is not None and self.quality.every > 1:
            raise ParameterError(
                f"stage1: end_below names {rare}, which not every step has with quality.every "
                f"{self.quality.every}: set that to 1, or end by pixel_loss"
            )
        return self

    @property
    def phases(self) -> Sequence[Phase]:
        """Those of `patches`, or whole pairs all the time."""
        return phases_in_steps(self.patches, self.loop.steps) or super().phases


class GuidanceConfig(Config):
    """How restored images are shown to the quality model in stage 2."""

    texts_per_image: int = Field(2, gt=0)
    """At most so many target texts of an image a step."""
    copies: int = Field(2, gt=0)
    """Jittered copies of each crop whose text losses are averaged, against fooling the quality model."""
    shift: int = Field(8, ge=0)
    """Largest random shift of a crop, in pixels."""
    intensity_jitter: float = Field(0.03, ge=0, lt=1)
    """Largest random change of brightness and contrast of a crop."""


class Stage2Config(RestorationConfig):
    """Stage 2: pixels and words; and the control, which has the same settings and no words."""

    w_text: float = Field(0.001, ge=0)
    """Weight of the text loss, below `w_pixel`."""
    w_pixel_unnamed: float | None = Field(None, gt=0)
    """Weight of the pixel loss of images of which words named nothing: what nobody finds fault with is to
    stay as it is. null: `w_pixel`, as for the control."""
    gt_unsharp: float = Field(0.0, ge=0, le=3)
    """Strength of the unsharp mask over the ground truth that the pixel loss compares with, where words named
    sharpness: what a restorer isn't sure of is soft otherwise."""
    w_named: DimensionWeights = DimensionWeights()
    """Weights of errors where words named them."""
    damage_share: float = Field(0.0, ge=0, le=1)
    """Share of the pairs on which damage of other pairs comes, of which words named it: scratches and missing
    parts, so that they are seen on more pictures than they were made on. The control's pairs stay without."""
    noise_share: float = Field(0.0, ge=0, le=1)
    """Share of the pairs that get noise of the kind and strength of other pairs of which words named it. The
    control's pairs stay without."""
    words_where: Literal["everywhere", "fault"] = "fault"
    """Where stage 2 is to work, beside its control: where the quality model finds `fault` with what the
    control makes; or `everywhere`. It is judged so, and `restore.words_where` is to be the same."""
    control_share: float = Field(0.0, ge=0, lt=1)
    """Share of the control's weights in the final ones. The mean of two that went on from the same weights
    restores better than either (model soups, 2203.05482): much of what words cost goes, less of what they
    give. Needs the control."""
    control_margin: float | None = Field(None, ge=0)
    """Less of stage 2 is used until the mean PSNR of the validation pictures is at most so much lower than
    the control's, dB, and HaarPSI not lower: how much words cost hangs on the photographs. First where
    sharpness alone is at fault, in quarters; then more of the control is taken in, in tenths. null: all of
    it is used."""
    words: WordsConfig = WordsConfig()
    """Where the target texts come from."""
    guidance: GuidanceConfig = GuidanceConfig()
    """How the quality model looks at restored images."""
    guard: GuardConfig | None = GuardConfig()
    """Compares it with the control at each validation; null: nobody watches."""

    @model_validator(mode="after")
    def _people_are_heard_here(self) -> Self:
        if self.words.live and self.loop.launcher != "local":
            raise ParameterError(
                "stage2: words.live needs loop.launcher: local, as people can only be asked in one process"
            )
        return self

    @model_validator(mode="after")
    def _pixels_lead(self) -> Self:
        if self.w_text >= self.w_pixel:
            raise ParameterError(
                f"stage2: w_text ({self.w_text}) must be below w_pixel ({self.w_pixel}): "
                "a larger text weight fools the quality model instead of mending the picture"
            )
        return self
