"""Parameters of the evaluation, and of the release that follows from it."""

from pydantic import Field

from wordmend.config import Config


class ReleaseConfig(Config):
    """What stage 2 may cost before it becomes the champion, which `restore` uses; on the test pictures.

    What it has to bring, and defects that were named, have no margins.
    """

    psnr_margin: float = Field(0.02, ge=0)
    """How much lower its PSNR may be than that of the control, and of the champion that there is, dB."""
    defect_margin: float = Field(0.02, ge=0)
    """How much larger a defect may be where it was not named, beyond doubt, and how much more texture may be
    lost; as a share of the control's."""
    harm_margin: float = Field(0.002, ge=0, le=1)
    """How much more of a picture may get worse than it was, beyond doubt: a share of the picture."""
    kept_margin: float = Field(0.1, ge=0, le=1)
    """How many fewer of a good picture's pixels may stay within 1 level of 255, beyond doubt: a share of
    them. `restore` doesn't make the smallest changes anyway."""
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
