"""Numbers as they stand on the page."""

import numpy as np

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
"""Stands where nothing was measured."""
_DECIMALS = {"psnr": 2, "ssim": 4, "haarpsi": 4}


def number(metric: str, value: float | None, signed: bool = False) -> str:
    """A value of a metric (a defect's name, `psnr`, ...) with its digits, and its sign where wanted."""
    if value is None or np.isnan(value):
        return NOTHING
    return with_minus(f"{value:{'+' if signed else ''}.{_DECIMALS.get(metric, 4)}f}")


def percent(difference: float, baseline: float) -> str:
    """A difference in percent of its baseline."""
    return with_minus(f"{100 * difference / baseline:+.1f} %") if baseline > 0 else NOTHING


def with_minus(numbers: str) -> str:
    """Numbers with the sign that is as wide as a plus, instead of a hyphen."""
    return numbers.replace("-", MINUS)
