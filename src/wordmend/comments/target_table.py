"""The target texts of all pairs as a table, so that what guided stage 2 can be looked up."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from wordmend.comments.config import WordsConfig
from wordmend.comments.entry import Entry
from wordmend.comments.language import QualityLanguage
from wordmend.comments.table import region_of, region_values, table_to_entries
from wordmend.comments.words import TargetText, target_texts

TARGET_TYPES = {
    "pair_id": "string",
    "text": "string",
    "dimension": "string",
    "region_x": "Int64",
    "region_y": "Int64",
    "region_width": "Int64",
    "region_height": "Int64",
    "source": "string",
    "comment_id": "string",
    "sample_id": "string",
}


def words_of_pairs(
    pair_ids: Iterable[str], comments: pd.DataFrame, language: QualityLanguage, config: WordsConfig
) -> dict[str, list[TargetText]]:
    """The target texts of every pair by pair id, as `target_texts` finds them."""
    entries: defaultdict[str | None, list[Entry]] = defaultdict(list)
    for entry in table_to_entries(comments):
        entries[entry.pair_id].append(entry)
    return {pair_id: target_texts(pair_id, entries[pair_id], language, config) for pair_id in pair_ids}


def targets_to_table(words: Mapping[str, Sequence[TargetText]]) -> pd.DataFrame:
    """One row a target text, with the columns and types of `TARGET_TYPES`."""
    rows = [(pair_id, *target_row(target)) for pair_id, targets in words.items() for target in targets]
    return pd.DataFrame(rows, columns=list(TARGET_TYPES)).astype(TARGET_TYPES)


def table_to_targets(table: pd.DataFrame) -> dict[str, list[TargetText]]:
    """The target texts by pair id, in the table's order."""
    words: defaultdict[str, list[TargetText]] = defaultdict(list)
    plain = table.astype(object).where(table.notna(), None)
    for row in plain.to_dict("records"):
        words[row["pair_id"]].append(
            TargetText(
                row["text"],
                row["dimension"],
                region_of(row),
                row["source"],
                row["comment_id"],
                row["sample_id"],
            )
        )
    return dict(words)


def target_row(target: TargetText) -> tuple[str | int | None, ...]:
    """A target text as values of `TARGET_TYPES`, without the pair."""
    where = region_values(target.region)
    return (target.text, target.dimension, *where, target.source, target.comment_id, target.sample_id)
