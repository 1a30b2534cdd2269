"""Pairs of one's own photographs, and of the sample photographs beside them."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wordmend.images.photos import SAMPLE_PHOTOGRAPHS, Photo, find_photos
from wordmend.pairs.config import PairSynthesisConfig
from wordmend.pairs.image_pair import SAMPLE, ImagePair
from wordmend.pairs.making import make_all_pairs
from wordmend.pairs.replay import replay_pair

MakePhotos = Callable[..., list[Photo]]


def config(**values: Any) -> PairSynthesisConfig:
    return PairSynthesisConfig.model_validate({"size": 32, "pairs": 12, "workers": 1, **values})


def made(folder: Path | None, **values: Any) -> list[ImagePair]:
    return list(make_all_pairs(folder, config(**values), 0)[0])


def test_sample_photographs_come_beside_ones_own_to_train_on_alone(make_photos: MakePhotos) -> None:
    folder = make_photos(4)[0].path.parent
    own, both = made(folder), made(folder, sample_photo_pairs=34)
    assert [pair.recipe for pair in both[:12]] == [pair.recipe for pair in own]
    assert [pair.split for pair in both[:12]] == [pair.split for pair in own]
    samples = both[12:]
    assert len(samples) == 34
    assert {pair.split for pair in samples} == {"train"}
    counts = [
        sum(pair.photo == f"{SAMPLE}{Path(file).name}" for pair in samples) for _, file in SAMPLE_PHOTOGRAPHS
    ]
    assert sorted(counts) == [2] * 14 + [3] * 2
    assert len({pair.pair_id for pair in both}) == len(both)


def test_pairs_of_sample_photographs_can_be_made_again(make_photos: MakePhotos) -> None:
    pair = made(make_photos(3)[0].path.parent, sample_photo_pairs=16)[-1]
    paths = {SAMPLE + photo.name: photo.path for photo in find_photos(None).photos}
    assert pair.recipe is not None
    gt, degraded = replay_pair(paths[pair.photo], pair.recipe, pair.photo_sha256)
    assert (gt == pair.gt).all()
    assert (degraded.lq == pair.lq).all()


def test_a_sample_photograph_among_ones_own_stays_where_it_is(make_photos: MakePhotos) -> None:
    folder = make_photos(3)[0].path.parent
    sample = next(photo for photo in find_photos(None).photos if photo.name == "coins.png")
    shutil.copy(sample.path, folder / "mine.png")
    pairs = made(folder, sample_photo_pairs=30)
    assert {pair.photo for pair in pairs if pair.photo_sha256 == sample.sha256} == {"mine.png"}
    assert sum(pair.photo.startswith(SAMPLE) for pair in pairs) == 30


def test_real_pairs_of_sample_photographs_are_to_train_on_as_well(
    make_photos: MakePhotos, tmp_path: Path
) -> None:
    folder = make_photos(3)[0].path.parent
    for name in ("coins", "chelsea", "coffee"):
        for part in ("lq", "gt"):
            (tmp_path / "real" / part).mkdir(parents=True, exist_ok=True)
            path = next(photo.path for photo in find_photos(None).photos if photo.name == f"{name}.png")
            shutil.copy(path, tmp_path / "real" / part / f"{name}.png")
    pairs = made(folder, sample_photo_pairs=16, real_pairs_dir=str(tmp_path / "real"), real_crops=2)
    assert {pair.split for pair in pairs if pair.source == "real"} == {"train"}


def test_the_samples_themselves_are_the_photographs_where_there_are_no_others() -> None:
    pairs = made(None, pairs=16, sample_photo_pairs=100)
    assert len(pairs) == 16
    assert not any(pair.photo.startswith(SAMPLE) for pair in pairs)


def test_without_a_large_enough_sample_photograph_there_are_none(
    make_photos: MakePhotos, caplog: pytest.LogCaptureFixture
) -> None:
    folder = make_photos(3, size=(2000, 2000))[0].path.parent
    pairs = made(folder, size=2000, pairs=3, sample_photo_pairs=16, min_texture=0.0)
    assert len(pairs) == 3
    assert "no pairs of sample photographs" in caplog.text
