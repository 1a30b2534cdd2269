"""How stage 2 compares with its control photograph by photograph: where words pay, and where they cost."""

import pandas as pd

from wordmend.study.arms import CONTROL, STAGE2

MEASURES = ("psnr", "haarpsi", "harm", "texture")
COLUMNS = ["seed", "photo", "count", *MEASURES]


def changes_by_photograph(images: pd.DataFrame) -> pd.DataFrame:
    """The mean changes of each test photograph's pictures, the greatest loss of HaarPSI first.

    The pictures of one photograph are alike in what they show, so that a mean over all of them may hang on
    one or two photographs.

    Args:
        images: rows of `run_study`.

    Returns:
        `COLUMNS`: a row a photograph and seed, with how many pictures it has; changes are differences of
        means, PSNR in dB, harm and texture as shares. Empty where stage 2 or the control is missing.
    """
    key = ["seed", "photo", "pair_id"]
    stage2, control = (images[images["arm"] == arm] for arm in (STAGE2, CONTROL))
    if stage2.empty or control.empty:
        return pd.DataFrame(columns=COLUMNS)
    changes = stage2.set_index(key)[list(MEASURES)] - control.set_index(key)[list(MEASURES)]
    of_photographs = changes.dropna(subset=["psnr"]).groupby(level=["seed", "photo"])
    found = of_photographs.mean().assign(count=of_photographs.size()).reset_index()
    return found[COLUMNS].sort_values("haarpsi", ignore_index=True)
