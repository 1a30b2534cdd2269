"""Parameters of the pair_synthesis pipeline."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from wordmend.config import Config
from wordmend.degradations.config import DegradationConfig
from wordmend.degradations.ranges import FloatRange, Probability, within

# Restorers halve the size up to three times (NAFNet's default encoder).
SIZE_MULTIPLE = 8


class PrintTonesConfig(Config):
    """How often photographs are given the tones of old prints, and how strong these are."""

    monochrome_probability: Probability = 0.3
    """How many of the pairs of an RGB set are black and white."""
    warm_probability: Probability = 0.5
    """How many of those are on warm paper; the others have three equal channels."""
    warmth: Annotated[FloatRange, within(0.0, 1.0)] = (0.05, 0.35)
    """How much blue warm paper lacks; of green a third of it."""
    exposure_probability: Probability = 0.5
    """How many of the pairs are lighter or darker than their photographs."""
    exposure: Annotated[FloatRange, within(-5.0, 5.0)] = (-1.0, 1.5)
    """By how many stops."""
    contrast_probability: Probability = 0.5
    """How many of the pairs are on harder or softer paper than their photographs."""
    contrast: Annotated[FloatRange, within(0.1, 10.0)] = (0.8, 3.0)
    """How many times the contrast."""


class PairSynthesisConfig(Config):
    """How image pairs are made from photographs and from real pairs."""

    size: Annotated[int, Field(ge=32, le=4096, multiple_of=SIZE_MULTIPLE)] = 96
    """Side of the square `lq` and `gt`, px; a multiple of 8."""
    pairs: Annotated[int, Field(ge=1)] = 800
    """How many pairs are synthesised, spread evenly over the photographs; real pairs come on top."""
    test_pairs: Annotated[int, Field(ge=1)] | None = None
    """How many of the photographs of the test, spread evenly over them, whatever the others give; null: as
    many each as those. More of them measure more surely."""
    sample_photo_pairs: Annotated[int, Field(ge=0)] = 0
    """How many pairs of the sample photographs, spread evenly over them, come beside those of a folder of
    your own, all of them to train on: more kinds of things are seen, and fewer taken for damage; 0: none."""
    channels: Literal["rgb", "gray"] = "rgb"
    """Whether images have three channels or one."""
    print_tones: PrintTonesConfig = PrintTonesConfig()
    """How many of the pairs have the tones of old prints, in `gt` as well."""
    validation_share: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.15
    """Share of the photographs whose pairs are for validation; one photograph at least."""
    test_share: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.15
    """Share of the photographs whose pairs are for the test; one photograph at least."""
    min_texture: Annotated[float, Field(ge=0.0, le=0.5)] = 0.012
    """Smallest mean gradient of brightness in a crop, on [0, 1] per px; flatter crops are drawn anew."""
    max_downscale: Annotated[float, Field(ge=1.0, le=64.0)] = 4.0
    """Photographs are made smaller by a random factor up to this one, so that crops show something."""
    degradations: DegradationConfig = DegradationConfig()
    """What is done to the photographs."""
    real_pairs_dir: str | None = None
    """Folder with `lq/` and `gt/` that hold pictures of equal names; null for none."""
    real_crops: Annotated[int, Field(ge=1)] = 40
    """How many crops of `size` are taken from one real pair at most."""
    preview_pairs: Annotated[int, Field(ge=1, le=400)] = 24
    """How many pairs the contact sheet shows."""
    workers: Annotated[int, Field(ge=1, le=256)] | None = None
    """Processes that make pairs; null for one per core if there is work for them. The pairs are the same."""

    @property
    def channel_count(self) -> Literal[1, 3]:
        """3 for RGB, 1 for gray."""
        return 3 if self.channels == "rgb" else 1

    @model_validator(mode="after")
    def _something_left_to_train_on(self) -> "PairSynthesisConfig":
        if self.validation_share + self.test_share >= 1.0:
            raise ValueError(
                f"validation_share={self.validation_share} and test_share={self.test_share} leave no "
                "photograph to train on: their sum must be below 1"
            )
        return self
