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
    return f"{value:{'+' if signed else ''}.{_DECIMALS.get(metric, 4)}f}".replace("-", MINUS)


def percent(difference: float, baseline: float) -> str:
    """A difference in percent of its baseline."""
    return f"{100 * difference / baseline:+.1f} %".replace("-", MINUS) if baseline > 0 else NOTHING
