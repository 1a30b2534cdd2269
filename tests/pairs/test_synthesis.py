import gc
import itertools
import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest import MonkeyPatch

from wordmend.errors import ImageError, ParameterError, PhotosError
from wordmend.images.channels import to_bytes
from wordmend.images.photos import Photo, find_photos
from wordmend.images.writing import write_image
from wordmend.pairs import synthesis
from wordmend.pairs.config import PairSynthesisConfig
from wordmend.pairs.crops import draw_crop, texture
from wordmend.pairs.image_pair import ImagePair
from wordmend.pairs.print_tones import PrintTones
from wordmend.pairs.replay import PairRecipe, replay_pair
from wordmend.pairs.synthesis import synthesize_pairs

MakePhotos = Callable[..., list[Photo]]
AS_IT_IS = PrintTones()


def config(**values: Any) -> PairSynthesisConfig:
    return PairSynthesisConfig.model_validate({"size": 32, "pairs": 13, "workers": 1, **values})


def same(one: ImagePair, other: ImagePair) -> bool:
    assert one.damage is not None
    assert other.damage is not None
    return (
        (one.pair_id, one.photo, one.split, one.recipe)
        == (other.pair_id, other.photo, other.split, other.recipe)
        and bool((one.lq == other.lq).all() and (one.gt == other.gt).all())
        and bool((one.damage == other.damage).all())
    )


@pytest.mark.parametrize("channels", ["rgb", "gray"])
def test_pairs_keep_their_contract(make_photos: MakePhotos, channels: str) -> None:
    photos = make_photos(4)
    pairs = list(synthesize_pairs(photos, config(channels=channels), seed=0))
    assert len(pairs) == 13
    assert len({pair.pair_id for pair in pairs}) == 13
    assert [pair.pair_id for pair in pairs[:2]] == ["photo0-0000", "photo0-0001"]
    assert [sum(pair.photo == photo.name for pair in pairs) for photo in photos] == [4, 3, 3, 3]
    splits = {photo.name: {pair.split for pair in pairs if pair.photo == photo.name} for photo in photos}
    assert all(len(found) == 1 for found in splits.values())
    assert set().union(*splits.values()) == {"train", "validation", "test"}
    for pair in pairs:
        for image in (pair.lq, pair.gt):
            assert image.shape == (32, 32, 3 if channels == "rgb" else 1)
            assert image.dtype == np.float32
            np.testing.assert_array_equal(image, to_bytes(image).astype(np.float32) / np.float32(255))
        assert pair.damage is not None
        assert pair.damage.shape == (32, 32)
        assert (pair.lq != pair.gt).any()
        assert pair.source == "synthesis"


def test_number_of_processes_changes_nothing(make_photos: MakePhotos) -> None:
    photos = make_photos(3)
    alone = synthesize_pairs(photos, config(pairs=50, workers=1), seed=5)
    together = synthesize_pairs(photos, config(pairs=50, workers=2), seed=5)
    assert all(same(one, other) for one, other in zip(alone, together, strict=True))


def test_consumer_may_stop_early(make_photos: MakePhotos) -> None:
    pairs = synthesize_pairs(make_photos(3), config(pairs=200, workers=2), seed=5)
    assert len(list(itertools.islice(pairs, 3))) == 3
    del pairs
    gc.collect()
    assert multiprocessing.active_children() == []


def test_pairs_depend_on_their_own_photograph_only(make_photos: MakePhotos) -> None:
    photos = make_photos(4)
    with_all = {pair.pair_id: pair for pair in synthesize_pairs(photos, config(pairs=16), seed=1)}
    with_three = list(synthesize_pairs(photos[1:], config(pairs=12), seed=1))
    assert len(with_three) == 12
    for pair in with_three:
        assert pair.recipe == with_all[pair.pair_id].recipe
        assert (pair.lq == with_all[pair.pair_id].lq).all()


def test_of_large_images_fewer_are_made_in_one_go(make_photos: MakePhotos, monkeypatch: MonkeyPatch) -> None:
    photos = make_photos(3)
    twenty = [chunk.indices for chunk in synthesis._chunks(photos, config(pairs=150), seed=0)]
    assert {len(indices) for indices in twenty} == {20, 10}
    monkeypatch.setattr(synthesis, "PIXELS_PER_CHUNK", 4 * 32 * 32)
    fewer = [chunk.indices for chunk in synthesis._chunks(photos, config(pairs=150), seed=0)]
    assert max(map(len, fewer)) == 4
    assert sum(map(len, fewer)) == 150
    monkeypatch.setattr(synthesis, "PIXELS_PER_CHUNK", 1)
    assert len(synthesis._chunks(photos, config(pairs=150), seed=0)) == 150


def test_another_seed_makes_other_pairs(make_photos: MakePhotos) -> None:
    photos = make_photos(3)
    one, other = (next(synthesize_pairs(photos, config(), seed)) for seed in (0, 1))
    assert one.recipe != other.recipe


