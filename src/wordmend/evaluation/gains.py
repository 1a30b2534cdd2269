"""Which test pictures gained most from the words, and which lost."""

import pandas as pd

from wordmend.defects.measure import DIMENSIONS


def gains(per_image: pd.DataFrame, named: pd.DataFrame) -> "pd.Series[float]":
    """How much of the control's defects stage 2 mended, by pair_id, largest gain first.

    The gain of a pair is the mean, over the dimensions named on it, of (control - stage2) divided by the
    control's mean over all pairs: +1 has mended as much as the control leaves on average, 0 is no difference,
    below 0 is a loss. A pair on which nothing was named counts with every dimension that it has.

    Args:
        per_image: rows of `measure_images` with the arms control and stage2.
        named: columns pair_id, dimension.
    """
    arms = {arm: per_image[per_image["arm"] == arm].set_index("pair_id") for arm in ("control", "stage2")}
    dimensions = list(DIMENSIONS)
    usual = arms["control"][dimensions].mean().clip(lower=1e-6)
    gain = (arms["control"][dimensions] - arms["stage2"][dimensions]) / usual
    spoken = pd.DataFrame(False, index=gain.index, columns=dimensions)
    known = named[named["pair_id"].isin(gain.index) & named["dimension"].isin(dimensions)]
    for pair_id, dimension in zip(known["pair_id"], known["dimension"], strict=True):
        spoken.loc[pair_id, dimension] = True
    unspoken = ~spoken.any(axis=1)
    spoken.loc[unspoken] = True
    return gain.where(spoken).mean(axis=1).dropna().sort_values(ascending=False, kind="stable")


def select_examples(per_image: pd.DataFrame, named: pd.DataFrame, count: int = 8) -> list[str]:
    """The pair_ids to show: half with the largest gains, half with the smallest or the largest losses.

    Pairs on which something was named come first, as only they can show what words do.
    """
    order = gains(per_image, named)
    spoken = order[order.index.isin(named["pair_id"])]
    pool = list(spoken.index if len(spoken) >= count else order.index)
    if len(pool) <= count:
        return pool
    top = (count + 1) // 2
    return pool[:top] + pool[len(pool) - (count - top) :]
