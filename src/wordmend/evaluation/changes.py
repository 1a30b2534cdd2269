"""What changed where something was said: stage 2 against its control, one comment at a time and summed up."""

from typing import Any

import pandas as pd

from wordmend.comments.entry import DIMENSIONS, SOURCES
from wordmend.evaluation.differences import LEAST_DEFECT_EFFECT, LEAST_EFFECT, bootstrap_interval
from wordmend.evaluation.trail import TRAINED_ARMS

OUTCOMES = ("better", "same", "worse")


def changes_of(trail: pd.DataFrame) -> pd.DataFrame:
    """The trail with what changed, in the measure that there is: the defect, else PSNR.

    Args:
        trail: rows of `trail_table`.

    Returns:
        The rows with measure (defect, psnr, or null where neither is known), stage1, control, stage2 (its
        values), gain (by how much stage 2 is better than the control, below 0 where it is worse), share (the
        gain as a share of the control's defect; null for PSNR, or where the control left nothing) and
        outcome: better, worse, or same within 2 % of the control's defect (.02 dB).
    """
    changes = trail.copy()
    by_defect = trail["defect_control"].notna()
    measure = by_defect.map({True: "defect", False: "psnr"}).astype("string")
    changes["measure"] = measure.where(trail["psnr_control"].notna())
    for arm in TRAINED_ARMS:
        changes[arm] = trail[f"defect_{arm}"].where(by_defect, trail[f"psnr_{arm}"])
    changes["gain"] = (changes["stage2"] - changes["control"]) * (1 - 2 * by_defect.astype("Float64"))
    changes["share"] = (changes["gain"] / changes["control"]).where(by_defect & (changes["control"] > 0))
    least = (LEAST_DEFECT_EFFECT * changes["control"]).where(by_defect, LEAST_EFFECT["psnr"])
    outcome = pd.Series("same", index=trail.index, dtype="string")
    outcome[(changes["gain"] > least).fillna(False)] = "better"
    outcome[(changes["gain"] < -least).fillna(False)] = "worse"
    changes["outcome"] = outcome.where(changes["gain"].notna())
    return changes


def sum_up_changes(changes: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """Sums by dimension, source and measure, of comments with a measure.

    The gain is a mean over pairs, each pair the mean of its comments, with a bootstrap interval over pairs.
    Of defects it is a share of the control's mean defect: where hardly any was left it can't count much.

    Args:
        changes: rows of `changes_of`.
        seed: of the intervals.

    Returns:
        dimension, source, measure, comments, pairs, stage1, control, stage2 (means over comments), better,
        same, worse (shares of the comments), gain, low, high (share for defects, dB for PSNR; None where the
        control left nothing, and the interval with a single pair), and outcome: better or worse where the
        interval leaves out 0 and the gain is large enough to matter, else open.
    """
    measured = changes.dropna(subset=["measure"])
    return [
        {"dimension": dimension, "source": source, "measure": measure, **_sums(rows, measure, seed)}
        for dimension in DIMENSIONS
        for source in SOURCES
        for measure in ("defect", "psnr")
        if not (
            rows := measured[
                (measured["dimension"] == dimension)
                & (measured["source"] == source)
                & (measured["measure"] == measure)
            ]
        ).empty
    ]


def largest_changes(changes: pd.DataFrame, count: int) -> pd.DataFrame:
    """The comments to show with pictures, of those that wish for something and whose defect is known.

    Half with the largest gains, then half with the largest losses, each measured by what the control leaves
    of that dimension on average; one comment a pair.
    """
    asked = changes[changes["target"].notna() & (changes["measure"] == "defect")]
    usual = asked.groupby("dimension")["control"].transform("mean").clip(lower=1e-6)
    order = asked.assign(size=asked["gain"] / usual).sort_values("size", ascending=False, kind="stable")
    better = order[order["size"] > 0].drop_duplicates("pair_id").head((count + 1) // 2)
    worse = order[(order["size"] < 0) & ~order["pair_id"].isin(better["pair_id"])]
    worse = worse.iloc[::-1].drop_duplicates("pair_id").head(count // 2)
    return pd.concat([better, worse]).drop(columns="size")


def _sums(rows: pd.DataFrame, measure: str, seed: int) -> dict[str, Any]:
    gains = rows.groupby("pair_id")["gain"].mean().to_numpy(dtype="float64")
    unit = float(rows["control"].mean()) if measure == "defect" else 1.0
    least = LEAST_DEFECT_EFFECT if measure == "defect" else LEAST_EFFECT["psnr"]
    gain = float(gains.mean()) / unit if unit > 0 else None
    low, high = bootstrap_interval([gains / unit], seed=seed) if unit > 0 and len(gains) > 1 else (None, None)
    sure = low is not None and high is not None and not low <= 0 <= high
    matters = gain is not None and abs(gain) >= least
    return {
        "comments": len(rows),
        "pairs": len(gains),
        **{arm: float(rows[arm].mean()) for arm in TRAINED_ARMS},
        **{outcome: float((rows["outcome"] == outcome).mean()) for outcome in OUTCOMES},
        "gain": gain,
        "low": low,
        "high": high,
        "outcome": "open" if not (sure and matters) else "better" if gain and gain > 0 else "worse",
    }
