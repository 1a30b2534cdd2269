from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wordmend.errors import ImageError, TableError
from wordmend.quality.samples import join_comments

Tables = tuple[pd.DataFrame, pd.DataFrame, Path]


def test_entries_come_to_their_samples(noise_tables: Tables) -> None:
    comments, samples, folder = noise_tables
    joined = join_comments(comments, samples, folder)
    assert [s.sample_id for s in joined.samples] == samples["sample_id"].tolist()
    assert all(entry.sample_id == s.sample_id for s in joined.samples for entry in s.entries)
    assert len(joined.entries) == len(comments)


def test_splits_are_those_of_the_table(noise_tables: Tables) -> None:
    joined = join_comments(*noise_tables)
    counts = {name: len(joined.split(name)) for name in ("train", "validation", "test")}
    assert counts == {"train": 48, "validation": 16, "test": 16}


def test_pictures_are_bytes_and_read_once(noise_tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    joined = join_comments(*noise_tables)
    first = joined.picture(1)
    assert first.shape == (48, 48, 3) and first.dtype == np.uint8
    monkeypatch.setattr("wordmend.quality.samples.read_image", None)
    assert joined.picture(1) is first


def test_no_more_memory_than_allowed(noise_tables: Tables) -> None:
    joined = join_comments(*noise_tables)
    joined = type(joined)(joined.samples, cache_bytes=48 * 48 * 3)
    assert joined.picture(0) is joined.picture(0)
    assert joined.picture(1) is not joined.picture(1)


def test_processes_share_the_memory(noise_tables: Tables) -> None:
    joined = join_comments(*noise_tables)
    assert [joined.shared_by(readers).cache_bytes for readers in (0, 1, 4)] == [2 << 30, 2 << 30, 2 << 28]
    assert joined.shared_by(4).samples == joined.samples


def test_samples_without_comments_stay_unless_left_out(noise_tables: Tables) -> None:
    comments, samples, folder = noise_tables
    joined = join_comments(comments.iloc[:10], samples, folder)
    assert len(joined) == len(samples)
    assert len(joined.commented()) == 10
    assert len(joined.spread(7)) == 7


def test_a_comment_on_an_unknown_sample_is_refused(noise_tables: Tables) -> None:
    comments, samples, folder = noise_tables
    with pytest.raises(TableError, match=r"'p00\.gt'"):
        join_comments(comments, samples.iloc[1:], folder)


def test_missing_columns_and_doubled_samples_are_refused(noise_tables: Tables) -> None:
    comments, samples, folder = noise_tables
    with pytest.raises(TableError, match="lacks split"):
        join_comments(comments, samples.drop(columns="split"), folder)
    with pytest.raises(TableError, match=r"'p00\.gt' stands there twice"):
        join_comments(comments, pd.concat([samples, samples.iloc[:1]]), folder)


def test_a_missing_picture_is_named(noise_tables: Tables, tmp_path: Path) -> None:
    comments, samples, _ = noise_tables
    with pytest.raises(ImageError, match=r"p00\.gt\.png"):
        join_comments(comments, samples, tmp_path).picture(0)
