"""Scores of pictures: by dimension, where, in any order of batches."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tests.assessment.conftest import NoiseModel
from wordmend.assessment.assess import Assessment, assess_image, assess_images
from wordmend.assessment.config import DEFAULT_TEXTS, AssessConfig, TextPair
from wordmend.assessment.grid import window_grid
from wordmend.assessment.masks import damage_mask
from wordmend.comments.language import QualityLanguage
from wordmend.errors import ImageError, LanguageError
from wordmend.images.photos import SAMPLE_PHOTOGRAPHS, list_photographs
from wordmend.images.reading import read_image
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.model import QualityModel

NOISE = AssessConfig(texts={"noise": DEFAULT_TEXTS["noise"]})


def test_noise_is_found_where_it_is(model: NoiseModel, half_noisy: np.ndarray):
    found = assess_image(model, half_noisy, NOISE)
    assert set(found.scores) == {"noise"}
    assert 0.5 < found.scores["noise"] < 1
    assert found.worst["noise"] < 0.1
    heat_map = found.heat_map("noise")
    assert heat_map[:, : heat_map.shape[1] // 2].min() > 0.9
    assert heat_map[:, -2:].max() < 0.2
    assert found.worst_dimension == "noise"
    assert found.overall == found.scores["noise"]


def test_batches_are_filled_across_pictures_and_change_nothing(model: NoiseModel, half_noisy: np.ndarray):
    pictures = [half_noisy, half_noisy[:40, :40], half_noisy[:, 100:], half_noisy[:20, :50, :1]]
    alone = [assess_image(model, picture, NOISE) for picture in pictures]
    model.batches.clear()
    together = list(assess_images(model, pictures, NOISE.model_copy(update={"batch_size": 7})))
    assert set(model.batches[:-1]) == {7}
    assert sum(model.batches) == sum(len(each.grid.corners) for each in alone)
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one.windows["noise"], other.windows["noise"], atol=1e-6)


def test_pictures_are_taken_as_they_are_needed(model: NoiseModel, half_noisy: np.ndarray):
    taken = []

    def pictures():
        for number in range(10):
            taken.append(number)
            yield half_noisy

    found = assess_images(model, pictures(), NOISE.model_copy(update={"batch_size": 8}))
    next(found)
    assert len(taken) <= 2


def test_a_score_is_half_where_texts_do_not_differ(half_noisy: np.ndarray):
    torch.manual_seed(0)
    model = QualityModel(QualityModelConfig(image_size=32))
    same = TextPair(wanted="the image is clear", opposite="the image is clear")
    found = assess_image(model, half_noisy, AssessConfig(texts={"noise": (same,)}))
    assert np.allclose(found.windows["noise"], 0.5)


@torch.no_grad()
def test_a_score_is_the_mean_of_the_log_odds(half_noisy: np.ndarray):
    torch.manual_seed(0)
    model = QualityModel(QualityModelConfig(image_size=32)).eval()
    window = half_noisy[:32, -32:]
    found = assess_image(model, window)
    image = torch.from_numpy(np.rint(window * 255).astype(np.float32) / 255).permute(2, 0, 1)[None]
    for dimension, pairs in DEFAULT_TEXTS.items():
        if dimension == "sharpness":
            continue
        odds = [(1, model(image, [pair.wanted]).logit()) for pair in pairs] + [
            (-1, model(image, [pair.opposite or ""]).logit()) for pair in pairs
        ]
        expected = torch.stack([sign * value for sign, value in odds]).mean().sigmoid()
        assert found.scores[dimension] == pytest.approx(float(expected), abs=1e-5)


def test_a_smooth_picture_tells_nothing_of_sharpness(model: NoiseModel):
    ramp = np.broadcast_to(np.linspace(0, 1, 200, dtype=np.float32)[:, None, None], (200, 100, 3))
    found = assess_image(model, ramp)
    assert np.isnan(found.scores["sharpness"])
    assert np.isnan(found.worst["sharpness"])
    assert np.isfinite(found.overall)
    assert found.worst_dimension != "sharpness"


def test_photographs_have_something_that_can_be_sharp(model: NoiseModel):
    assert SAMPLE_PHOTOGRAPHS
    path = dict(list_photographs(None))["astronaut.png"]
    found = assess_image(model, read_image(path))
    assert np.isfinite(found.windows["sharpness"]).mean() > 0.5


def test_the_worst_place_is_of_a_fiftieth():
    values = np.ones((10, 20), np.float32)
    values[0, :4] = 0, 0, 0.5, 0.5
    found = Assessment(window_grid(352, 672, 64, 0.5, 1000), {"noise": values})
    assert found.worst == {"noise": pytest.approx(0.25)}


def test_what_is_no_picture_is_refused(model: NoiseModel):
    with pytest.raises(ImageError, match=r"\(H, W, 1 or 3\), not \(8, 8\)"):
        assess_image(model, np.zeros((8, 8), np.float32))


def test_texts_without_opposites_are_turned_round(
    model: NoiseModel, half_noisy: np.ndarray, language: QualityLanguage
):
    config = AssessConfig(texts={"noise": (TextPair(wanted="the image has no noise"),)})
    with pytest.raises(LanguageError, match=r"texts\.noise\[0\]: 'the image has no noise' has no opposite"):
        assess_image(model, half_noisy, config)
    assert assess_image(model, half_noisy, config, language).worst["noise"] < 0.1


def test_a_defect_is_not_wanted(model: NoiseModel, half_noisy: np.ndarray, language: QualityLanguage):
    config = AssessConfig(texts={"noise": (TextPair(wanted="the image is noisy"),)})
    with pytest.raises(LanguageError, match="tells of a defect"):
        assess_image(model, half_noisy, config, language)


def test_the_default_texts_are_each_others_opposites(language: QualityLanguage):
    for dimension, pairs in DEFAULT_TEXTS.items():
        for pair in pairs:
            wanted, opposite = language.read(pair.wanted), language.read(pair.opposite or "")
            assert (wanted.dimension, wanted.polarity) == (dimension, "good")
            assert (opposite.dimension, opposite.polarity) == (dimension, "defect")


def test_nothing_to_judge_is_refused():
    with pytest.raises(ValueError, match="texts has nothing for any dimension"):
        AssessConfig(texts={})
    with pytest.raises(ValueError, match="texts has nothing for noise"):
        AssessConfig(texts={"noise": ()})


class PlacesModel(NoiseModel):
    """Takes what is white for scratched, and nothing for missing."""

    def encode_with_damage(self, images: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        vectors, _ = super().encode_with_damage(images)
        white = F.avg_pool2d(images.mean(dim=1, keepdim=True), 8) > 0.95
        scratches = torch.where(white, 9.0, -9.0)
        return vectors, torch.cat([scratches, torch.full_like(scratches, -9)], dim=1)


@pytest.mark.parametrize("most", [1000, 2])
def test_a_model_that_tells_of_places_says_where_damage_is(half_noisy: np.ndarray, most: int):
    half_noisy[40:48, 40:72] = 1
    config = AssessConfig(max_windows=most, batch_size=5)
    found = assess_image(PlacesModel(), half_noisy, config)
    assert set(found.places) == {"scratches", "missing_parts"}
    scratches = found.finest_map("scratches")
    assert scratches.shape == (12, 20)
    if most == 1000:
        assert scratches[5, 5:9].max() < 0.2
        assert np.delete(scratches, [4, 5, 6], axis=0)[:, :13].min() > 0.9
        assert 0.6 < np.delete(scratches, [4, 5, 6], axis=0)[:, 16:].max() < 0.9  # the words are against it
        assert damage_mask(found, "scratches", 0.5)[42:46, 44:68].all()
    assert np.isfinite(scratches).all()
    assert found.finest_map("missing_parts")[:, :2].min() > 0.9
    np.testing.assert_array_equal(found.finest_map("noise"), found.heat_map("noise"))


def test_places_of_a_dimension_that_is_not_judged_are_left_out(half_noisy: np.ndarray):
    assert assess_image(PlacesModel(), half_noisy, NOISE).places == {}
