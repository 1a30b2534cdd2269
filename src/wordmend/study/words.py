"""What the arms hear of the pairs."""

from collections.abc import Mapping, Sequence

import pandas as pd

from wordmend.comments.config import DEFAULT_PRESET, WordsConfig
from wordmend.comments.language import QualityLanguage
from wordmend.comments.target_table import words_of_pairs
from wordmend.comments.words import TargetText
from wordmend.defects.measure import DIMENSIONS
from wordmend.evaluation.arms import named_defects
from wordmend.study.arms import Words

ALIKE = {text.dimension: text.text for text in DEFAULT_PRESET} | {"other": "the image looks natural"}
"""What is said of every picture alike: a text for each dimension."""


def sample_of(pair_id: str) -> str:
    """The sample that a pair's restored image is."""
    return f"{pair_id}.restored"


def words_for(
    words: Words,
    pair_ids: Sequence[str],
    comments: pd.DataFrame,
    language: QualityLanguage,
    config: WordsConfig,
) -> Mapping[str, Sequence[TargetText]]:
    """The target texts of every pair, as an arm with such `words` hears them."""
    if words == "none":
        return {}
    if words == "said":
        return words_of_pairs(pair_ids, comments, language, config)
    return {
        pair_id: [
            TargetText(text, dimension, None, "measured", None, sample_of(pair_id))
            for dimension, text in ALIKE.items()
        ]
        for pair_id in pair_ids
    }


def named_of_pairs(
    pair_ids: Sequence[str], comments: pd.DataFrame, language: QualityLanguage
) -> pd.DataFrame:
    """Which dimensions were named on which pair: `pair_id`, and `named_<dimension>` as bool."""
    words = words_of_pairs(pair_ids, comments, language, WordsConfig(use_preset=False))
    named = named_defects(words)
    pairs = pd.Series(list(pair_ids), name="pair_id")
    columns = {f"named_{d}": pairs.isin(named.loc[named["dimension"] == d, "pair_id"]) for d in DIMENSIONS}
    return pd.DataFrame({"pair_id": pairs, **columns})
