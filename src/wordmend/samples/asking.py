"""Which quality samples people are asked about first (M5, M9)."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from wordmend.pairs.table import of_sample_photos

ASKED_KINDS = ("restored", "lq", "new")
"""A gt is the measure of all: there is nothing to ask about it."""


def samples_to_ask(samples: pd.DataFrame, splits: Sequence[str]) -> pd.DataFrame:
    """The quality samples that can be asked about, those of the pairs trained on last before all others.

    Args:
        samples: the quality samples' table.
        splits: that they are taken from.

    Returns:
        The rows, the latest trained first, then restored, lq and new ones, each in the table's order; none
        of sample photographs that came beside one's own.
    """
    rows = samples[samples["kind"].isin(ASKED_KINDS) & samples["split"].isin(splits)]
    rows = rows[~of_sample_photos(rows["photo"])]
    kind = rows["kind"].map({name: place for place, name in enumerate(ASKED_KINDS)})
    order = pd.DataFrame({"last": rows["last_trained"].fillna(len(samples)), "kind": kind})
    return rows.loc[order.sort_values(["last", "kind"], kind="stable").index]


def most_unsure_first(unsure: Mapping[str, npt.NDArray[np.floating]]) -> list[int]:
    """Places of samples, by turns the one that the quality model is least sure about in each dimension.

    Args:
        unsure: by dimension, `(N,)` in [0, 1]: 1 where both of two contrary texts fit equally well.
    """
    orders = [list(np.argsort(-values, kind="stable")) for values in unsure.values()]
    found: dict[int, None] = {}
    for places in zip(*orders, strict=True):
        found.update(dict.fromkeys(int(place) for place in places))
    return list(found)
