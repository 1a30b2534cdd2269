"""Parameters of the evaluation, and of the release that follows from it."""

from pydantic import Field

from wordmend.config import Config


class ReleaseConfig(Config):
    """What stage 2 may cost before it becomes the champion, which `restore` uses; means over test pictures.

    What it has to bring, and what must not be clearly worse, has no margins.
    """

    psnr_margin: float = Field(0.02, ge=0)
    """How much lower its PSNR may be than that of the control, and of the champion that there is, dB."""
    defect_margin: float = Field(0.02, ge=0)
    """How much larger a defect may be where it was not named, as a share of the control's."""
    judge_margin: float = Field(0.002, ge=0)
    """How much lower the judge's similarity on the guard's pictures may be than that of the control, beyond
    doubt; it is in [0, 1]."""


class EvaluationConfig(Config):
    """What the report shows, and which weights are released."""

    title: str = "Wordmend report"
    """Title of the report."""
    examples: int = Field(8, gt=0)
    """Test pairs shown before and after: those that gained most, and those that lost."""
    changes: int = Field(12, ge=0)
    """Comments whose regions are shown: those with the largest gains, and those with the largest losses."""
    release: ReleaseConfig = ReleaseConfig()
    """When stage 2 becomes the champion."""
