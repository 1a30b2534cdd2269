"""How often and how strongly the print is damaged. Sizes are fractions of the image's short side."""

from typing import Annotated

from pydantic import model_validator

from wordmend.config import Config
from wordmend.degradations.ranges import FloatRange, IntegerRange, Probability, Share, SharesConfig, within


class ScratchConfig(Config):
    """Scratches, dust, cracks and folds on the print: one kind or several on a damaged image."""

    probability: Probability = 0.4
    """How many of the images have any of them."""
    scratches_probability: Probability = 0.5
    """How many of the damaged images are scratched."""
    dust_probability: Probability = 0.45
    """How many of the damaged images have dust and lint on them."""
    crack_probability: Probability = 0.3
    """How many of the damaged images have a crack."""
    fold_probability: Probability = 0.2
    """How many of the damaged images have been folded."""
    dark_probability: Probability = 0.25
    """How often a damage is dark instead of light."""
    opacity: Annotated[FloatRange, within(0.1, 1.0)] = (0.55, 1.0)
    """How much of the picture a damage covers where it is strongest."""
    scratch_count: Annotated[IntegerRange, within(1, 1000)] = (1, 6)
    """Scratches on a scratched image."""
    scratch_length: Annotated[FloatRange, within(0.01, 5.0)] = (0.2, 1.1)
    """Length of the longest scratch, fraction of the short side."""
    scratch_width: Annotated[FloatRange, within(0.0, 0.2)] = (0.002, 0.01)
    """Width of a scratch, fraction of the short side, and never below 1 px."""
    dust_count: Annotated[IntegerRange, within(1, 10000)] = (10, 80)
    """Specks on a dusty image."""
    dust_size: Annotated[FloatRange, within(0.0, 0.2)] = (0.0015, 0.007)
    """Typical radius of a speck, fraction of the short side, and never below 0.6 px."""
    crack_width: Annotated[FloatRange, within(0.0, 0.2)] = (0.005, 0.018)
    """Width of a crack or fold, fraction of the short side, and never below 1 px."""
    whole_picture_probability: Probability = 0.5
    """How many of the cracks run through the whole picture."""
    flaking: Annotated[FloatRange, within(0.0, 1.0)] = (0.0, 0.8)
    """How much emulsion is torn off along cracks and folds, 0 (none) to 1."""

    def kinds(self) -> dict[str, float]:
        """Kind -> how many of the damaged images have it."""
        return {
            "scratches": self.scratches_probability,
            "dust": self.dust_probability,
            "crack": self.crack_probability,
            "fold": self.fold_probability,
        }

    @model_validator(mode="after")
    def _some_kind(self) -> "ScratchConfig":
        if self.probability and not any(self.kinds().values()):
            raise ValueError(
                f"probability is above 0, but those of {', '.join(self.kinds())} are all 0:"
                " raise one of them, or set probability to 0"
            )
        return self


class MissingConfig(SharesConfig):
    """Missing parts: of free form, filled with what lies behind the print."""

    probability: Probability = 0.14
    """How many of the images have parts missing."""
    count: Annotated[IntegerRange, within(1, 100)] = (1, 2)
    """Missing parts on such an image."""
    blob_share: Share = 0.3
    """Relative frequency of holes of free form."""
    corner_share: Share = 0.3
    """Relative frequency of lost corners."""
    edge_share: Share = 0.12
    """Relative frequency of a lost edge."""
    border_share: Share = 0.06
    """Relative frequency of borders worn off all around."""
    tear_share: Share = 0.1
    """Relative frequency of tears from an edge inwards."""
    peeled_share: Share = 0.15
    """Relative frequency of emulsion peeled off in islands."""
    stain_share: Share = 0.12
    """Relative frequency of stains that hide the picture."""
    size: Annotated[FloatRange, within(0.0, 1.0)] = (0.06, 0.26)
    """Reach of a missing part (radius, leg of a corner, length of a tear), fraction of the short side."""
    roughness: Annotated[FloatRange, within(0.0, 1.0)] = (0.06, 0.25)
    """How far the outline strays from a smooth one, fraction of the size."""
