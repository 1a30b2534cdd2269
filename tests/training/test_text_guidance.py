from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from wordmend.comments.entry import Region
from wordmend.comments.words import TargetText
from wordmend.images.writing import write_image
from wordmend.pairs.library import PairLibrary
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.weights import build_quality_model
from wordmend.training.pair_batch import PairBatch
from wordmend.training.pair_batches import pair_batches, sampler_of
from wordmend.training.restoration_config import GuidanceConfig
from wordmend.training.text_guidance import Guidance, TextGuidance
from wordmend.training.word_source import WordSource

CLEAR = TargetText("the image is clear", "sharpness", None, "preset", None)


@pytest.fixture(scope="module")
def quality_model():
    torch.manual_seed(0)
    return build_quality_model(QualityModelConfig(image_size=32))


@pytest.fixture
def batch(small_library: PairLibrary) -> PairBatch:
    return next(pair_batches(small_library, sampler_of(small_library, batch_size=3, seed=0)))


def words_for(*targets: TargetText) -> WordSource:
    return WordSource({}, {}, preset=targets)


def judged(guidance: TextGuidance, restored: torch.Tensor, batch: PairBatch) -> Guidance:
    return guidance(restored, batch, guidance.source.find(restored, batch))


def test_loss_and_similarity_belong_together(quality_model, batch: PairBatch):
    guidance = TextGuidance(quality_model, words_for(CLEAR), GuidanceConfig())
    guided = judged(guidance, batch.lq, batch)
    assert guided.text_loss.shape == guided.similarity.shape == ()
    assert 0 < float(guided.similarity) < 1
    assert float(guided.text_loss) == pytest.approx(1 - float(guided.similarity), abs=1e-6)


def test_following_the_gradient_raises_the_similarity(quality_model, batch: PairBatch):
    guidance = TextGuidance(quality_model, words_for(CLEAR), GuidanceConfig(intensity_jitter=0))
    image = batch.lq.clone().requires_grad_(True)
    similarities = []
    for _ in range(5):
        guided = judged(guidance, image, batch)
        similarities.append(float(guided.similarity))
        (gradient,) = torch.autograd.grad(guided.text_loss, image)
        image = (image - 0.01 * gradient.sign()).detach().requires_grad_(True)
    assert similarities[-1] > similarities[0]


def test_the_judge_stays_as_it_is(quality_model, batch: PairBatch):
    before = {name: tensor.clone() for name, tensor in quality_model.state_dict().items()}
    guidance = TextGuidance(quality_model, words_for(CLEAR), GuidanceConfig())
    judged(guidance, batch.lq.clone().requires_grad_(True), batch).text_loss.backward()
    assert all(parameter.grad is None for parameter in quality_model.parameters())
    for name, tensor in quality_model.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_images_without_words_get_no_gradient(quality_model, batch: PairBatch, tmp_path: Path):
    path = tmp_path / "commented.png"
    write_image(path, np.zeros((32, 32, 3), dtype=np.float32))
    said = replace(CLEAR, sample_id="s")
    source = WordSource({batch.pair_ids[1]: [said]}, {"s": path})
    guidance = TextGuidance(quality_model, source, GuidanceConfig())
    image = batch.lq.clone().requires_grad_(True)
    judged(guidance, image, batch).text_loss.backward()
    assert image.grad is not None
    assert [bool(part.any()) for part in image.grad] == [False, True, False]


def test_no_words_at_all_give_a_loss_of_zero(quality_model, batch: PairBatch):
    guidance = TextGuidance(quality_model, WordSource({}, {}), GuidanceConfig())
    loss = judged(guidance, batch.lq.clone().requires_grad_(True), batch).text_loss
    loss.backward()
    assert loss.item() == 0


def test_a_text_about_a_region_looks_at_the_region(
    quality_model, batch: PairBatch, textured: Callable[..., np.ndarray]
):
    large = torch.rand(1, 3, 96, 96)
    region = Region(x=56, y=8, width=24, height=24)
    target = TargetText("the hair is clear", "sharpness", region, "person", "c1")
    one = PairBatch(large, large, [None], batch.pair_ids[:1], batch.orientations[:1], batch.draws[:1], [0])
    guidance = TextGuidance(quality_model, words_for(target), GuidanceConfig(shift=4, copies=3))
    image = large.clone().requires_grad_(True)
    judged(guidance, image, one).text_loss.backward()
    assert image.grad is not None
    rows, columns = np.nonzero(image.grad.abs().sum(dim=(0, 1)).numpy())
    turned = one.orientations[0].of_region(region, 96, 96)
    slack = 32  # the crop of 32 pixels holds the region of 24, shifted by up to 4
    assert turned.x - slack < columns.min() <= turned.x
    assert turned.y - slack < rows.min() <= turned.y + 1
    assert columns.max() >= turned.x + turned.width - 1
    assert columns.max() - columns.min() <= 32 + 8


def test_the_same_batch_gives_the_same_loss(quality_model, batch: PairBatch):
    guidance = TextGuidance(quality_model, words_for(CLEAR), GuidanceConfig())
    assert torch.equal(
        judged(guidance, batch.lq, batch).text_loss, judged(guidance, batch.lq, batch).text_loss
    )


def test_many_texts_are_encoded_in_parts(quality_model, batch: PairBatch, monkeypatch: pytest.MonkeyPatch):
    texts = [f"the hair of person {number} is clear" for number in range(300)]
    alone = torch.cat([quality_model.encode_texts([text]).detach() for text in (texts[0], texts[-1])])
    sizes: list[int] = []
    encode = quality_model.encode_texts
    monkeypatch.setattr(quality_model, "encode_texts", lambda part: sizes.append(len(part)) or encode(part))
    source = words_for(*(replace(CLEAR, text=text) for text in texts))
    guidance = TextGuidance(quality_model, source, GuidanceConfig())
    assert sum(sizes) == 300
    assert max(sizes) <= 256
    assert guidance.vectors is not None
    found = guidance.vectors[[guidance.rows[text] for text in (texts[0], texts[-1])]]
    assert torch.allclose(found, alone, atol=1e-5)
