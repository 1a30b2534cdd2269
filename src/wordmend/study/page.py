"""The study's page: one HTML file that a person opens, in the style of the report."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from wordmend.config import flatten
from wordmend.defects.measure import DIMENSIONS
from wordmend.evaluation.goal import Goal
from wordmend.evaluation.metrics import METRICS
from wordmend.evaluation.verdict import NAMES
from wordmend.pages.formatting import with_minus
from wordmend.pages.template import page_template
from wordmend.study.arms import CONTROL, STAGE2, Arm, steering_name
from wordmend.study.figures import trade_svgs
from wordmend.study.goals import percent
from wordmend.study.photographs import MEASURES
from wordmend.study.summary import DIFFERENCES, row_of

_TEMPLATE = Path(__file__).parent / "page.html.jinja"
_NONE = "\N{EN DASH}"
_NAMES = NAMES | {"judge": "judge", "quality": "quality model"}
_MEASURES = (*METRICS, "judge", "quality")
_SHARES = {
    "control_share": "share of the control in its weights",
    "sharpness_share": "share of it where sharpness alone is at fault",
}


def render_study(
    summary: pd.DataFrame,
    photographs: pd.DataFrame,
    shares: pd.DataFrame,
    goals: Sequence[Goal],
    arms: Sequence[Arm],
    left_out: Sequence[str],
    parameters: Mapping[str, Any],
    provenance: Mapping[str, str],
) -> str:
    """The page as text.

    Args:
        summary: of `summarize_study`.
        photographs: of `changes_by_photograph`.
        shares: of `shares_used`.
        goals: whether they are reached.
        arms: of the study.
        left_out: what is not made yet.
        parameters: all that the study depends on, as nested plain values.
        provenance: run ids and revision.
    """
    seeds = [name for name in map(str, summary.columns) if name.startswith("seed_")]
    return page_template(_TEMPLATE).render(
        goals=goals,
        reached=sum(goal.reached is True for goal in goals),
        level="better" if goals and all(goal.reached for goal in goals) else "mixed",
        left_out=left_out,
        main=_main_rows(summary),
        pictures=trade_svgs(summary, arms),
        steering=_steering_rows(summary),
        dimensions=[_NAMES[d] for d in DIMENSIONS],
        metrics=[_NAMES[metric] for metric in _MEASURES],
        arms=[(arm.name, _arm_cells(summary, arm.name)) for arm in arms if arm.name != CONTROL],
        seeds=[name.removeprefix("seed_") for name in seeds],
        seed_rows=[
            (_NAMES[m], [shown(m, row[s]) for s in seeds])
            for m in _MEASURES
            if (row := row_of(summary, STAGE2, m, _group(m))) is not None
        ]
        + _share_rows(shares, seeds),
        photographs=[
            (row["photo"], [row["seed"], row["count"], *(shown(m, row[m]) for m in MEASURES)])
            for row in photographs.to_dict("records")
        ],
        photograph_measures=[_NAMES[metric] for metric in MEASURES],
        provenance=provenance,
        parameters=flatten(parameters),
    )


def shown(metric: str, change: float) -> str:
    """A change as people read it: dB for PSNR, the plain difference for shares and SSIM, else percent."""
    if pd.isna(change):
        return _NONE
    text = f"{change:+.3f} dB" if metric == "psnr" else f"{change:+.4f}"
    return with_minus(text) if metric in DIFFERENCES else percent(change)


def _group(metric: str) -> str:
    return "named" if metric in DIMENSIONS else "all"


def _main_rows(summary: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Stage 2 against the control: a row a measure, with where it was named, where not, and all pictures."""
    groups = ("named", "not named", "all")
    return [
        (_NAMES[metric], [_with_interval(summary, metric, group) for group in groups]) for metric in _MEASURES
    ]


def _with_interval(summary: pd.DataFrame, metric: str, group: str) -> str:
    row = row_of(summary, STAGE2, metric, group)
    if row is None:
        return _NONE
    ends = [shown(metric, row[end]).removesuffix(" dB").removesuffix(" %") for end in ("low", "high")]
    interval = f"[{ends[0]}, {ends[1]}]"
    return f"{shown(metric, row['change'])} {interval} ({row['count']:.0f})"


def _share_rows(shares: pd.DataFrame, seeds: Sequence[str]) -> list[tuple[str, list[str]]]:
    """How stage 2 is used on each seed; no row of what isn't known."""
    return [
        (_SHARES[str(name)], [f"{of.get(seed, math.nan):g}".replace("nan", _NONE) for seed in seeds])
        for name, of in shares.rename(columns="seed_{}".format).iterrows()
    ]


def _steering_rows(summary: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """By the dimension that the words were about: the change of each where that one was named."""
    rows = [
        (_NAMES[about], [_cell(summary, steering_name(about), measured) for measured in DIMENSIONS])
        for about in DIMENSIONS
    ]
    return [row for row in rows if set(row[1]) != {_NONE}]


def _arm_cells(summary: pd.DataFrame, arm: str) -> list[str]:
    """On which seeds, and the change of each measure."""
    row = row_of(summary, arm, "psnr", "all")
    made = (
        []
        if row is None
        else [name for name in row.index if name.startswith("seed_") and pd.notna(row[name])]
    )
    seeds = ", ".join(name.removeprefix("seed_") for name in made) or _NONE
    return [seeds, *(_cell(summary, arm, metric) for metric in _MEASURES)]


def _cell(summary: pd.DataFrame, arm: str, metric: str) -> str:
    row = row_of(summary, arm, metric, _group(metric))
    return _NONE if row is None else shown(metric, row["change"])