@pytest.mark.parametrize("channels", ["rgb", "gray"])
def test_every_recipe_replays_to_the_same_bytes(make_photos: MakePhotos, channels: str) -> None:
    photos = make_photos(3, size=(100, 130))
    path = {photo.name: photo.path for photo in photos}
    for pair in synthesize_pairs(photos, config(pairs=24, channels=channels), seed=2):
        assert pair.recipe is not None
        gt, degraded = replay_pair(path[pair.photo], pair.recipe, pair.photo_sha256)
        assert gt.tobytes() == pair.gt.tobytes()
        assert degraded.lq.tobytes() == pair.lq.tobytes()
        assert pair.damage is not None
        assert degraded.damage.tobytes() == pair.damage.tobytes()
        steps = PairRecipe.from_json(pair.recipe)
        assert steps.recipe().summary()


def test_share_of_black_and_white(make_photos: MakePhotos) -> None:
    tones = {"monochrome_probability": 0.3, "warm_probability": 0}
    pairs = synthesize_pairs(make_photos(3), config(pairs=200, print_tones=tones), seed=0)
    gray = sum(bool((pair.gt[..., 0] == pair.gt[..., 2]).all()) for pair in pairs)
    assert 35 <= gray <= 85


def test_sample_photographs_give_crops_that_show_something() -> None:
    photos = find_photos(None, min_side=96).photos
    pairs = list(synthesize_pairs(photos, config(size=96, pairs=100), seed=0))
    assert np.mean([texture(pair.gt) >= 0.012 for pair in pairs]) > 0.9


def test_texture_is_detail_not_contrast() -> None:
    ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32)[None, :, None], (64, 1, 3))
    assert texture(ramp) == pytest.approx(1 / 63, abs=1e-6)
    assert texture(np.full((8, 8, 1), 0.7, dtype=np.float32)) == 0
    assert texture(np.random.default_rng(0).random((64, 64, 1), dtype=np.float32)) > 0.3


def test_flat_crops_are_drawn_anew() -> None:
    photo = np.full((64, 640, 1), 0.5, dtype=np.float32)
    photo[:, 320:] = np.random.default_rng(0).random((64, 320, 1))
    textures = []
    for index in range(30):
        rng = np.random.default_rng(index)
        textures.append(draw_crop(rng, photo, config(min_texture=0.05, max_downscale=1), AS_IT_IS)[1].std())
    assert np.mean(np.array(textures) > 0.05) > 0.9
    flat = np.zeros((64, 64, 3), dtype=np.float32)
    assert draw_crop(np.random.default_rng(0), flat, config(), AS_IT_IS)[1].shape == (32, 32, 3)


def test_crops_stay_inside_and_are_scaled_down(make_photos: MakePhotos) -> None:
    photo = make_photos(1, size=(200, 97))[0]
    image = np.zeros((200, 97, 3), dtype=np.float32)
    sides = []
    for index in range(60):
        crop, _ = draw_crop(np.random.default_rng(index), image, config(min_texture=0), AS_IT_IS)
        assert crop.x + crop.width <= 97
        assert crop.y + crop.height <= 200
        sides.append(crop.width)
    assert photo.name == "photo0.png"
    assert min(sides) < 40
    assert max(sides) > 80


def test_photographs_of_the_test_may_give_more_pairs_and_the_others_stay_the_same(
    make_photos: MakePhotos,
) -> None:
    photos = make_photos(8)
    few = list(synthesize_pairs(photos, config(pairs=16, test_share=0.25), seed=0))
    many = list(synthesize_pairs(photos, config(pairs=16, test_share=0.25, test_pairs=9), seed=0))
    tested = {pair.photo for pair in few if pair.split == "test"}
    assert sorted(sum(pair.photo == photo for pair in many) for photo in tested) == [4, 5]
    found = {pair.pair_id: pair for pair in many}
    assert len(found) == 16 - 4 + 9
    assert all(same(found[pair.pair_id], pair) for pair in few)


def test_wrong_demands_are_refused(make_photos: MakePhotos, tmp_path: Path) -> None:
    photos = make_photos(4)
    with pytest.raises(ParameterError, match="pairs=3 is fewer than the 4 photographs"):
        synthesize_pairs(photos, config(pairs=3), seed=0)
    with pytest.raises(ParameterError, match="test_pairs=1 is fewer than the 2 photographs of the test"):
        synthesize_pairs(photos, config(pairs=4, test_share=0.5, test_pairs=1), seed=0)
    with pytest.raises(ParameterError, match="seed=-1"):
        synthesize_pairs(photos, config(), seed=-1)
    with pytest.raises(PhotosError, match="at least 3"):
        synthesize_pairs(photos[:2], config(), seed=0)
    with pytest.raises(ImageError, match=r"photo0\.png: 80 x 64 .*at least 72"):
        list(synthesize_pairs(photos, config(size=72), seed=0))
    pair = next(synthesize_pairs(photos, config(), seed=0))
    assert pair.recipe is not None
    write_image(photos[0].path, np.zeros((64, 80, 3), dtype=np.float32))
    with pytest.raises(ImageError, match="has changed"):
        next(synthesize_pairs(photos, config(), seed=0))
    with pytest.raises(ImageError, match="has changed"):
        replay_pair(photos[0].path, pair.recipe, pair.photo_sha256)
    write_image(tmp_path / "tiny.png", np.zeros((8, 8, 3), dtype=np.float32))
    with pytest.raises(ImageError, match="can't hold the recipe's crop"):
        replay_pair(tmp_path / "tiny.png", pair.recipe)
    for text in ("", "[]", "{}", '{"crop": 1, "sise": 2}'):
        with pytest.raises(ParameterError, match="not the recipe of an image pair"):
            replay_pair(photos[0].path, text)
