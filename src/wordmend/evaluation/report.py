"""The report: one HTML file that a person opens, with everything in it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wordmend.config import flatten
from wordmend.errors import ImageError
from wordmend.evaluation.curves import curve_svgs
from wordmend.evaluation.gains import gains
from wordmend.evaluation.metrics import HIGHER_IS_BETTER, METRICS
from wordmend.evaluation.report_data import ARM_NAMES, ARMS, Example, ReportData
from wordmend.evaluation.trail_page import trail_page
from wordmend.evaluation.verdict import NAMES, judge
from wordmend.files import atomic_path
from wordmend.pages.formatting import NOTHING, number, percent
from wordmend.pages.pictures import data_url
from wordmend.pages.template import page_template

_TEMPLATE = "report.html.jinja"
QUALITY_FIGURES = {
    "accuracy": ("accuracy", "how often it tells rightly whether words fit a picture"),
    "negation_accuracy": ("negation accuracy", "how often it understands the word “not”"),
    "paraphrase_accuracy": ("paraphrase accuracy", "the same as accuracy, in words that no training had"),
    "auc": ("AUC", "how surely fitting words score above others; .5 is guessing"),
}
"""Figures of a quality model to what they are called, and what they mean."""
_PIXELATED_SIDE = 192  # pixels: smaller pictures are enlarged without smoothing, which would hide noise


def write_report(path: Path, report: ReportData) -> None:
    """Write the report as one self-contained HTML file: no style, font or picture comes from elsewhere.

    All texts are escaped. The file is replaced as a whole or left as it was.

    Raises:
        TableError: when `per_image` lacks rows of the control or of stage2, or a history lacks columns.
        ImageError: when the pictures of an example differ in size.
    """
    page = render_report(report)
    with atomic_path(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def render_report(report: ReportData) -> str:
    """The page as text; errors are those of `write_report`."""
    verdict = judge(report.per_image, report.named, report.seed)
    gain = gains(report.per_image, report.named)
    shown = sorted(report.examples, key=lambda example: -gain.get(example.pair_id, float("-inf")))
    examples = [_example(index, example, gain) for index, example in enumerate(shown)]
    return page_template(Path(__file__).parent / _TEMPLATE).render(
        title=report.title,
        verdict=verdict,
        words_where=report.words_where,
        arms=[(arm, ARM_NAMES[arm]) for arm in ARMS],
        rows=_rows(report.per_image, verdict.overall),
        named_rows=_difference_rows(verdict.named),
        quality=_quality(report.quality),
        judge=_quality(report.judge) if report.judge else None,
        people=report.people if report.people and report.people["people"] else None,
        judgement=_judgement(report.people),
        words_used=report.words_used,
        guard=report.guard,
        release=report.release,
        groups=_groups(examples),
        trail=None if report.trail is None else trail_page(report.trail, report.seed),
        curves=[(title, curve_svgs(runs, title)) for title, runs in report.curves.items()],
        provenance=report.provenance,
        parameters=flatten(report.parameters),
        pairs=int(report.per_image["pair_id"].nunique()),
    )


def _rows(per_image: pd.DataFrame, overall: pd.DataFrame) -> list[dict[str, Any]]:
    """One row a metric: its means by arm, the best marked, and stage 2 minus control."""
    means = per_image.groupby("arm")[list(METRICS)].mean()
    differences = {row["metric"]: row for row in _difference_rows(overall)}
    rows = []
    for metric in METRICS:
        values = {arm: float(means[metric].get(arm, np.nan)) for arm in ARMS}
        known = [value for value in values.values() if not np.isnan(value)]
        best = None if not known else max(known) if metric in HIGHER_IS_BETTER else min(known)
        cells = [
            {"text": number(metric, value), "best": number(metric, best) == number(metric, value)}
            for value in values.values()
        ]
        rows.append(
            {
                "name": NAMES[metric],
                "is_defect": metric not in HIGHER_IS_BETTER,
                "cells": cells,
                "difference": differences.get(metric),
            }
        )
    return rows


def _difference_rows(differences: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "metric": row["metric"],
            "name": NAMES[row["metric"]],
            "mean": number(row["metric"], row["mean"], signed=True),
            "low": number(row["metric"], row["low"], signed=True),
            "high": number(row["metric"], row["high"], signed=True),
            "count": row["count"],
            "better": row["better"],
            "share": percent(row["mean"], row["baseline_mean"]),
        }
        for row in differences.to_dict("records")
    ]


def _quality(quality: Mapping[str, float | None] | None) -> list[tuple[str, str, str]]:
    values = quality or {}
    return [
        (name, NOTHING if values.get(key) is None else f"{values[key]:.3f}", meaning)
        for key, (name, meaning) in QUALITY_FIGURES.items()
    ]


def _judgement(people: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The side-by-side judgements as rows; None where there are none."""
    found = (people or {}).get("judgement")
    if not found or not found["judgements"]:
        return None
    named = [(ARM_NAMES[arm], share) for arm, share in found["arms"].items()]
    rows = [*named, ("stage 2 rather than control", found["stage2_control"])]
    return {**found, "rows": [(name, share) for name, share in rows if share["of"]]}


def _example(index: int, example: Example, gain: "pd.Series[float]") -> dict[str, Any]:
    sizes = {image.shape[:2] for image in example.images.values()}
    if len(sizes) != 1:
        raise ImageError(f"pictures of {example.pair_id!r} have sizes {sorted(sizes)}; they must be equal")
    height, width = sizes.pop()
    order = [arm for arm in (*ARMS, "gt") if arm in example.images]
    value = gain.get(example.pair_id)
    return {
        "key": f"example{index}",
        "pair_id": example.pair_id,
        "photo": example.photo,
        "recipe": example.recipe,
        "width": width,
        "height": height,
        "pixelated": max(height, width) <= _PIXELATED_SIDE,
        "pictures": [(arm, ARM_NAMES[arm], data_url(example.images[arm])) for arm in order],
        "chosen": "stage2" if "stage2" in order else order[-1],
        "words": example.words,
        "gain": None if value is None else float(value),
    }


def _groups(examples: list[dict[str, Any]]) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Gains and losses under their own headings; what isn't measured stands last."""
    gained = [example for example in examples if example["gain"] is not None and example["gain"] > 0]
    lost = [example for example in examples if example["gain"] is not None and example["gain"] <= 0][::-1]
    unknown = [example for example in examples if example["gain"] is None]
    groups = [
        ("gained", "Where the words helped most", gained),
        ("lost", "Where they helped least or harmed", lost),
        ("unknown", "More pictures", unknown),
    ]
    return [group for group in groups if group[2]]
