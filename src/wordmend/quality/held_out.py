"""The quality model's figures of `metrics.json`: on photographs that took no part in its training."""

import math
from pathlib import Path

import pandas as pd

from wordmend.pairs.library import PairLibrary
from wordmend.quality.clear_cases import clear_cases
from wordmend.quality.evaluate import evaluate_quality
from wordmend.quality.model import QualityModel
from wordmend.quality.samples import join_comments


def judge_on_held_out(
    model: QualityModel,
    samples: pd.DataFrame,
    comments: pd.DataFrame,
    data_folder: Path,
    pairs: PairLibrary,
    seed: int,
) -> dict[str, float | None]:
    """`accuracy`, `negation_accuracy`, `paraphrase_accuracy`, `auc` of the test split; None: nothing tells.

    Accuracy and AUC are over the comments on the test samples, negation and paraphrase accuracy over the test
    pairs' `gt`, each beside the same picture strongly degraded in one dimension.
    """
    test_samples = join_comments(comments, samples, data_folder).split("test").commented()
    cases = list(clear_cases(((pair.pair_id, pair.gt) for pair in pairs.split("test")), seed))
    scores = evaluate_quality(model.eval(), test_samples, cases).summary()
    return {name: value if math.isfinite(value) else None for name, value in scores.items()}
