"""Measured pictures of which the truth is known."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from wordmend.evaluation.metrics import METRICS


def control_and_stage2(
    pairs: Sequence[str], spread: float, **shifts: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the control, and of stage 2, which differs by the shifts (by metric) and by a little chance.

    The chance has the given standard deviation and a mean of 0.
    """
    rng = np.random.default_rng(0)
    control = pd.DataFrame(rng.uniform(0.4, 0.6, (len(pairs), len(METRICS))), columns=list(METRICS))
    jitter = rng.normal(0, spread, control.shape)
    stage2 = control + jitter - jitter.mean(axis=0)
    for name, shift in shifts.items():
        stage2[name] += shift
    return control, stage2
