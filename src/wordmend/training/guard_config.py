"""Parameters of the guard of stage 2."""

from pydantic import Field

from wordmend.config import Config


class GuardConfig(Config):
    """When words are found to do harm, against the control at the same step, and what is done then."""

    confidence: float = Field(0.95, ge=0.5, lt=1)
    """How sure it has to be that a margin is exceeded, by the spread over the validation pictures; one-sided:
    0.5 lets the mean alone count."""
    psnr_margin: float = Field(0.05, ge=0)
    """How much lower stage 2's PSNR may be than the control's, dB; beyond, it has gone too far."""
    haarpsi_margin: float = Field(0.005, ge=0)
    """How much lower its HaarPSI may be; beyond, a quality model that finds it better is being fooled."""
    named_psnr: float = Field(3.0, ge=0)
    """By how much the margin of PSNR is wider while the defect loss counts in full, dB: on the way to mending
    holes a restorer was seen 2.2 dB lower, and .1 dB higher in the end."""
    named_haarpsi: float = Field(0.12, ge=0)
    """The same of HaarPSI."""
    named_judge: float = Field(0.05, ge=0)
    """The same of the judge's similarity: .02 lower was seen on the way."""
    judge_margin: float = Field(0.01, ge=0)
    """How much lower the judge's similarity may be; beyond, a quality model that finds it better is being
    fooled."""
    factor: float = Field(0.25, ge=0, lt=1)
    """What the weight of the words is multiplied with when something is found, from then on."""
    lowerings: int = Field(2, ge=0)
    """How often that is tried; found once more, the training ends and goes back to the last weights at which
    nothing was found, by the margins without the defect loss."""
