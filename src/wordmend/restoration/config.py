"""Parameters of the restore pipeline."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from wordmend.config import Config


class RestoreConfig(Config):
    """What is mended, with what, and where the results go."""

    input: str | None = None
    """A picture, or a folder of pictures or film frames (folders in it too)."""
    output: str | None = None
    """Folder for the restored pictures; must not lie in the input folder."""
    weights: Literal["best", "stage1", "control", "stage2"] = "best"
    """Which restorer: of one training, or the best one that there is."""
    tile: Annotated[int, Field(ge=64, le=8192)] = 512
    """Largest side that goes through the restorer at once, px; less needs less memory."""
    overlap: Annotated[int, Field(ge=0)] = 32
    """How far neighbouring tiles overlap and are blended, px; at most half a tile."""
    overwrite: bool = False
    """Whether results that are there already are made anew; otherwise they are kept."""
    device: str = "auto"
    """PyTorch device (`cpu`, `cuda`, `cuda:1`); `auto` is the GPU if there is one."""

    @model_validator(mode="after")
    def _overlap_fits_tile(self) -> "RestoreConfig":
        if self.overlap > self.tile // 2:
            raise ValueError(f"overlap={self.overlap} must be at most half of tile={self.tile}")
        return self
