from collections.abc import Callable

import numpy as np
import pytest
import torch

from wordmend.comments.entry import Region
from wordmend.comments.words import TargetText
from wordmend.pairs.library import PairLibrary
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.weights import build_quality_model
from wordmend.training.pair_batches import PairBatch, pair_batches
from wordmend.training.restoration_config import GuidanceConfig
from wordmend.training.text_guidance import TextGuidance

CLEAR = TargetText("the image is clear", "sharpness", None, "preset", None)


@pytest.fixture(scope="module")
def quality_model():
    torch.manual_seed(0)
    return build_quality_model(QualityModelConfig(image_size=32))


@pytest.fixture
def batch(small_library: PairLibrary) -> PairBatch:
    return next(pair_batches(small_library, batch_size=3, seed=0))


def words_for(batch: PairBatch, *targets: TargetText) -> dict[str, list[TargetText]]:
    return {pair_id: list(targets) for pair_id in batch.pair_ids}


def test_loss_and_similarity_belong_together(quality_model, batch: PairBatch):
    guidance = TextGuidance(quality_model, words_for(batch, CLEAR), GuidanceConfig())
    loss, similarity = guidance(batch.lq, batch)
    assert loss.shape == similarity.shape == ()
    assert 0 < float(similarity) < 1
    assert float(loss) == pytest.approx(1 - float(similarity), abs=1e-6)


def test_following_the_gradient_raises_the_similarity(quality_model, batch: PairBatch):
    guidance = TextGuidance(quality_model, words_for(batch, CLEAR), GuidanceConfig(intensity_jitter=0))
    image = batch.lq.clone().requires_grad_(True)
    similarities = []
    for _ in range(5):
        loss, similarity = guidance(image, batch)
        similarities.append(float(similarity))
        (gradient,) = torch.autograd.grad(loss, image)
        image = (image - 0.01 * gradient.sign()).detach().requires_grad_(True)
    assert similarities[-1] > similarities[0]


def test_the_judge_stays_as_it_is(quality_model, batch: PairBatch):
    before = {name: tensor.clone() for name, tensor in quality_model.state_dict().items()}
    guidance = TextGuidance(quality_model, words_for(batch, CLEAR), GuidanceConfig())
    guidance(batch.lq.clone().requires_grad_(True), batch)[0].backward()
    assert all(parameter.grad is None for parameter in quality_model.parameters())
    for name, tensor in quality_model.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_images_without_words_get_no_gradient(quality_model, batch: PairBatch):
    guidance = TextGuidance(quality_model, {batch.pair_ids[1]: [CLEAR]}, GuidanceConfig())
    image = batch.lq.clone().requires_grad_(True)
    guidance(image, batch)[0].backward()
    assert image.grad is not None
    assert [bool(part.any()) for part in image.grad] == [False, True, False]


def test_no_words_at_all_give_a_loss_of_zero(quality_model, batch: PairBatch):
    guidance = TextGuidance(quality_model, {}, GuidanceConfig())
    loss, _ = guidance(batch.lq.clone().requires_grad_(True), batch)
    loss.backward()
    assert float(loss) == 0


def test_a_text_about_a_region_looks_at_the_region(
    quality_model, batch: PairBatch, textured: Callable[..., np.ndarray]
):
    large = torch.rand(1, 3, 96, 96)
    region = Region(x=56, y=8, width=24, height=24)
    target = TargetText("the hair is clear", "sharpness", region, "person", "c1")
    one = PairBatch(large, large, batch.pair_ids[:1], batch.orientations[:1], batch.draws[:1])
    guidance = TextGuidance(quality_model, words_for(one, target), GuidanceConfig(shift=4, copies=3))
    image = large.clone().requires_grad_(True)
    guidance(image, one)[0].backward()
    assert image.grad is not None
    rows, columns = np.nonzero(image.grad.abs().sum(dim=(0, 1)).numpy())
    turned = one.orientations[0].of_region(region, 96, 96)
    slack = 32  # the crop of 32 pixels holds the region of 24, shifted by up to 4
    assert turned.x - slack < columns.min() <= turned.x
    assert turned.y - slack < rows.min() <= turned.y + 1
    assert columns.max() >= turned.x + turned.width - 1
    assert columns.max() - columns.min() <= 32 + 8


def test_the_same_batch_gives_the_same_loss(quality_model, batch: PairBatch):
    guidance = TextGuidance(quality_model, words_for(batch, CLEAR), GuidanceConfig())
    assert torch.equal(guidance(batch.lq, batch)[0], guidance(batch.lq, batch)[0])
