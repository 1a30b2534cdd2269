"""Parameters of measured comments: from which defect on something is said, and how."""

from pydantic import Field, model_validator

from wordmend.config import Config


class Thresholds(Config):
    """From where on one dimension is worth a word, in the unit of its defect."""

    good: float = Field(gt=0)
    """Below it the image is praised. Between here and `defect` nothing is said: eyes differ."""
    defect: float = Field(gt=0)
    """From here on the defect is named."""
    severe: float = Field(gt=0)
    """From here on it is called strong."""

    @model_validator(mode="after")
    def _refuse_wrong_order(self) -> "Thresholds":
        if not self.good <= self.defect < self.severe:
            raise ValueError(
                f"good {self.good}, defect {self.defect}, severe {self.severe} are out of order; "
                "set good <= defect < severe"
            )
        return self


class MeasuredConfig(Config):
    """How defects are put into words.

    The defaults come from photographs with one degradation of known strength each (crops of 128 pixels),
    whose median defects were: sharpness .09 / .24 / .38 / .60 with Gaussian blur of .5 / .8 / 1.2 / 2 pixels;
    noise .010 / .019 / .048 / .095 with white noise of .01 / .02 / .05 / .1; scratches .05 / .19 / .38 with
    white lines at 10 / 40 / 80 % opacity; missing parts .05 / .26 / .52 with a white hole at 10 / 50 / 100 %
    opacity, .03 with a hole filled with the blurred picture.
    """

    sharpness: Thresholds = Thresholds(good=0.08, defect=0.2, severe=0.5)
    """Share of edge strength lost or too much."""
    noise: Thresholds = Thresholds(good=0.008, defect=0.02, severe=0.06)
    """Standard deviation in intensity."""
    scratches: Thresholds = Thresholds(good=0.015, defect=0.04, severe=0.2)
    """Visibility in intensity."""
    missing_parts: Thresholds = Thresholds(good=0.03, defect=0.08, severe=0.25)
    """Error in intensity."""
    reversed_share: float = Field(default=0.25, ge=0, le=1)
    """Share of entries that say the opposite of what was measured, with `conforms` 0 (reverse evaluation)."""
    severity_share: float = Field(default=0.5, ge=0, le=1)
    """Share of the namings of a defect that also say how strong it is."""
    regions: bool = True
    """Whether the worst place is spoken of, where a defect is worse than elsewhere."""
    region_share: float = Field(default=0.4, gt=0, lt=1)
    """Side of a region over that of the image."""
    smallest_region: int = Field(default=32, ge=16)
    """Smallest side of a region in pixels."""
    concentration: float = Field(default=1.5, ge=1)
    """Blur and noise are spoken of as local when a region has so many times the whole image's defect."""
    workers: int | None = Field(default=None, ge=1, le=256)
    """Processes that measure; null for one per core if there is work for them. The words are the same."""
