import errno
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from wordmend.errors import ImageError, PhotosError, TableError, WordmendError
from wordmend.images.channels import to_float
from wordmend.pairs import writing
from wordmend.pairs.image_pair import ImagePair
from wordmend.pairs.library import PAIR_COLUMNS, PairLibrary, write_pairs

SPLITS = ("train", "validation", "test")


def pair(index: int, channels: int = 3, **values: Any) -> ImagePair:
    rng = np.random.default_rng(index)
    synthesised = index % 2 == 0
    fields: dict[str, Any] = {
        "pair_id": f"photo{index}-0000",
        "photo": f"photo{index}.jpg",
        "photo_sha256": f"{index:064x}",
        "split": SPLITS[index % 3],
        "lq": to_float(rng.integers(0, 256, (16, 24, channels), dtype=np.uint8)),
        "gt": to_float(rng.integers(0, 256, (16, 24, channels), dtype=np.uint8)),
        "damage": rng.integers(0, 3, (16, 24), dtype=np.uint8) if synthesised else None,
        "recipe": '{"crop": 1}' if synthesised else None,
        "source": "synthesis" if synthesised else "real",
    }
    return ImagePair(**{**fields, **values})


@pytest.fixture
def table_path(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "pairs.parquet"
    write_pairs(path, (pair(index) for index in range(6)))
    return path


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_written_is_read_back(tmp_path: Path, channels: int) -> None:
    written = [pair(index, channels) for index in range(5)]
    write_pairs(tmp_path / "pairs.parquet", written)
    library = PairLibrary.open(tmp_path / "pairs.parquet")
    assert len(library) == 5
    assert library.pair_ids == [one.pair_id for one in written]
    for one, other in zip(written, library, strict=True):
        for name in ("pair_id", "photo", "photo_sha256", "split", "recipe", "source"):
            assert getattr(one, name) == getattr(other, name)
        np.testing.assert_array_equal(one.lq, other.lq)
        np.testing.assert_array_equal(one.gt, other.gt)
        if one.damage is None:
            assert other.damage is None
        else:
            assert other.damage is not None
            np.testing.assert_array_equal(one.damage, other.damage)


def test_table_keeps_its_contract(table_path: Path) -> None:
    table = PairLibrary.open(table_path).table
    assert tuple(table.columns) == PAIR_COLUMNS
    assert PAIR_COLUMNS[:6] == ("pair_id", "photo", "split", "lq_path", "gt_path", "recipe")
    assert table["lq_path"][0] == "pairs/lq/photo0-0000.png"
    assert table["damage_path"].isna().tolist() == [False, True] * 3
    assert table[["channels", "height", "width"]].drop_duplicates().to_numpy().tolist() == [[3, 16, 24]]
    table["split"] = "nonsense"
    assert PairLibrary.open(table_path).split("train").pair_ids == ["photo0-0000", "photo3-0000"]


def test_library_can_be_moved(table_path: Path, tmp_path: Path) -> None:
    shutil.move(table_path.parent, tmp_path / "elsewhere")
    library = PairLibrary.open(tmp_path / "elsewhere" / "pairs.parquet")
    assert next(iter(library)).lq.shape == (16, 24, 3)


def test_splits_and_selections(table_path: Path) -> None:
    library = PairLibrary.open(table_path)
    assert sum(len(library.split(name)) for name in ("train", "validation", "test")) == 6
    chosen = library.select(["photo4-0000", "photo1-0000"])
    assert [one.pair_id for one in chosen] == ["photo4-0000", "photo1-0000"]
    assert len(library.select([])) == 0
    assert chosen.read("photo1-0000").photo == "photo1.jpg"
    with pytest.raises(TableError, match=r"no pair 'photo0-0000' among 2 pairs"):
        chosen.read("photo0-0000")
    with pytest.raises(TableError, match="did you mean 'photo4-0000'"):
        library.read("photo4-000")
    with pytest.raises(TableError, match="selected twice"):
        library.select(["photo1-0000", "photo1-0000"])
    with pytest.raises(TableError, match="did you mean 'train'"):
        library.split("trian")  # type: ignore[arg-type]


def test_a_new_library_replaces_the_old_one(table_path: Path) -> None:
    write_pairs(table_path, [pair(9)])
    assert PairLibrary.open(table_path).pair_ids == ["photo9-0000"]
    assert {path for path in files(table_path.parent) if path.endswith(".png")} == {
        "pairs/lq/photo9-0000.png",
        "pairs/gt/photo9-0000.png",
    }
    assert sorted(path.name for path in table_path.parent.iterdir()) == ["pairs", "pairs.parquet"]


def failing_pairs() -> Iterator[ImagePair]:
    yield pair(7)
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("pairs", "error", "message"),
    [
        ([], PhotosError, "no pairs"),
        (failing_pairs(), KeyboardInterrupt, None),
        ([pair(1), pair(2, pair_id="PHOTO1-0000")], TableError, "comes twice"),
        ([pair(1, pair_id="../x")], TableError, "can't be a file name"),
        ([pair(1, pair_id=".x")], TableError, "can't be a file name"),
        ([pair(0), pair(1, photo="photo0.jpg")], TableError, r"photo0\.jpg.* is in two splits"),
        ([pair(0), pair(1, photo_sha256=f"{0:064x}")], TableError, "is in two splits"),
    ],
)
def test_a_failure_leaves_everything_as_it_was(
    table_path: Path, pairs: Any, error: type[BaseException], message: str | None
) -> None:
    before = files(table_path.parent)
    with pytest.raises(error, match=message):
        write_pairs(table_path, pairs)
    assert files(table_path.parent) == before


