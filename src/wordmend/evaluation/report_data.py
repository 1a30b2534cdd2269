"""What the report tells, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatImage = npt.NDArray[np.floating[Any]]

ARMS = ("lq", "stage1", "control", "stage2")
"""Who is compared, in the order in which they are shown; `gt` follows where pictures are shown."""

ARM_NAMES: Mapping[str, str] = {
    "lq": "input",
    "stage1": "stage 1",
    "control": "control",
    "stage2": "stage 2",
    "gt": "original",
}
"""What the arms are called on the page."""


@dataclass(frozen=True)
class GuidingWords:
    """One thing that was said about a picture, as the wish that stage 2 followed or would follow."""

    text: str
    """The target text; anything that a person may type."""
    dimension: str
    """sharpness, noise, scratches, missing_parts or other."""
    region: tuple[int, int, int, int] | None = None
    """(x, y, width, height) in pixels of the picture; None for the whole of it."""
    source: str = "measured"
    """person, measured or preset."""
    comment_id: str | None = None
    """The comment that it comes from, in the trail."""


@dataclass(frozen=True)
class Example:
    """One test pair, before and after."""

    pair_id: str
    images: Mapping[str, FloatImage]
    """Arm (or `gt`) to picture, (H, W, C) float in [0, 1], all of one size; shown in the order of `ARMS`."""
    words: tuple[GuidingWords, ...] = ()
    photo: str = ""
    """Name of the photograph it was cut from."""
    recipe: str = ""
    """What was done to it, in a line."""


@dataclass(frozen=True)
class Trail:
    """What was said of the test pictures, and what became of it."""

    comments: pd.DataFrame
    """Rows of `trail_table`."""
    photos: Mapping[str, str]
    """Test pairs, all of them, to the names of their photographs."""
    visits: pd.DataFrame
    """What guided stage 2, as it gives it."""
    regions: Mapping[str, Mapping[str, FloatImage]] = field(default_factory=dict)
    """Some comments to the pictures of their regions by arm (and `gt`), best changes first."""


@dataclass(frozen=True)
class ReportData:
    """Everything on the page."""

    title: str
    per_image: pd.DataFrame
    """Rows of `measure_images` of the four arms on the test split."""
    named: pd.DataFrame
    """Columns pair_id, dimension: what words named on which test pair. The verdict asks whether that got
    better; with no rows, whether anything did."""
    examples: tuple[Example, ...] = ()
    """The test pairs to show; `select_examples` names telling ones. The page sorts them by gain."""
    quality: Mapping[str, float | None] | None = None
    """The `QualityScores.summary` of the quality model, each in [0, 1]; None when not measured."""
    judge: Mapping[str, float | None] | None = None
    """The same of the judge; None or empty where there is none."""
    people: Mapping[str, Any] | None = None
    """What `sum_up_people` gives; None, or nobody in it, where nobody commented."""
    words_used: Mapping[str, Any] | None = None
    """What `sum_up_words` gives; None when not known."""
    guard: Mapping[str, Any] | None = None
    """What `sum_up_guard` gives; None when not known."""
    release: Mapping[str, Any] | None = None
    """What `release_of` gives, and as `promotion` what became of the champion; None when not known."""
    trail: Trail | None = None
    """From words to what changed, for every test picture; None when not known."""
    words_where: Literal["everywhere", "fault"] = "everywhere"
    """Where stage 2 was used when it was measured (`Stage2Config.words_where`)."""
    curves: Mapping[str, Mapping[str, pd.DataFrame]] = field(default_factory=dict)
    """Title to runs to history (columns step, name, value); runs under one title are drawn together."""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """Where the results come from: run ids, git and DVC revision, seed, date."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of the pipelines, as nested plain values."""
    seed: int = 0
    """Of the bootstrap intervals."""
