"""Parameters of the words that guide stage 2."""

from pydantic import Field, model_validator

from wordmend.comments.entry import DIMENSIONS, Dimension
from wordmend.config import Config


class PresetText(Config):
    """A text for what is wanted of every picture."""

    text: str = Field(min_length=1)
    """What is wanted ("the image is clear"); never a defect."""
    dimension: Dimension
    """What the text is about."""


DEFAULT_PRESET = (
    PresetText(text="the image is clear", dimension="sharpness"),
    PresetText(text="the image has no noise", dimension="noise"),
    PresetText(text="there are no scratches on the image", dimension="scratches"),
    PresetText(text="no parts of the image are missing", dimension="missing_parts"),
)


class WordsConfig(Config):
    """Where the target texts of stage 2 come from."""

    use_preset: bool = True
    """Whether the preset stands in for pairs that nobody commented on; without it they have no text loss."""
    preset: tuple[PresetText, ...] = DEFAULT_PRESET
    """Texts for pairs without comments."""
    dimensions: tuple[Dimension, ...] = DIMENSIONS
    """Only texts about these guide."""
    reuse_similarity: float = Field(0.9, ge=0, le=1)
    """Comments guide only while the restored image is at least so similar (SSIM) to the one commented on."""
    live: bool = False
    """Ask people in Label Studio, while stage 2 trains, about restored images that nobody commented on."""
    countdown: float = Field(30.0, gt=0)
    """With live: seconds from showing a picture to the preset standing in for an answer."""
    live_tasks: int = Field(5, gt=0)
    """With live: tasks that may wait for an answer; other pairs are asked about when one is answered."""

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> "WordsConfig":
        if not self.dimensions:
            raise ValueError("dimensions is empty, so no text would guide; name at least one")
        if self.use_preset and not self.preset:
            raise ValueError("use_preset is true but preset is empty; give texts or set use_preset to false")
        return self
