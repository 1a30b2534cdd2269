"""The goals of the protocol: what has to hold for words to move pictures, each with the number that tells."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import pandas as pd

from wordmend.defects.measure import DIMENSIONS
from wordmend.evaluation.differences import LEAST_DEFECT_EFFECT, LEAST_EFFECT
from wordmend.evaluation.goal import Goal
from wordmend.pages.formatting import with_minus
from wordmend.study.arms import CONTROL, STAGE2, Arm
from wordmend.study.summary import DIFFERENCES, row_of

LEAST_GAIN = -0.2
"""Change of a defect where it was named: a fifth less."""
PSNR_MARGIN = LEAST_EFFECT["psnr"]
"""How much lower than the control's PSNR may be, dB."""
NOT_NAMED_MARGIN = LEAST_DEFECT_EFFECT
"""How much larger a defect that was not named may get, as a share."""
_STEPS = 21  # points of a curve between two of its arms
Row: TypeAlias = "pd.Series[float]"

_NOT_LOWER = {"kept": "good pictures kept as they are", "haarpsi": "HaarPSI", "judge": "judge"}
RIVALS = ("unsharp mask", "sharpness loss")


def goals_of(images: pd.DataFrame, summary: pd.DataFrame, arms: Sequence[Arm]) -> list[Goal]:
    """All goals, for the arm `stage2`."""
    return [
        *(_where_named(summary, dimension) for dimension in DIMENSIONS if dimension != "sharpness"),
        *(_beats_rival(images, arms, rival) for rival in RIVALS),
        _nothing_else_worse(summary),
        _over_all(
            summary,
            "harm",
            "harm: no more than the control does",
            lambda row: row["low"] <= 0,
            " of the picture",
        ),
        _over_all(
            summary,
            "texture",
            "texture lost: at most 2 % more than the control's",
            lambda row: row["change"] <= NOT_NAMED_MARGIN,
            ", the control loses {lost:.1f} %",
        ),
        *(
            _over_all(summary, metric, f"{name}: not lower than the control's", lambda row: row["high"] >= 0)
            for metric, name in _NOT_LOWER.items()
        ),
    ]


def _where_named(summary: pd.DataFrame, dimension: str) -> Goal:
    name = f"{_shown(dimension)} where named: a fifth less, at the control's PSNR"
    row, psnr = row_of(summary, STAGE2, dimension, "named"), row_of(summary, STAGE2, "psnr", "all")
    if row is None or psnr is None:
        return Goal(name, None, "it was named of no test picture")
    reached = row["change"] <= LEAST_GAIN and row["high"] < 0 and psnr["change"] >= -PSNR_MARGIN
    told = f"{_interval(row, percent)} on {row['count']:.0f} pictures of {row['photos']:.0f} photographs"
    return Goal(name, bool(reached), told + with_minus(f", PSNR {psnr['change']:+.3f} dB"))


def _beats_rival(images: pd.DataFrame, arms: Sequence[Arm], family: str) -> Goal:
    """At equal PSNR a smaller gap of sharpness, and higher HaarPSI and judge, where it was named.

    The rival is met where it has stage 2's PSNR. Where it never has as much, it is met at its highest, and
    stage 2 by itself or under a mask that leaves it as much.
    """
    name = f"sharpness where named: beats the rival without words ({family}) at equal PSNR"
    made = set(images["arm"])
    rivals, sharpened = (
        [arm.name for arm in arms if arm.family == of and arm.name in made]
        for of in (family, "stage 2 sharpened")
    )
    points = means_where_named(images, [STAGE2, *sharpened, CONTROL, *rivals], "sharpness")
    if not rivals or points is None:
        return Goal(name, None, "there are not both to compare")
    words = points.T[STAGE2]
    rival = at_psnr(points.loc[[CONTROL, *rivals]], float(words["psnr"]))
    if rival is None:
        least = points.loc[[CONTROL, *rivals], "psnr"].min()
        told = f"stage 2 has {words['psnr']:.2f} dB, the rival {least:.2f} and more: let it grow stronger"
        return Goal(name, None, told)
    told = _compared(words, rival)
    if _is_ahead(words, rival):
        return Goal(name, True, told)
    for point in _between(points.loc[[STAGE2, *sharpened]]):
        if point["psnr"] >= rival["psnr"] and _is_ahead(point, rival):
            return Goal(name, True, f"under a mask {_compared(point, rival)}; by itself {told}")
    return Goal(name, False, told)


