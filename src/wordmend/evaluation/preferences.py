"""Which restorer people prefer, with intervals."""

from typing import Any

import pandas as pd
from scipy.stats import binomtest


def sum_up_judgements(judgements: pd.DataFrame) -> dict[str, Any]:
    """Sum up side-by-side judgements, for `people.json` and the report.

    Args:
        judgements: columns pair_id, annotator, best (an arm, None for no difference), one row a judgement.

    Returns:
        `judgements`, their number; `no_difference`; `arms`: by arm how often it was best, and the share of
        those that saw a difference with its 95 % interval (Wilson, 10.1080/01621459.1927.10502953);
        `stage2_control`: the same for stage 2 over those in which it or the control was best, where .5 is no
        preference.
    """
    best = judgements["best"].dropna()
    return {
        "judgements": len(judgements),
        "no_difference": int(judgements["best"].isna().sum()),
        "arms": {arm: _share(int((best == arm).sum()), len(best)) for arm in ("stage1", "control", "stage2")},
        "stage2_control": _share(int((best == "stage2").sum()), int(best.isin(["stage2", "control"]).sum())),
    }


def _share(count: int, of: int) -> dict[str, Any]:
    if of == 0:
        return {"count": 0, "of": 0, "share": None, "low": None, "high": None}
    interval = binomtest(count, of).proportion_ci(0.95, method="wilson")
    low, high = float(interval.low), float(interval.high)
    return {"count": count, "of": of, "share": count / of, "low": low, "high": high}
