"""Which weights deserve to be the default: the conditions for stage 2, each with the number that tells."""

import math
from collections.abc import Hashable, Iterator, Mapping
from statistics import NormalDist
from typing import Any

import pandas as pd

from wordmend.defects.measure import DIMENSIONS
from wordmend.evaluation.config import ReleaseConfig
from wordmend.evaluation.differences import differences_on_named, paired_differences
from wordmend.evaluation.goal import Goal, as_rows
from wordmend.evaluation.guard import done
from wordmend.evaluation.metrics import HIGHER_IS_BETTER
from wordmend.evaluation.report_data import ARM_NAMES
from wordmend.evaluation.verdict import NAMES
from wordmend.pages.formatting import number, percent, with_minus

Row = dict[Hashable, Any]

_CERTAIN = NormalDist().inv_cdf(0.975)  # as the 95 % intervals of the test pictures


def release_of(
    per_image: pd.DataFrame,
    named: pd.DataFrame,
    guard: pd.DataFrame,
    weights: Mapping[str, str],
    config: ReleaseConfig,
    seed: int = 0,
) -> dict[str, Any]:
    """Decide which of an evaluation's restorers is the best: stage 2 where it has earned it.

    It has where no condition fails: those of the guard (`guard_goals`), something gained, and nothing worse
    (`protocol_goals`). Otherwise it is the control or stage 1, whichever has the higher PSNR, the control
    where they are equal.

    Args:
        per_image: rows of `measure_images` of stage1, control and stage2.
        named: columns pair_id, dimension: what words named of test pairs.
        guard: what the guard of stage 2 saw and did.
        weights: fingerprints of stage1, control and stage2.
        config: what stage 2 may cost.
        seed: of the intervals.

    Returns:
        `arm`, `earned` (whether that is stage 2), `told` (in words), `goals`, and `weights` as given.
    """
    goals = [
        *guard_goals(guard, config.judge_margin),
        _gain(per_image, named, seed),
        *protocol_goals(per_image, named, config, seed=seed),
    ]
    failed = sum(goal.reached is False for goal in goals)
    if failed:
        psnr = per_image.groupby("arm")["psnr"].mean()
        others = {name: float(psnr[name]) for name in ("control", "stage1")}
        arm = max(others, key=others.__getitem__)
        by_psnr = ", ".join(f"{ARM_NAMES[name]} {value:.2f} dB" for name, value in others.items())
        told = (
            f"Stage 2 has not earned its release: of {len(goals)} conditions {failed} "
            f"{'fails' if failed == 1 else 'fail'}. The best of the others is {ARM_NAMES[arm]}, "
            f"by PSNR ({by_psnr})."
        )
    else:
        arm, told = "stage2", f"Stage 2 has earned its release: none of {len(goals)} conditions fails."
    return {
        "arm": arm,
        "earned": not failed,
        "told": told,
        "goals": as_rows(goals),
        "weights": dict(weights),
    }


def guard_goals(guard: pd.DataFrame, judge_margin: float = 0.0) -> list[Goal]:
    """What the guard says of the weights at which stage 2 stands, by the validation at which it ended.

    Where it went back, these are weights that the guard let pass. Without a guard there is nothing to tell
    the conditions by, and they don't fail.

    Args:
        guard: one row a validation, with the columns of `GUARD_TYPES`.
        judge_margin: how much lower the judge's similarity may be.
    """
    names = ("the guard lets it pass", "judge not clearly lower than the control's")
    if guard.empty:
        return [Goal(name, None, "the guard was off") for name in names]
    last = guard.iloc[-1]
    finding, stands = str(last["finding"]), last["step"]
    told = f"at step {stands} it found {finding}"
    if went_back := last["action"] == "went back":
        told, stands = f"{told} and {done(last.to_dict())}", last["trusted_step"]
    elif last["action"] == "used less":
        told = f"stage 2 {done(last.to_dict())}, with which it found {finding}"
    passed = Goal(names[0], went_back or finding == "nothing", told)
    return [passed, _judge(names[1], guard[guard["step"] == stands].iloc[-1], judge_margin)]


def _judge(name: str, row: "pd.Series[Any]", margin: float) -> Goal:
    """By the judge's similarity on validation pictures, plus and minus what is not sure."""
    difference = row["judge_similarity"] - row["control_judge_similarity"]
    if pd.isna(difference):
        return Goal(name, None, "there was no judge, or no words")
    doubt = 0.0 if pd.isna(row["error_judge_similarity"]) else _CERTAIN * row["error_judge_similarity"]
    told = _interval("judge", difference, difference - doubt, difference + doubt)
    return Goal(
        name, bool(difference + doubt >= -margin), f"{told} on the validation pictures of step {row['step']}"
    )


