from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from wordmend.errors import ImageError, PhotosError
from wordmend.images.photos import find_photos
from wordmend.images.reading import read_image
from wordmend.images.writing import write_image
from wordmend.pairs.config import PairSynthesisConfig
from wordmend.pairs.real_pairs import cut_real_pairs, find_real_pairs, read_real_pair


def config(**values: Any) -> PairSynthesisConfig:
    return PairSynthesisConfig.model_validate({"size": 32, **values})


def write_pair(
    folder: Path, name: str, seed: int = 0, size: tuple[int, int] = (64, 96), shrink: int = 1
) -> None:
    gt = np.random.default_rng(seed).random((*size, 3), dtype=np.float32)
    lq = cv2.resize(gt, (size[1] // shrink, size[0] // shrink), interpolation=cv2.INTER_AREA) * 0.5
    write_image(folder / "gt" / name, gt)
    write_image(folder / "lq" / name, lq)


def test_crops_are_of_the_same_place_in_both(tmp_path: Path) -> None:
    for index in range(4):
        write_pair(tmp_path, f"album/p{index}.png", index)
    scan = find_real_pairs(tmp_path, config(), seed=0)
    pairs = list(cut_real_pairs(scan.pairs, config()))
    assert scan.rejected == []
    assert len(pairs) == 4 * 6
    assert len({pair.pair_id for pair in pairs}) == len(pairs)
    assert pairs[0].pair_id == "real-p0-0000"
    assert {pair.split for pair in pairs} == {"train", "validation", "test"}
    gt = read_image(tmp_path / "gt" / "album" / "p0.png")
    np.testing.assert_array_equal(pairs[5].gt, gt[32:64, 64:96])
    for pair in pairs:
        np.testing.assert_allclose(pair.lq, pair.gt * 0.5, atol=1.1 / 255)
        assert (pair.damage, pair.recipe, pair.source) == (None, None, "real")
        assert pair.photo.startswith("real:album/p")


def test_crops_are_limited_and_spread(tmp_path: Path) -> None:
    write_pair(tmp_path, "p.png", size=(320, 320))
    limited = config(real_crops=5)
    scan = find_real_pairs(tmp_path, limited, seed=0)
    pairs = list(cut_real_pairs(scan.pairs, limited))
    gt = read_image(tmp_path / "gt" / "p.png")
    assert len(pairs) == 5
    np.testing.assert_array_equal(pairs[0].gt, gt[:32, :32])
    np.testing.assert_array_equal(pairs[-1].gt, gt[-32:, -32:])


def test_smaller_lq_is_scaled_up_by_a_whole_number(tmp_path: Path) -> None:
    write_pair(tmp_path, "p.png", shrink=4)
    lq, gt = read_real_pair(tmp_path / "lq" / "p.png", tmp_path / "gt" / "p.png", config(channels="gray"))
    assert lq.shape == gt.shape == (64, 96, 1)
    assert lq.min() >= 0
    assert lq.max() <= 1


@pytest.mark.parametrize("size", [(64, 95), (24, 36), (128, 192), (32, 96)])
def test_sizes_that_do_not_fit_are_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    write_pair(tmp_path, "p.png")
    write_image(tmp_path / "lq" / "p.png", np.zeros((*size, 3), dtype=np.float32))
    with pytest.raises(ImageError, match=r"lq/p\.png.* don't fit the 96 x 64"):
        read_real_pair(tmp_path / "lq" / "p.png", tmp_path / "gt" / "p.png", config())


def test_what_cannot_be_used_is_rejected_with_reasons(tmp_path: Path) -> None:
    write_pair(tmp_path, "good.png")
    write_pair(tmp_path, "small.png", 1, size=(16, 16))
    write_pair(tmp_path, "alone.png", 2)
    (tmp_path / "gt" / "alone.png").unlink()
    write_pair(tmp_path, "missing.png", 3)
    (tmp_path / "lq" / "missing.png").unlink()
    write_pair(tmp_path, "twice.png", 4)
    (tmp_path / "lq" / "twice.jpg").write_bytes(b"")
    write_pair(tmp_path, "broken.png", 5)
    (tmp_path / "lq" / "broken.png").write_bytes(b"no picture")
    scan = find_real_pairs(tmp_path, config(), seed=0)
    assert [pair.name for pair in scan.pairs] == ["good.png"]
    reasons = {path.relative_to(tmp_path).as_posix(): reason for path, reason in scan.rejected}
    assert "at least 32" in reasons["lq/small.png"]
    assert "no picture of that name in gt" in reasons["lq/alone.png"]
    assert "no picture of that name in lq" in reasons["gt/missing.png"]
    assert "keep one of them" in reasons["lq/twice.jpg"]
    assert "keep one of them" in reasons["lq/twice.png"]
    assert "not an image" in reasons["lq/broken.png"]


def test_suffixes_may_differ(tmp_path: Path) -> None:
    write_pair(tmp_path, "p.png")
    cv2.imwrite(str(tmp_path / "lq" / "p.jpg"), np.zeros((64, 96, 3), dtype=np.uint8))
    (tmp_path / "lq" / "p.png").unlink()
    assert [pair.name for pair in find_real_pairs(tmp_path, config(), seed=0).pairs] == ["p.png"]


def test_photographs_stay_in_the_split_they_have(tmp_path: Path) -> None:
    for index in range(6):
        write_pair(tmp_path, f"p{index}.png", index)
    write_pair(tmp_path, "again.png", 3)
    known = {photo.sha256: "test" for photo in find_photos(tmp_path / "gt").photos if photo.name == "p0.png"}
    pairs = find_real_pairs(tmp_path, config(), seed=0, photo_splits=known).pairs
    splits = {pair.name: pair.split for pair in pairs}
    assert splits["p0.png"] == "test"
    assert splits["again.png"] == splits["p3.png"]
    assert set(splits.values()) == {"train", "validation", "test"}


def test_two_pairs_are_for_training(tmp_path: Path) -> None:
    write_pair(tmp_path, "a.png", 0)
    write_pair(tmp_path, "b.png", 1)
    assert {pair.split for pair in find_real_pairs(tmp_path, config(), seed=0).pairs} == {"train"}


def test_nothing_usable(tmp_path: Path) -> None:
    with pytest.raises(PhotosError, match="does not exist"):
        find_real_pairs(tmp_path, config(), seed=0)
    write_pair(tmp_path, "small.png", size=(16, 16))
    with pytest.raises(PhotosError, match=r"no usable real pair in .*\(first: .*small\.png.*real_pairs_dir"):
        find_real_pairs(tmp_path, config(), seed=0)
