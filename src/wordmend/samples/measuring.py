"""Comments measured on quality samples: the embedded stand-in for people (M8)."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from wordmend.comments.entry import Entry
from wordmend.comments.language import QualityLanguage
from wordmend.comments.measured import measured_entries
from wordmend.comments.measured_config import MeasuredConfig
from wordmend.comments.table import entries_to_table
from wordmend.pairs.library import PairLibrary
from wordmend.progress import progress
from wordmend.samples.restored import RestoredLibrary
from wordmend.seeds import seed_for


def measure_samples(
    samples: pd.DataFrame,
    pairs: PairLibrary,
    restored: RestoredLibrary,
    config: MeasuredConfig,
    language: QualityLanguage,
    seed: int,
) -> pd.DataFrame:
    """Compare every sample of a pair with its `gt` and say what is found; new images have nothing to compare.

    Returns:
        A comments table. The words for one sample don't depend on what other samples there are.
    """
    measurable = samples[samples["pair_id"].notna()]

    def entries() -> Iterator[Entry]:
        groups = measurable.groupby("pair_id", sort=False)
        for pair_id, rows in progress(groups, "measuring comments", total=len(groups), unit="pair"):
            pair = pairs.read(str(pair_id))
            for sample_id, kind in zip(rows["sample_id"], rows["kind"], strict=True):
                image = {"lq": pair.lq, "gt": pair.gt}.get(kind)
                yield from measured_entries(
                    sample_id=sample_id,
                    pair_id=pair.pair_id,
                    kind=kind,
                    image=restored.read(pair.pair_id) if image is None else image,
                    gt=pair.gt,
                    damage=pair.damage,
                    config=config,
                    language=language,
                    rng=np.random.default_rng(seed_for(seed, f"words for {sample_id}")),
                )

    return entries_to_table(entries())