@pytest.mark.parametrize("where", ["image", "table", "swap"])
def test_a_full_disk_leaves_everything_as_it_was(
    table_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    before = files(table_path.parent)

    def full(*args: Any, **kwargs: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    original_rename = Path.rename

    if where == "image":
        monkeypatch.setattr(Path, "write_bytes", full)
    elif where == "table":
        monkeypatch.setattr(writing.pq, "write_table", full)
    else:

        def rename(self: Path, target: Path) -> Path:
            if self.name == "pairs.parquet" and target == table_path:
                full()
            return original_rename(self, target)

        monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(WordmendError, match=r"can't be written: No space left.*MB are free"):
        write_pairs(table_path, [pair(7)])
    monkeypatch.undo()
    assert files(table_path.parent) == before


def test_leftovers_of_a_killed_run_are_removed(table_path: Path) -> None:
    (table_path.parent / ".pairs.partial-xyz").mkdir()
    write_pairs(table_path, [pair(7)])
    assert sorted(path.name for path in table_path.parent.iterdir()) == ["pairs", "pairs.parquet"]


def test_table_must_be_parquet(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"ends in \.parquet"):
        write_pairs(tmp_path / "pairs.csv", [pair(0)])


def spoil(table_path: Path, column: str, values: dict[int, Any]) -> None:
    table = pd.read_parquet(table_path)
    for row, value in values.items():
        table[column] = table[column].astype(object)
        table.loc[row, column] = value
    table.to_parquet(table_path)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("split", {2: "practice"}, "row 2: split 'practice' must be one of train"),
        ("pair_id", {1: "photo0-0000"}, "row 1: pair_id 'photo0-0000' is there twice"),
        ("pair_id", {3: None}, "row 3: pair_id None must not be null"),
        ("photo", {1: "photo0.jpg"}, "row 0: photo 'photo0.jpg' is in two splits"),
        ("lq_path", {4: "../secret.png"}, "row 4: lq_path '../secret.png' must be a relative path"),
        ("gt_path", {0: "/etc/passwd"}, "row 0: gt_path '/etc/passwd' must be a relative path"),
        ("damage_path", {2: "pairs/damage/no.png"}, "row 2: damage_path 'pairs/damage/no.png' is not there"),
        ("source", {0: "dream"}, "row 0: source 'dream' must be one of synthesis, real"),
        ("channels", {0: 4}, "row 0: channels 4 must be one of 1, 3"),
        ("height", {5: 0}, "row 5: height 0 must be at least 1"),
        ("width", dict.fromkeys(range(6), "wide"), "width must hold whole numbers"),
        ("recipe", dict.fromkeys(range(6), 7), "row 0: recipe 7 must be text"),
    ],
)
def test_wrong_tables_are_refused_with_their_row(
    table_path: Path, column: str, values: dict[int, Any], message: str
) -> None:
    spoil(table_path, column, values)
    with pytest.raises(TableError, match=message) as caught:
        PairLibrary.open(table_path)
    assert str(table_path) in str(caught.value)


def test_missing_columns_rows_and_tables(table_path: Path) -> None:
    table = pd.read_parquet(table_path)
    table.drop(columns=["recipe", "split"]).to_parquet(table_path)
    with pytest.raises(TableError, match="columns are missing: split, recipe"):
        PairLibrary.open(table_path)
    table.iloc[:0].to_parquet(table_path)
    with pytest.raises(TableError, match="no rows"):
        PairLibrary.open(table_path)
    table_path.write_bytes(b"PAR1 no")
    with pytest.raises(TableError, match="not a readable Parquet file"):
        PairLibrary.open(table_path)
    table_path.unlink()
    with pytest.raises(TableError, match="pair_synthesis"):
        PairLibrary.open(table_path)


def test_further_columns_are_kept(table_path: Path) -> None:
    table = pd.read_parquet(table_path)
    table.assign(note="x").to_parquet(table_path)
    assert PairLibrary.open(table_path).table["note"].tolist() == ["x"] * 6


def test_damaged_files_are_noticed_when_read(table_path: Path) -> None:
    library = PairLibrary.open(table_path)
    (table_path.parent / "pairs/lq/photo0-0000.png").write_bytes(b"")
    with pytest.raises(ImageError, match=r"photo0-0000\.png.*empty"):
        library.read("photo0-0000")
    shutil.copy(
        table_path.parent / "pairs/gt/photo4-0000.png", table_path.parent / "pairs/damage/photo4-0000.png"
    )
    with pytest.raises(ImageError, match="a damage map is an 8-bit gray PNG"):
        library.read("photo4-0000")
    spoil(table_path, "height", {2: 99})
    spoilt = pd.read_parquet(table_path).astype({"height": "int32"})
    spoilt.to_parquet(table_path)
    with pytest.raises(TableError, match=r"lq has height and width \(16, 24\)"):
        PairLibrary.open(table_path).read("photo2-0000")