def protocol_goals(
    per_image: pd.DataFrame,
    named: pd.DataFrame,
    config: ReleaseConfig,
    *,
    arm: str = "stage2",
    baseline: str = "control",
    seed: int = 0,
) -> list[Goal]:
    """What must not be worse than with the baseline, on the test pictures.

    PSNR and texture by their means, all else by 95 % intervals: on few pictures a mean tells little. What is
    not sure to be worse by more than its margin passes.

    Args:
        per_image: rows of `measure_images` of both.
        named: columns pair_id, dimension; without rows every defect counts on every picture.
        config: the margins.
        arm: who is to be released.
        baseline: `control`, or `champion`.
        seed: of the intervals.
    """
    of = f"the {baseline}'s"
    overall = paired_differences(per_image, arm=arm, baseline=baseline, seed=seed).to_dict("records")
    by_metric = {row["metric"]: row for row in overall}
    psnr, texture = by_metric["psnr"], by_metric["texture"]
    goals = [
        Goal(
            f"{NAMES[row['metric']]} where named: not clearly larger than {of}",
            row["better"] is not False,
            _told(row),
        )
        for row in _asked(per_image, named, arm, baseline, seed)
    ]
    others = differences_on_named(
        per_image, named, is_named=False, arm=arm, baseline=baseline, seed=seed
    ).to_dict("records")
    if not named.empty and others:
        goals.append(_not_named(others, of, config.defect_margin))
    return [
        *goals,
        Goal(
            f"texture lost: at most {100 * config.defect_margin:g} % more than {of}",
            _share(texture["mean"], texture["baseline_mean"]) <= config.defect_margin,
            _told(texture),
        ),
        Goal(
            f"PSNR at most {config.psnr_margin:g} dB lower than {of}",
            bool(psnr["mean"] >= -config.psnr_margin),
            with_minus(f"{psnr['mean']:+.3f} dB"),
        ),
        *_by_interval(by_metric, config, of),
    ]


def _by_interval(by_metric: Mapping[str, Row], config: ReleaseConfig, of: str) -> Iterator[Goal]:
    harm, kept = (f"{100 * margin:g} %" for margin in (config.harm_margin, config.kept_margin))
    conditions = {
        "harm": (config.harm_margin, f"harm not clearly more than {harm} of the picture above"),
        "kept": (
            config.kept_margin,
            f"pixels of good pictures that stay not clearly more than {kept} below",
        ),
        "haarpsi": (0.0, "HaarPSI not clearly lower than"),
    }
    for metric, (margin, name) in conditions.items():
        if (row := by_metric.get(metric)) is not None:
            told = _interval(metric, row["mean"], row["low"], row["high"])
            yield Goal(f"{name} {of}", not _is_clearly_worse(row, margin), told)


def _gain(per_image: pd.DataFrame, named: pd.DataFrame, seed: int) -> Goal:
    """Something of what was asked for is better: else the words did nothing, and the control will do."""
    asked = _asked(per_image, named, "stage2", "control", seed)
    name = "something that was named is clearly smaller than the control's"
    if not asked:
        return Goal(name, None, "no test picture has a defect")
    better = [f"{NAMES[row['metric']]} {_told(row)}" for row in asked if row["better"] is True]
    return Goal(name, bool(better), "; ".join(better) or "nothing is")


def _asked(per_image: pd.DataFrame, named: pd.DataFrame, arm: str, baseline: str, seed: int) -> list[Row]:
    """Differences of what was named, where it was; of every defect where nothing was."""
    found = differences_on_named(per_image, named, arm=arm, baseline=baseline, seed=seed)
    if found.empty:
        overall = paired_differences(per_image, arm=arm, baseline=baseline, seed=seed)
        found = overall[overall["metric"].isin(DIMENSIONS)]
    return found.to_dict("records")


def _not_named(others: list[Row], of: str, margin: float) -> Goal:
    surest = max(others, key=lambda row: _share(row["low"], row["baseline_mean"]))
    passes = _share(surest["low"], surest["baseline_mean"]) <= margin
    worst = max(others, key=lambda row: _share(row["mean"], row["baseline_mean"])) if passes else surest
    return Goal(
        f"what was not named: no defect clearly more than {100 * margin:g} % larger than {of}",
        passes,
        f"the worst is {NAMES[worst['metric']]}, {_told(worst)}",
    )


def _is_clearly_worse(row: Row, margin: float) -> bool:
    """Whether the whole interval lies on the bad side of the margin."""
    return bool(row["high"] < -margin if row["metric"] in HIGHER_IS_BETTER else row["low"] > margin)


def _share(difference: float, baseline: float) -> float:
    """Of nothing, any more is without bounds."""
    if baseline > 0:
        return difference / baseline
    return math.inf if difference > 0 else 0.0


def _told(row: Row) -> str:
    change, low, high = (percent(row[key], row["baseline_mean"]) for key in ("mean", "low", "high"))
    return f"{change} [{low}, {high}] on {row['count']} pictures"


def _interval(metric: str, mean: float, low: float, high: float) -> str:
    shown = [number(metric, value, signed=True) for value in (mean, low, high)]
    return f"{shown[0]} [{shown[1]}, {shown[2]}]"
