"""The loss of a restorer: what its parts compare with, and what a guard does to it."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from wordmend.comments.words import TargetText
from wordmend.images.writing import write_image
from wordmend.pairs.library import PairLibrary
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.weights import build_quality_model
from wordmend.training.losses import l1_loss
from wordmend.training.pair_batches import pair_batches, sampler_of
from wordmend.training.restoration_config import Stage2Config
from wordmend.training.restorer_loss import GuidedLoss, UnguidedLoss
from wordmend.training.sharper_gt import sharper_where_named
from wordmend.training.text_guidance import TextGuidance
from wordmend.training.word_source import WordSource


def config_of(**changes: object) -> Stage2Config:
    """Stage 2 in which words hold, whatever has become of the image."""
    loop = {"steps": 4, "learning_rate": 1e-3, "device": "cpu"}
    settings = {"w_text": 0.5, "words": {"reuse_similarity": 0.0}, "loop": loop}
    return Stage2Config.model_validate(settings | changes)


def guided_by(source: WordSource, config: Stage2Config) -> GuidedLoss:
    quality_model = build_quality_model(QualityModelConfig(image_size=32))
    return GuidedLoss(config, TextGuidance(quality_model, source, config.guidance))


def test_the_pixel_loss_wants_what_words_called_unsharp_to_be_sharper(
    small_library: PairLibrary, tmp_path: Path
):
    pairs = small_library.split("train")
    picture = tmp_path / "commented.png"
    write_image(picture, pairs.read(pairs.pair_ids[0]).lq)
    said = {
        pair_id: [TargetText("the image is clear", "sharpness", None, "person", "c", "sample")]
        for pair_id in pairs.pair_ids[::2]
    }
    config = config_of(w_named={"sharpness": 1}, gt_unsharp=0.6)
    source = WordSource(said, {"sample": picture})
    loss = guided_by(source, config)
    batch = next(pair_batches(pairs, sampler_of(pairs, 8, seed=1)))
    found = source.find(batch.lq, batch)
    assert {words.words for words in found} == {"said", "none"}
    restored = batch.lq.clone().requires_grad_()
    for factor in (1.0, 0.5, 0.0):  # which the guard lowers
        loss.factor = factor
        wanted = sharper_where_named(batch.gt, found, 0.6 * factor)
        total, terms = loss(restored, batch)
        assert terms["pixel_loss"].item() == pytest.approx(l1_loss(batch.lq, wanted).mean().item())
    assert torch.equal(wanted, batch.gt)
    alone, _ = UnguidedLoss(config)(restored, batch)
    assert total.item() == alone.item()


def test_pixels_count_more_where_words_named_nothing(small_library: PairLibrary, tmp_path: Path):
    pairs = small_library.split("train")
    picture = tmp_path / "commented.png"
    write_image(picture, pairs.read(pairs.pair_ids[0]).lq)
    ids = pairs.pair_ids
    clear = TargetText("the image is clear", "sharpness", None, "person", "c", "sample")
    looked_at = replace(clear, source="preset", comment_id=None)  # and nothing to mend was named
    source = WordSource({ids[0]: [clear], ids[1]: [looked_at]}, {"sample": picture})
    loss = guided_by(source, config_of(w_text=0.0, w_pixel=2.0, w_pixel_unnamed=5.0))
    batch = next(pair_batches(pairs, iter([[(index, 0) for index in range(4)]])))
    batch = replace(batch, named=((), (), (), ("noise",)))  # another's noise is on the last
    restored = batch.lq.clone().requires_grad_()
    each = l1_loss(restored, batch.gt).detach()
    for factor, unnamed in ((1.0, 5.0), (0.5, 3.5), (0.0, 2.0)):  # of the guard
        loss.factor = factor
        total, terms = loss(restored, batch)
        weights = torch.tensor([2.0, unnamed, unnamed, 2.0])
        assert total.item() == pytest.approx((weights * each).mean().item())
        assert terms["pixel_loss"].item() == pytest.approx(each.mean().item())
    assert total.item() == UnguidedLoss(loss.config)(restored, batch)[0].item()
    loss = guided_by(source, config_of(w_text=0.0, w_pixel=2.0))
    assert loss(restored, batch)[0].item() == total.item()
