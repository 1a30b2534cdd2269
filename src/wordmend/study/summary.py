"""How the arms of the study compare with the control: one row an arm, metric and group of pictures."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from wordmend.defects.measure import DIMENSIONS
from wordmend.evaluation.differences import Values, bootstrap_interval
from wordmend.evaluation.metrics import FIDELITY, METRICS
from wordmend.study.arms import CONTROL, STAGE2

GROUPS = ("named", "not named", "all")
MODELS = ("judge", "quality")
DIFFERENCES = (*FIDELITY, "kept", "harm")
"""Whose change is the difference of means; of all others it is relative."""
SHARES = ("control_share", "sharpness_share")
"""How much of the control is in an arm's weights, and how much of it restores what is at fault in sharpness
alone."""
_RESAMPLES = 1000
COLUMNS = ["arm", "metric", "group", "change", "low", "high", "count", "photos", "control"]


def summarize_study(images: pd.DataFrame) -> pd.DataFrame:
    """Changes against the control, with 95 % intervals.

    PSNR (dB), SSIM, HaarPSI, kept and harm (shares of a picture) are differences of means; defects, texture
    and similarities are relative changes of the mean, -0.2 being a fifth less. `judge` and `quality` are
    means of a model's similarities. A picture is in the group `named` of a dimension where that was named of
    it, for what is about no dimension where anything was. Photographs are resampled within their seeds, with
    all pictures of theirs (stratified percentile bootstrap of clusters, Field and Welsh 2007): the interval
    is about other photographs; the columns `seed_<n>` tell the spread over seeds.

    Args:
        images: rows of `run_study`; seeds on which an arm or the control is missing don't count for it.

    Returns:
        `COLUMNS`, and each seed's own change; rows without pictures are left out.
    """
    images = _with_means(images)
    seeds = sorted(images["seed"].unique())
    control = images[images["arm"] == CONTROL].set_index(["seed", "pair_id"])
    rows = [
        {"arm": arm, "metric": metric, "group": group, **found}
        for arm in images["arm"].unique()
        if arm != CONTROL
        for metric, group, both in _comparisons(
            images[images["arm"] == arm].set_index(["seed", "pair_id"]), control
        )
        if (found := _change(both, metric in DIFFERENCES)) is not None
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS, *(f"seed_{seed}" for seed in seeds)])


def _with_means(images: pd.DataFrame) -> pd.DataFrame:
    found = {
        model: images[columns].mean(axis=1)
        for model in MODELS
        if (columns := [f"{model}_{d}" for d in DIMENSIONS if f"{model}_{d}" in images])
    }
    anything = images[[name for name in images if str(name).startswith("named_")]].any(axis=1)
    return images.assign(**found, named=anything)


def _comparisons(arm: pd.DataFrame, control: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Of each metric and group, the pictures that both have, with the columns arm and control."""
    of_models = [name for model in MODELS for name in (model, *(f"{model}_{d}" for d in DIMENSIONS))]
    for metric in (*METRICS, *of_models):
        if metric not in arm:
            continue
        both = pd.DataFrame({"arm": arm[metric], "control": control[metric], "photo": arm["photo"]}).dropna()
        dimension = next((d for d in DIMENSIONS if metric.endswith(d)), None)
        named = arm.loc[both.index, "named" if dimension is None else f"named_{dimension}"].astype(bool)
        for group, rows in zip(GROUPS, (named, ~named, named | True), strict=True):
            yield metric, group, both[rows]


def _change(both: pd.DataFrame, as_difference: bool) -> dict[str, float] | None:
    if both.empty:
        return None
    change = _difference if as_difference else _relative
    sums = both.assign(pictures=1).groupby(["seed", "photo"]).sum()
    of_seeds = {seed: rows.to_numpy(dtype=np.float64) for seed, rows in sums.groupby(level="seed")}
    low, high = bootstrap_interval(list(of_seeds.values()), resamples=_RESAMPLES, statistic=change)
    return {
        "change": float(change(sums.to_numpy(dtype=np.float64).sum(axis=0, keepdims=True))[0]),
        "low": low,
        "high": high,
        "count": len(both),
        "photos": both["photo"].nunique(),
        "control": float(both["control"].mean()),
        **{
            f"seed_{seed}": float(change(rows.sum(axis=0, keepdims=True))[0])
            for seed, rows in of_seeds.items()
        },
    }


def _difference(sums: Values) -> Values:
    """Of means, from sums over the arm's and the control's pictures and how many these are, `(N, 3)`."""
    return np.asarray((sums[:, 0] - sums[:, 1]) / sums[:, 2])


def _relative(sums: Values) -> Values:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums[:, 0] / sums[:, 1] - 1)


def shares_used(images: pd.DataFrame) -> pd.DataFrame:
    """How stage 2 is used on each seed: a row a share (`SHARES`), a column a seed, in [0, 1].

    Where one isn't known there is no row of it.
    """
    of_stage2 = images[images["arm"] == STAGE2].groupby("seed").first()
    return of_stage2.reindex(columns=list(SHARES)).dropna(axis="columns", how="all").T


def main_numbers(summary: pd.DataFrame) -> dict[str, dict[str, dict[str, float]]]:
    """Changes of stage 2 by metric and group, as nested plain values."""
    numbers: dict[str, dict[str, dict[str, float]]] = {STAGE2: {}}
    for row in summary[summary["arm"] == STAGE2].to_dict("records"):
        if row["metric"] in (*METRICS, *MODELS) and np.isfinite(row["change"]):
            group = str(row["group"]).replace(" ", "_")
            numbers[STAGE2].setdefault(str(row["metric"]), {})[group] = float(row["change"])
    return numbers


def row_of(summary: pd.DataFrame, arm: str, metric: str, group: str) -> "pd.Series[float] | None":
    """One row of the summary; None where there is none."""
    rows = summary[(summary["arm"] == arm) & (summary["metric"] == metric) & (summary["group"] == group)]
    return None if rows.empty else rows.iloc[0]
