"""What the guard of stage 2 saw and did, in plain words."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from wordmend.restorers.config import Use

Row = dict[Hashable, Any]

_DECIMALS = {"psnr": 2, "haarpsi": 4, "similarity": 3, "judge_similarity": 3}
_NONE = "\N{EN DASH}"


def sum_up_guard(table: pd.DataFrame) -> dict[str, Any]:
    """Sum up the guard's table for the report.

    Args:
        table: one row a validation: `step`; `psnr, haarpsi, similarity, judge_similarity` of stage 2, and of
            the control with `control_` before them; `finding, words_factor, control_share,
            sharpness_share, action, trusted_step`.

    Returns:
        `sentences`, and `rows` with `step, cells, finding, words_factor, action`.
    """
    if table.empty:
        return {"sentences": ["The guard was off (stage2.guard)."], "rows": []}
    records = table.astype({"step": int}).to_dict("records")
    found = [row for row in records if row["finding"] != "nothing" or row["action"] != "nothing"]
    looked = sum(not _used_less(row) for row in records)
    times = f"The guard looked {looked} time{'s' if looked > 1 else ''}"
    sentences = [f"{times} and found nothing."] if not found else [f"{times}.", *map(_sentence, found)]
    rows = [
        {
            "step": row["step"],
            "cells": [_cell(row, name) for name in _DECIMALS],
            "finding": row["finding"],
            "words_factor": f"{row['words_factor']:g}",
            "action": done(row),
        }
        for row in records
    ]
    return {"sentences": sentences, "rows": rows}


def _used_less(row: Mapping[Hashable, Any]) -> bool:
    return bool(row["action"] == "used less")


def done(row: Mapping[Hashable, Any]) -> str:
    """What was done at a validation, as people read it."""
    if _used_less(row):
        parts = []
        if row["control_share"] > 0:
            parts.append(f"took in {row['control_share']:g} of the control")
        if row["sharpness_share"] < Use().sharpness:
            parts.append(f"is used by {row['sharpness_share']:g} where sharpness alone is at fault")
        return " and ".join(parts)
    if row["action"] == "went back":
        return f"went back to step {row['trusted_step']:.0f}"
    return str(row["action"])


def _sentence(row: Row) -> str:
    if _used_less(row):
        near = "to be near enough to the originals"
        return f"In the end stage 2 {done(row)}, {near}: with it PSNR is {_both(row, 'psnr')} dB."
    saw = []
    if "fooled" in row["finding"]:
        doubts = {"judge_similarity": "the judge liked it less", "haarpsi": "HaarPSI was lower"}
        others = [
            f"{doubt} ({_both(row, name)})"
            for name, doubt in doubts.items()
            if row[name] < row[f"control_{name}"]
        ]
        liked = f"liked stage 2 better than the control ({_both(row, 'similarity')})"
        saw.append(f"the quality model was being fooled: it {liked}, but {' and '.join(others)}")
    if "too far" in row["finding"]:
        saw.append(f"stage 2 had gone too far from the originals: PSNR was {_both(row, 'psnr')} dB")
    did = f" The training ended and {done(row)}, stage 2 and the control alike."
    if row["action"] == "lowered":
        did = f" The weight of the words was lowered to {row['words_factor']:g} of what is set."
    elif row["action"] == "nothing":
        did = ""  # at the last validation
    return f"At step {row['step']} {'; and '.join(saw)}.{did}"


def _both(row: Row, name: str) -> str:
    """Stage 2's number against the control's."""
    if pd.isna(row[name]):
        return _NONE
    decimals = _DECIMALS[name]
    return f"{row[name]:.{decimals}f} against {row[f'control_{name}']:.{decimals}f}"


def _cell(row: Row, name: str) -> str:
    """Both, and the standard error of their difference, where it is known."""
    error = row.get(f"error_{name}")  # tables of earlier versions have none
    return _both(row, name) + ("" if pd.isna(error) else f" ± {error:.{_DECIMALS[name]}f}")
