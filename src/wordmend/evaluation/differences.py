"""Is one arm better than another? Differences on the same pictures, with bootstrap intervals."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from wordmend.defects.measure import DIMENSIONS
from wordmend.errors import TableError
from wordmend.evaluation.metrics import HIGHER_IS_BETTER, METRICS

Values = np.ndarray[tuple[Any, ...], np.dtype[np.float64]]

LEAST_EFFECT = {"psnr": 0.02, "ssim": 0.002, "haarpsi": 0.002, "kept": 0.01, "harm": 0.002}
"""Least mean difference that matters, in dB for PSNR: nobody sees less, however sure it is."""
LEAST_DEFECT_EFFECT = 0.02
"""The same for defects and texture, as a share of the baseline's mean."""


def paired_differences(
    table: pd.DataFrame,
    *,
    arm: str = "stage2",
    baseline: str = "control",
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Mean of `arm - baseline` per metric over the pairs that both have, with a bootstrap interval.

    Pairs are resampled, not images: what is hard for one arm is hard for the other, and the pairing takes it
    out (percentile bootstrap, Efron and Tibshirani 1993). The interval tells how much the mean hangs on these
    test pictures; it says nothing of how another training seed would do.

    Args:
        table: rows of `measure_images` of both arms.
        arm: whose gain is asked for.
        baseline: what it is compared with.
        confidence: share of the interval, in (0, 1).
        resamples: bootstrap samples.
        seed: of the resampling.

    Returns:
        One row a metric: metric, mean, low, high, count (pairs), baseline_mean (over the same pairs) and
        better: True or False when the interval leaves out 0 on the good or on the bad side and the mean is at
        least what matters (`LEAST_EFFECT`, `LEAST_DEFECT_EFFECT`), else None.
        Metrics that no pair has (no scratches at all) are left out.

    Raises:
        TableError: when an arm has no rows or a pair has two.
    """
    wide = {name: _by_pair(table, name) for name in (arm, baseline)}
    pairs = wide[arm].index.intersection(wide[baseline].index)
    differences = wide[arm].loc[pairs] - wide[baseline].loc[pairs]
    rows = []
    for metric in METRICS:
        values = differences[metric].dropna()
        if values.empty:
            continue
        low, high = bootstrap_interval([values.to_numpy()], confidence, resamples, seed)
        mean = float(values.mean())
        baseline_mean = float(wide[baseline].loc[values.index, metric].mean())
        matters = abs(mean) >= _least_effect(metric, baseline_mean)
        rows.append(
            {
                "metric": metric,
                "mean": mean,
                "low": low,
                "high": high,
                "count": len(values),
                "baseline_mean": baseline_mean,
                "better": _better(low, high, metric in HIGHER_IS_BETTER) if matters else None,
            }
        )
    return pd.DataFrame(rows)


def differences_on_named(
    table: pd.DataFrame,
    named: pd.DataFrame,
    *,
    arm: str = "stage2",
    baseline: str = "control",
    is_named: bool = True,
    seed: int = 0,
) -> pd.DataFrame:
    """The rows of `paired_differences` of each defect, over the pairs of which it was named, or was not.

    Args:
        table: rows of `measure_images` of both arms.
        named: columns pair_id, dimension.
        arm: whose gain is asked for.
        baseline: what it is compared with.
        is_named: False: over the pairs of which it was not named.
        seed: of the resampling.
    """
    rows = []
    for dimension in DIMENSIONS:
        pairs = named.loc[named["dimension"] == dimension, "pair_id"]
        part = table[table["pair_id"].isin(pairs) == is_named]
        if not part["arm"].isin([arm, baseline]).any():
            continue
        found = paired_differences(part, arm=arm, baseline=baseline, seed=seed)
        rows.append(found[found["metric"] == dimension])
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()


def _by_pair(table: pd.DataFrame, arm: str) -> pd.DataFrame:
    rows = table[table["arm"] == arm]
    if rows.empty:
        raise TableError(f"no rows of arm {arm!r}; the table has {sorted(table['arm'].unique())}")
    twice = rows.loc[rows["pair_id"].duplicated(), "pair_id"]
    if not twice.empty:
        raise TableError(f"arm {arm!r} has pair {twice.iloc[0]!r} twice; measure each pair once")
    return rows.set_index("pair_id").reindex(columns=list(METRICS))  # older tables lack some


def bootstrap_interval(
    groups: Sequence[Values],
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
    statistic: Callable[[Values], Values] | None = None,
) -> tuple[float, float]:
    """The interval of a mean, or of a statistic of several means: percentile bootstrap, stratified.

    Args:
        groups: `(N,)` or `(N, K)` each; rows are resampled within their group, the mean is over all rows.
        confidence: share of the interval, in (0, 1).
        resamples: bootstrap samples.
        seed: of the resampling.
        statistic: of means `(resamples, K)`, gives `(resamples,)`; None: the mean itself.
    """
    rng = np.random.default_rng(seed)
    sums: Values | float = 0.0
    for values in groups:
        draws = rng.integers(0, len(values), (resamples, len(values)))
        sums = sums + values[draws].sum(axis=1)
    means = np.asarray(sums / sum(map(len, groups)))
    tail = (1 - confidence) / 2
    low, high = np.quantile(means if statistic is None else statistic(means), [tail, 1 - tail])
    return float(low), float(high)


def _least_effect(metric: str, baseline_mean: float) -> float:
    return LEAST_EFFECT.get(metric, LEAST_DEFECT_EFFECT * baseline_mean)


def _better(low: float, high: float, higher_is_better: bool) -> bool | None:
    if low <= 0 <= high:
        return None
    return (low > 0) == higher_is_better
