"""Parameters of the restore pipeline."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from wordmend.config import Config


class RestoreConfig(Config):
    """What is mended, with what, and where the results go."""

    input: str | None = None
    """A picture or a video, or a folder of pictures, film frames and videos (folders in it too)."""
    output: str | None = None
    """Folder for the restored pictures; must not lie in the input folder."""
    weights: str = "champion"
    """Which restorer: the `champion` of the registry (where there is none: `best`); the `best` of those that
    lie here, or one training's (`stage1`, `control`, `stage2`); a folder or a safetensors file; or a model in
    MLflow: `runs:/<run id>/stage2`, `models:/wordmend-restorer/3`, `models:/wordmend-restorer@<alias>`."""
    words: Annotated[float, Field(ge=0, le=1)] = 1.0
    """How much of what words did to stage 2: its weights (1), its control's (0), or between the two; other
    weights have no words in them."""
    words_where: Literal["everywhere", "fault"] = "fault"
    """Where stage 2 works: where the quality model finds `fault` with what its control makes, and the control
    elsewhere, so that what is good is left alone; or `everywhere`, in a third of the time."""
    strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    """How much of the restoration: 0 gives the input, 1 the restored picture."""
    least_change: Annotated[float, Field(ge=0, le=16)] = 2.0
    """Smaller changes of a pixel are not made, in levels of 255, so that what is good already stays as it is;
    from twice as much on they are made in full. 0: all are made."""
    grain: Annotated[float, Field(ge=0, le=1)] = 0.3
    """How much of the grain, and of the finest texture, stays that would be taken away; without any, skin and
    grass look like plastic. Scratches, lost parts and blur are mended in full. 0: all grain goes."""
    mask: str | None = None
    """Where to restore: a picture as large as the input, white there and black elsewhere; or a folder of
    them, named as the pictures, whatever the suffix. What has no mask is restored everywhere. A video has one
    for all frames, as they are stored: before a player turns them."""
    video: Literal["ffv1", "h264"] = "ffv1"
    """How restored videos are encoded: without loss (`ffv1`), or so that little loss is seen, in much smaller
    files that most programs play (`h264`)."""
    tile: Annotated[int, Field(ge=64, le=8192)] | None = None
    """Largest side that goes through the restorer at once, the margin of 8 px around the picture included,
    px; null: as large as the free memory allows. It gets smaller by itself where memory is short."""
    overlap: Annotated[int, Field(ge=0)] = 32
    """How far neighbouring tiles overlap and are blended, px; at most half a tile."""
    max_pixels: Annotated[int, Field(ge=1)] = 250_000_000
    """Largest number of pixels of a picture or a frame; larger ones are refused before they are decoded."""
    overwrite: bool = False
    """Whether results that are there already are made anew; otherwise they are kept."""
    before_after: Annotated[int, Field(ge=0, le=1000)] = 50
    """Most pictures on the page `before_after.html`, which compares results with their inputs: those that
    changed most. 0: there is no page."""
    device: str = "auto"
    """PyTorch device (`cpu`, `cuda`, `cuda:1`); `auto` is the GPU if there is one."""

    @model_validator(mode="after")
    def _overlap_fits_tile(self) -> "RestoreConfig":
        if self.tile is not None and self.overlap > self.tile // 2:
            raise ValueError(f"overlap={self.overlap} must be at most half of tile={self.tile}")
        return self
