"""What a defect costs: its change where it was named, against the change of PSNR, by arm."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd

from wordmend.defects.measure import DIMENSIONS
from wordmend.evaluation.curves import COLOURS, inline_svg
from wordmend.study.arms import Arm
from wordmend.study.summary import row_of

LINES = ("text only", "unsharp mask", "sharpness loss", "stage 2 sharpened")
POINTS = ("stage 2", "everywhere", "without text", "wordless")
Point = tuple[float, float, str]


def trade_points(summary: pd.DataFrame, arms: Sequence[Arm], family: str, dimension: str) -> list[Point]:
    """Of a family's arms: change of PSNR over all pictures, dB; of the defect where named; label."""
    found = []
    for arm in arms:
        psnr = row_of(summary, arm.name, "psnr", "all")
        defect = row_of(summary, arm.name, dimension, "named")
        if arm.family == family and psnr is not None and defect is not None:
            label = arm.name if arm.strength is None else f"{arm.strength:g}"
            found.append((float(psnr["change"]), float(defect["change"]), label))
    return found


def trade_svgs(summary: pd.DataFrame, arms: Sequence[Arm]) -> list[str]:
    """One picture a dimension: lines from the control, at 0, or stage 2, along the strength of a family."""
    return [
        inline_svg(f"{dimension}: defect against PSNR", partial(_draw, summary, arms, dimension))
        for dimension in DIMENSIONS
    ]


def _draw(summary: pd.DataFrame, arms: Sequence[Arm], dimension: str, axes: Any) -> None:
    axes.plot([0], [0], "s", color="gray", markersize=4)
    for family, colour in zip(LINES, COLOURS, strict=False):
        points = trade_points(summary, arms, family, dimension)
        if points:
            line = [*_start(summary, arms, family, dimension), *points]
            axes.plot(*_xy(line), "o-", color=colour, markersize=3, linewidth=1.2, label=family)
            _label(axes, line)
    for family, marker in zip(POINTS, "*P^v", strict=True):
        points = trade_points(summary, arms, family, dimension)
        if points:
            axes.plot(*_xy(points), marker, color=COLOURS[3], markersize=7, linestyle="", label=family)
    axes.set_title(dimension.replace("_", " "), fontsize=10)
    axes.set_xlabel("PSNR against the control, dB")
    axes.set_ylabel("defect, %")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=6)


def _start(summary: pd.DataFrame, arms: Sequence[Arm], family: str, dimension: str) -> list[Point]:
    """The point that a family grows stronger from, without its label."""
    if family != "stage 2 sharpened":
        return [(0.0, 0.0, "")]
    return [(x, y, "") for x, y, _ in trade_points(summary, arms, "stage 2", dimension)]


def _xy(points: Sequence[Point]) -> tuple[list[float], list[float]]:
    return [x for x, _, _ in points], [100 * y for _, y, _ in points]


def _label(axes: Any, points: Sequence[Point]) -> None:
    for x, y, label in points:
        axes.annotate(label, (x, 100 * y), xytext=(3, 3), textcoords="offset points", fontsize=6)
