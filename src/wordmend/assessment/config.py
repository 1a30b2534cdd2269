"""Parameters of the assess pipeline."""

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import Field, field_validator

from wordmend.comments.entry import Dimension
from wordmend.config import Config


class TextPair(Config):
    """A wanted text and its opposite."""

    wanted: str = Field(min_length=1)
    """What a good picture is ("the image is clear"); never a defect."""
    opposite: str | None = None
    """The same turned round; null: as the quality language turns it."""


DEFAULT_TEXTS: Mapping[Dimension, tuple[TextPair, ...]] = MappingProxyType(
    {
        "sharpness": (
            TextPair(wanted="the image is clear", opposite="the image is not clear"),
            TextPair(wanted="the image is sharp", opposite="the image is blurry"),
        ),
        "noise": (
            TextPair(wanted="the image has no noise", opposite="the image has noise"),
            TextPair(wanted="the image is not noisy", opposite="the image is noisy"),
        ),
        "scratches": (
            TextPair(
                wanted="there are no scratches on the image",
                opposite="there are scratches on the image",
            ),
            TextPair(wanted="the image is not scratched", opposite="the image is scratched"),
        ),
        "missing_parts": (
            TextPair(wanted="no parts of the image are missing", opposite="parts of the image are missing"),
            TextPair(wanted="the image is complete", opposite="the image is not complete"),
        ),
    }
)
"""Those of stage 2's preset, each with a second wording; the opposites are the quality language's."""


class AssessConfig(Config):
    """Which pictures are assessed, how closely, and where the results go."""

    input: str | None = None
    """A picture, or a folder of pictures or film frames (folders in it too)."""
    output: str | None = None
    """Folder for the table, the page and masks."""
    weights: str = "quality"
    """Whose judgement it is: `quality`, the quality model of the last training; `judge` or `stage1_quality`
    beside it; or a folder of another one, with its model.safetensors and config.json."""
    texts: dict[Dimension, tuple[TextPair, ...]] = Field(default_factory=lambda: dict(DEFAULT_TEXTS))
    """What is wanted, by dimension; only the dimensions that stand here are judged. The opposite of the first
    pair is what the table says in words."""
    overlap: float = Field(0.5, ge=0, le=0.9)
    """How much of a window its neighbour covers too, at least, where `max_windows` allows it."""
    max_windows: int = Field(1000, gt=0)
    """Most windows of a picture; where more are needed to cover it, they are spread with gaps between."""
    least_contrast: float = Field(0.02, ge=0, le=0.5)
    """Windows with less contrast tell nothing of sharpness, as a clear sky looks the same sharp and blurred.
    Standard deviation of brightness in [0, 1], of what is larger than 4 px and smaller than half a window."""
    limit: float = Field(0.5, gt=0, lt=1)
    """Scores below it are told in words, of the whole picture or of a ninth of it."""
    masks: bool = False
    """Whether masks are written, by dimension, of where the scores are below `limit`: for `restore.mask`."""
    batch_size: int = Field(64, gt=0)
    """Windows that are judged at once, of one picture or several."""
    thumbnails: int = Field(200, ge=0)
    """Most pictures on the page: the worst ones. The table has all."""
    thumbnail_side: int = Field(256, ge=32, le=1024)
    """Longer side of a thumbnail, px."""
    device: str = "auto"
    """PyTorch device (`cpu`, `cuda`, `cuda:1`); `auto` is the GPU if there is one."""

    @field_validator("texts")
    @classmethod
    def _something_is_wanted(
        cls, texts: dict[Dimension, tuple[TextPair, ...]]
    ) -> dict[Dimension, tuple[TextPair, ...]]:
        empty = [name for name, pairs in texts.items() if not pairs]
        if empty or not texts:
            raise ValueError(
                f"texts has nothing for {', '.join(empty) or 'any dimension'}; give a wanted text"
            )
        return texts
