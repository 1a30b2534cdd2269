"""The loss of a restorer: what its parts compare with, and what a guard does to it."""

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
    config = Stage2Config.model_validate(
        {
            "w_text": 0.5,
            "w_named": {"sharpness": 1},
            "gt_unsharp": 0.6,
            "words": {"reuse_similarity": 0.0},
            "loop": {"steps": 4, "learning_rate": 1e-3, "device": "cpu"},
        }
    )
    source = WordSource(said, {"sample": picture})
    guidance = TextGuidance(build_quality_model(QualityModelConfig(image_size=32)), source, config.guidance)
    loss = GuidedLoss(config, guidance)
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
