from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordmend.comments.entry import DIMENSIONS, KINDS, Entry, Region
from wordmend.comments.table import (
    COLUMN_TYPES,
    entries_to_table,
    merge_comments,
    table_to_entries,
    validate_table,
)
from wordmend.errors import TableError

CONTRACT = [
    *("comment_id", "sample_id", "pair_id", "kind", "text", "opposite", "dimension"),
    *("region_x", "region_y", "region_width", "region_height"),
    *("conforms", "source", "annotator", "created_at"),
]


def an_entry(comment_id: str = "c1", **changes: Any) -> Entry:
    fields: dict[str, Any] = {
        "sample_id": "s1",
        "pair_id": "p1",
        "kind": "restored",
        "text": "noise is left",
        "opposite": "no noise is left",
        "dimension": "noise",
        "region": None,
        "conforms": 1,
        "source": "person",
    }
    return Entry(comment_id, **(fields | changes))


def entries() -> st.SearchStrategy[Entry]:
    moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
    pixels = st.integers(1, 10_000)
    return st.builds(
        Entry,
        comment_id=st.uuids().map(str),
        sample_id=st.text("abc", min_size=1),
        pair_id=st.text("xyz", min_size=1),
        kind=st.sampled_from(KINDS),
        text=st.sampled_from(["noise", "Das Haar ist unscharf", "髪がぼやけている"]),
        opposite=st.none() | st.just("no noise"),
        dimension=st.sampled_from(DIMENSIONS),
        region=st.none() | st.builds(Region, pixels, pixels, pixels, pixels),
        conforms=st.sampled_from([0, 1]),
        source=st.just("person"),
        annotator=st.none() | st.just("Ada"),
        created_at=st.none() | moments,
    )


@given(st.lists(entries(), max_size=5, unique_by=lambda entry: entry.comment_id))
@settings(max_examples=40, deadline=None)
def test_entries_come_back_from_a_table(some: list[Entry]) -> None:
    table = entries_to_table(some)
    assert list(table.columns) == CONTRACT
    assert {name: str(kind) for name, kind in table.dtypes.items()} == COLUMN_TYPES
    assert table_to_entries(table) == some


def test_entries_come_back_from_a_file(tmp_path: Path) -> None:
    some = [
        an_entry(
            "a", region=Region(0, 1, 2, 3), created_at=datetime(2026, 5, 1, 1, 2, 3, 456789, tzinfo=UTC)
        ),
        an_entry("b", opposite=None, kind="new", pair_id=None),
    ]
    file = tmp_path / "comments.parquet"
    entries_to_table(some).to_parquet(file)
    back = pd.read_parquet(file)
    assert table_to_entries(back) == some
    pd.testing.assert_frame_equal(validate_table(back), entries_to_table(some))


def test_an_empty_table_has_its_columns(tmp_path: Path) -> None:
    file = tmp_path / "comments.parquet"
    entries_to_table([]).to_parquet(file)
    assert table_to_entries(pd.read_parquet(file)) == []


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("kind", "restord", "did you mean 'restored'"),
        ("conforms", 2, "give 1 or 0"),
        ("conforms", None, "nothing stands there"),
        ("text", " ", "has no words"),
        ("opposite", "\x00", "has no words"),
        ("region_x", -1, "whole pixels"),
        ("region_width", None, "give all four"),
        ("region_height", "tall", "is not Int64"),
        ("pair_id", None, "belongs to a pair"),
        ("dimension", "nois", "did you mean 'noise'"),
        ("created_at", "yesterday", "is not datetime64"),
        ("comment_id", "a", "stands there twice"),
    ],
)
def test_a_wrong_cell_is_named(column: str, value: object, message: str) -> None:
    region = Region(1, 2, 3, 4)
    table = entries_to_table([an_entry("a", region=region), an_entry("b", region=region)]).astype(object)
    table.loc[1, column] = value
    with pytest.raises(TableError, match=rf"labels\.parquet, row 1, column {column}: .*{message}"):
        validate_table(table, "labels.parquet")


def test_missing_and_unknown_columns_are_named() -> None:
    table = entries_to_table([an_entry()]).rename(columns={"text": "words"})
    with pytest.raises(TableError, match="lacks text and has unknown words"):
        validate_table(table)
    with pytest.raises(TableError, match="measured comments: lacks text"):
        merge_comments(entries_to_table([]), table)


def test_persons_win_over_measurements() -> None:
    said = [
        an_entry("a", sample_id="s1", dimension="noise", region=Region(0, 0, 5, 5)),
        an_entry("b", sample_id="s2", dimension="other"),
    ]
    measured = [
        an_entry("m1", sample_id="s1", dimension="noise", source="measured"),
        an_entry("m2", sample_id="s1", dimension="noise", source="measured", region=Region(9, 9, 5, 5)),
        an_entry("m3", sample_id="s1", dimension="sharpness", source="measured"),
        an_entry("m4", sample_id="s2", dimension="noise", source="measured"),
    ]
    merged = merge_comments(entries_to_table(said), entries_to_table(measured))
    assert list(merged["comment_id"]) == ["a", "b", "m3", "m4"]


def test_merging_again_changes_nothing() -> None:
    said = entries_to_table([an_entry("a"), an_entry("b", dimension="other")])
    measured = entries_to_table([an_entry("m", dimension="sharpness", source="measured")])
    merged = merge_comments(said, measured)
    pd.testing.assert_frame_equal(merge_comments(merged, measured), merged)
    twice = pd.concat([said, said], ignore_index=True)
    pd.testing.assert_frame_equal(merge_comments(twice, measured), merged)
    empty = entries_to_table([])
    pd.testing.assert_frame_equal(merge_comments(said, empty), said)
    pd.testing.assert_frame_equal(merge_comments(empty, measured), measured)
