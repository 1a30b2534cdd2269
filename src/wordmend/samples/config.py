"""Parameters of the comments pipeline: which images are quality samples, and how they are commented on."""

from pydantic import Field

from wordmend.comments.measured_config import MeasuredConfig
from wordmend.config import Config


class SamplesConfig(Config):
    """The mix of quality samples (M7). Restored images of the pairs trained on last always belong to it."""

    lq: float = Field(1.0, ge=0, le=1)
    """Share of the pairs whose `lq` is a sample."""
    gt: float = Field(1.0, ge=0, le=1)
    """Share of the pairs whose `gt` is a sample."""
    restored: float = Field(1.0, ge=0, le=1)
    """Share of the pairs whose restored image is a sample."""
    new_images_dir: str | None = None
    """A folder of unrelated images for people to comment on; null: none."""


class CommentsConfig(Config):
    """Samples, and the comments that are measured on them."""

    samples: SamplesConfig = SamplesConfig()
    """Which images are commented on."""
    measured: MeasuredConfig = MeasuredConfig()
    """When a measurement is put into words, and how."""