def _is_ahead(words: Row, rival: Row) -> bool:
    """In the defect, and in all measures after it."""
    defect, *others = words.index[1:]
    return bool(words[defect] < rival[defect] and (words[others] > rival[others]).all())


def _between(curve: pd.DataFrame) -> Iterator[Row]:
    """Points of a curve, in its order."""
    for (_, one), (_, other) in pairwise(curve.iterrows()):
        for share in np.linspace(0, 1, _STEPS):
            yield one + share * (other - one)


def _compared(words: Row, rival: Row) -> str:
    told = (f"{_shown(name)} {words[name]:.4f} against {rival[name]:.4f}" for name in words.index[1:])
    return f"{', '.join(told)}, at {words['psnr']:.2f} and {rival['psnr']:.2f} dB"


def means_where_named(images: pd.DataFrame, arms: Sequence[str], dimension: str) -> pd.DataFrame | None:
    """Means of PSNR, the defect, HaarPSI and judge of each arm, over the pictures of which it was named.

    Over the seeds that have all of the arms; None where there is none, or no such picture.
    """
    metrics = ["psnr", dimension, "haarpsi", f"judge_{dimension}"]
    rows = images[images["arm"].isin(arms)]
    if rows.empty:
        return None
    complete = rows.groupby("seed")["arm"].nunique() == len(arms)
    rows = rows[rows["seed"].map(complete) & rows[f"named_{dimension}"].astype(bool)]
    known = [metric for metric in metrics if metric in rows]
    return None if rows.empty else rows.groupby("arm")[known].mean().astype("float64")


def at_psnr(curve: pd.DataFrame, psnr: float) -> "pd.Series[float] | None":
    """A rival where it has a PSNR, between the points of its curve, in which it grows stronger.

    Where it has it twice, at the point where the defect (second column) is smaller. Where the whole curve
    lies below, its point of the highest PSNR; where it lies above, None: nothing can be said.
    """
    defect = curve.columns[1]
    crossings = []
    for (_, one), (_, other) in pairwise(curve.iterrows()):
        low, high = sorted((one["psnr"], other["psnr"]))
        if low <= psnr <= high:
            share = 0.0 if high == low else (psnr - one["psnr"]) / (other["psnr"] - one["psnr"])
            crossings.append(one + share * (other - one))
    if crossings:
        return min(crossings, key=lambda point: float(point[defect]))
    highest = curve.iloc[int(curve["psnr"].argmax())]
    return highest if highest["psnr"] < psnr else None


def _nothing_else_worse(summary: pd.DataFrame) -> Goal:
    name = "what was not named: no defect more than 2 % larger"
    rows = {d: row_of(summary, STAGE2, d, "not named") for d in DIMENSIONS}
    changes = {d: float(row["change"]) for d, row in rows.items() if row is not None}
    if not changes:
        return Goal(name, None, "everything was named of every test picture")
    worst = max(changes, key=changes.__getitem__)
    told = f"the worst is {_shown(worst)}, {percent(changes[worst])}"
    return Goal(name, changes[worst] <= NOT_NAMED_MARGIN, told)


def _over_all(
    summary: pd.DataFrame, metric: str, title: str, is_reached: Callable[[Row], bool], rest: str = ""
) -> Goal:
    """A goal about the change over all pictures; `rest` follows the change where it is told."""
    row = row_of(summary, STAGE2, metric, "all")
    if row is None:
        return Goal(title, None, "not measured")
    told = _interval(row, "{:+.4f}".format if metric in DIFFERENCES else percent)
    return Goal(title, bool(is_reached(row)), told + rest.format(lost=100 * row["control"]))


def _interval(row: Row, shown: Callable[[float], str]) -> str:
    return with_minus(f"{shown(row['change'])} [{shown(row['low'])}, {shown(row['high'])}]")


def percent(share: float) -> str:
    """A share with its sign, in percent."""
    return with_minus(f"{100 * share:+.1f} %")


def _shown(metric: str) -> str:
    return {"haarpsi": "HaarPSI"}.get(metric, metric.replace("_", " "))
