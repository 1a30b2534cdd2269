"""Which quality model, and where its weights come from."""

from typing import Self

from pydantic import Field, model_validator

from wordmend.config import Config
from wordmend.errors import ParameterError


class QualityModelConfig(Config):
    """A CLIP model by its open_clip name."""

    name: str = "wordmend-small"
    """An open_clip configuration: wordmend-small (trained from scratch), or for example RN50 or ViT-B-32."""
    pretrained: str | None = None
    """Tag of open_clip's pretrained weights (for example openai), fetched from the hub; null: none."""
    weights: str | None = None
    """A local safetensors file to start from, of a quality model or in open_clip's format, instead of
    `pretrained`; null: none."""
    image_size: int = Field(64, ge=32, le=1024)
    """Side of the windows in which regions are judged, at their own resolution, px."""
    context_length: int = Field(32, ge=8, le=256)
    """Tokens of a text; what is longer is cut off. Pretrained models mostly have 77."""
    initial_scale: float = Field(10.0, gt=0)
    """What the cosine is multiplied by before the sigmoid when training begins; it is learned."""
    initial_bias: float = 0.0
    """What is added to it; learned as well."""

    @model_validator(mode="after")
    def _one_source_of_weights(self) -> Self:
        if self.pretrained is not None and self.weights is not None:
            raise ParameterError(
                f"pretrained ({self.pretrained!r}) and weights ({self.weights!r}) are both given: "
                "set one of them to null"
            )
        return self
