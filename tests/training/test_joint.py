"""Stage 1 with a quality model that learns meanwhile: neither changes what the other one learns."""

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.training.test_checkpoints import Killed, KillingLog
from wordmend.comments.language import QualityLanguage
from wordmend.errors import WeightsError
from wordmend.images.photos import find_photos
from wordmend.pairs.config import PairSynthesisConfig
from wordmend.pairs.library import PairLibrary, write_pairs
from wordmend.pairs.synthesis import synthesize_pairs
from wordmend.quality.model import QualityModel
from wordmend.training.checkpoints import Checkpoints
from wordmend.training.clip_quality import quality_model_to_train
from wordmend.training.joint import JointTask
from wordmend.training.joint_quality import JointQuality
from wordmend.training.loop import Training, train
from wordmend.training.pair_batch import PairBatch
from wordmend.training.patches import PatchPhase
from wordmend.training.quality_batches import QualityBatch
from wordmend.training.restoration import RestorationTask
from wordmend.training.restoration_config import Stage1Config
from wordmend.training.restorer_loss import UnguidedLoss
from wordmend.training.run import TrainingRun
from wordmend.training.stages import train_stage1

QUALITY: dict[str, Any] = {"model": {"image_size": 32}, "picture_size": 32}
LOOP = {"steps": 6, "learning_rate": 1e-3, "device": "cpu", "log_every": 1, "gradient_clip": 0.01}


def settings(quality: dict[str, Any] | None = None, **loop: Any) -> Stage1Config:
    """Of stage 1; `quality` is laid over the settings of the quality model."""
    changes = {"quality": None if quality is None else QUALITY | quality}
    base = {"options": {"width": 4}, "batch_size": 4, "validation_pairs": 2, "loop": LOOP | loop}
    return Stage1Config.model_validate(base | changes)


def restoration_of(pairs: PairLibrary, config: Stage1Config) -> RestorationTask:
    """A small restorer that draws random numbers while it trains."""
    torch.manual_seed(1)
    restorer = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Dropout(0.3), nn.Conv2d(8, 3, 3, padding=1))
    return RestorationTask(
        "stage1",
        restorer,
        pairs.split("train"),
        pairs.split("validation"),
        UnguidedLoss(config),
        config,
        seed=4,
    )


def joint_of(pairs: PairLibrary, config: Stage1Config, language: QualityLanguage) -> JointTask:
    """The same with a quality model that draws some as well."""
    assert config.quality is not None
    model = quality_model_to_train(config.quality.model, seed=2)
    model.clip.visual.trunk.head.append(nn.Dropout(0.3))
    quality = JointQuality(model, config.quality, language, seed=3)
    return JointTask(restoration_of(pairs, config), quality)


def parameters_of(module: nn.Module) -> Tensor:
    return torch.cat([tensor.detach().float().flatten() for tensor in module.state_dict().values()])


@pytest.mark.parametrize(
    ("quality", "loop"),
    [({}, {}), ({"every": 2}, {"accumulate": 2}), ({"learning_rate": 0.1}, {"ema_decay": 0.9})],
)
def test_the_restorer_ends_as_without_the_quality_model(
    small_library: PairLibrary, language: QualityLanguage, quality: dict[str, Any], loop: dict[str, Any]
):
    alone = restoration_of(small_library, settings(**loop))
    joint = joint_of(small_library, settings(quality, **loop), language)
    model = joint.quality.model
    before = parameters_of(model)
    expected, found = train(alone, alone.config.loop), train(joint, joint.restoration.config.loop)
    assert torch.equal(parameters_of(alone.module), parameters_of(joint.restoration.module))
    for name in ("pixel_loss", "gradient_norm"):
        assert found.losses[name].tolist() == expected.losses[name].tolist()
    assert found.validations["psnr"].tolist() == expected.validations["psnr"].tolist()
    assert not torch.equal(parameters_of(model), before)


def test_stage1_gives_the_same_restorer_and_a_quality_model_too(
    small_library: PairLibrary, language: QualityLanguage
):
    alone = train_stage1(small_library, settings(), seed=3)
    both, again = (train_stage1(small_library, settings({}), seed=3, language=language) for _ in range(2))
    assert alone.quality_model is None
    assert both.quality_model is not None and again.quality_model is not None
    assert torch.equal(parameters_of(alone.restorer.network), parameters_of(both.restorer.network))
    assert torch.equal(parameters_of(both.quality_model), parameters_of(again.quality_model))
    assert not both.quality_model.training
    names = {"quality_loss", "quality_accuracy", "quality_gradient_norm"}
    assert names <= set(both.training.losses) and not names & set(alone.training.losses)
    assert {"quality_accuracy", "quality_auc"} <= set(both.training.validations)
    assert both.last_pair_ids == alone.last_pair_ids


def shown(joint: JointTask, restored: Tensor, batch: PairBatch) -> QualityBatch:
    """What the quality model is shown of a batch."""
    seen: list[QualityBatch] = []
    judge = joint.quality.judge

    def watched(statements: QualityBatch) -> Any:
        seen.append(statements)
        return judge(statements)

    joint.quality.judge = watched  # type: ignore[assignment]
    joint.quality.loss(restored, batch)
    joint.quality.judge = judge
    return seen[0]


WHOLE = {"window_share": 0.0, "color_jitter": 0.0, "intensity_jitter": 0.0}


def test_crops_will_do(small_library: PairLibrary, language: QualityLanguage):
    crops = {"patches": [PatchPhase(size=16, batch_size=4)]}
    alone, both = (
        train_stage1(small_library, settings(quality).model_copy(update=crops), 3, language=language)
        for quality in (None, {})
    )
    assert torch.equal(parameters_of(alone.restorer.network), parameters_of(both.restorer.network))
    assert both.training.losses["quality_loss"].gt(0).all()


def test_n_pairs_give_2n_quality_samples(small_library: PairLibrary, language: QualityLanguage):
    joint = joint_of(small_library, settings(WHOLE), language)
    batch = next(joint.batches(0))
    seen = shown(joint, batch.gt, batch)
    assert seen.samples == [f"{p}.lq" for p in batch.pair_ids] + [f"{p}.restored" for p in batch.pair_ids]
    for place in range(8):  # flipped and turned, but these very pixels
        source = (batch.lq if place < 4 else batch.gt)[place % 4]
        assert torch.allclose(
            seen.images[place].flatten(1).sort().values, source.flatten(1).sort().values, atol=1e-6
        )
        rows = seen.picture == place
        assert seen.conforms[rows].sum() == rows.sum() / 2  # each text with its opposite


def test_what_is_said_is_true_of_each_picture(small_library: PairLibrary, language: QualityLanguage):
    """Here the restorer restores perfectly: of its images all praise conforms, and no blame."""
    as_measured = {"saying_share": 0.0, "typo_share": 0.0}
    joint = joint_of(small_library, settings({**WHOLE, **as_measured}), language)
    blamed = 0
    for batch in islice(joint.batches(0), 3):
        seen = shown(joint, batch.gt, batch)
        for picture, text, conforms in zip(seen.picture, seen.text, seen.conforms, strict=True):
            polarity = language.read(seen.texts[int(text)]).polarity
            if picture >= 4:
                assert (polarity == "good") == bool(conforms)
            else:
                blamed += polarity == "defect" and bool(conforms)
    assert blamed > 0


def test_windows_are_of_the_models_size(small_library: PairLibrary, language: QualityLanguage):
    quality = {"window_share": 0.5, "model": {"image_size": 40}, "picture_size": 48}
    joint = joint_of(small_library, settings(quality), language)
    sides = {shown(joint, b.gt, b).images.shape[-1] for b in islice(joint.batches(0), 8)}
    assert sides == {40, 48}


def test_the_quality_loss_of_parts_makes_up_that_of_the_batch(
    small_library: PairLibrary, language: QualityLanguage
):
    joint = joint_of(small_library, settings(WHOLE), language)
    joint.module.eval()  # without statistics of the batch, and without dropout
    batch = next(joint.batches(0))
    whole = joint.quality.loss(batch.lq, batch)
    parts = [(joint.quality.loss(part.lq, part), part.share) for part in batch.split(3)]
    assert whole is not None
    assert sum(found[0].item() * share for found, share in parts if found) == pytest.approx(
        whole[0].item(), rel=1e-4
    )


def test_each_model_is_fixed_in_the_loss_of_the_other(small_library: PairLibrary, language: QualityLanguage):
    joint = joint_of(small_library, settings({}), language)
    joint.module.eval()  # the same draws twice
    batch = next(joint.batches(0))
    alone, _ = joint.restoration.step(batch)
    both, terms = joint.step(batch)
    assert both.item() == pytest.approx(terms["pixel_loss"].item() + terms["quality_loss"].item())
    restorer = list(joint.restoration.module.parameters())
    model = [parameter for parameter in joint.quality.model.parameters() if parameter.requires_grad]
    expected = torch.autograd.grad(alone, restorer)
    found = torch.autograd.grad(both, [*restorer, *model])
    assert all(torch.equal(one, other) for one, other in zip(expected, found, strict=False))
    assert all(gradient.abs().sum() > 0 for gradient in found[-2:])


def test_it_rests_in_the_steps_between(small_library: PairLibrary, language: QualityLanguage):
    joint = joint_of(small_library, settings({"every": 3}), language)
    training = train(joint, settings({}).loop)
    learned = training.losses["quality_loss"].notna().tolist()
    assert learned == training.losses["quality_gradient_norm"].notna().tolist()
    assert learned == [True, False, False] * 2


class Interrupted:
    """A joint training in a folder, that can be interrupted."""

    def __init__(self, folder: Path, pairs: PairLibrary, language: QualityLanguage) -> None:
        self.folder, self.pairs, self.language = folder, pairs, language

    def train(self, kill: int | None = None) -> tuple[JointTask, Training]:
        config = settings({"every": 2}, steps=9, checkpoint_every=1, ema_decay=0.9)
        joint = joint_of(self.pairs, config, self.language)
        checkpoints = Checkpoints(self.folder, {})
        run = TrainingRun(checkpoints=checkpoints)
        if kill is not None:
            run = replace(run, log=KillingLog(kill))
        return joint, train(joint, config.loop, run)


def test_both_models_go_on_as_if_nothing_had_been(
    small_library: PairLibrary, language: QualityLanguage, tmp_path: Path
):
    whole, expected = Interrupted(tmp_path / "whole", small_library, language).train()
    interrupted = Interrupted(tmp_path / "interrupted", small_library, language)
    for kill in (3, 6):
        with pytest.raises(Killed):
            interrupted.train(kill)
        torch.rand(17)  # whatever else draws random numbers
    joint, found = interrupted.train()
    assert torch.equal(parameters_of(joint.module), parameters_of(whole.module))
    assert found.losses.equals(expected.losses)
    assert found.validations.equals(expected.validations)


def test_it_learns(small_library: PairLibrary, language: QualityLanguage):
    config = settings({"learning_rate": 4e-3}, steps=40)
    losses = train(joint_of(small_library, config, language), config.loop).losses["quality_loss"]
    assert losses.iloc[-8:].mean() < 0.9 * losses.iloc[:4].mean()


def test_gray_pairs_without_a_damage_map_will_do(tmp_path: Path, language: QualityLanguage):
    path = tmp_path / "pairs.parquet"
    config = PairSynthesisConfig(size=32, pairs=16, workers=1, channels="gray")
    write_pairs(
        path,
        (replace(pair, damage=None) for pair in synthesize_pairs(find_photos(None).photos, config, seed=0)),
    )
    training = train_stage1(PairLibrary.open(path), settings({}), seed=0, language=language)
    assert isinstance(training.quality_model, QualityModel)
    assert np.isfinite(training.training.losses["quality_loss"]).all()


def test_weights_to_start_from_must_be_there(small_library: PairLibrary, language: QualityLanguage):
    config = settings({"model": {"image_size": 32, "weights": "nowhere.safetensors"}})
    with pytest.raises(WeightsError, match=r"nowhere\.safetensors: not found"):
        train_stage1(small_library, config, seed=0, language=language)


def test_stage1_can_not_end_by_what_some_steps_lack():
    with pytest.raises(ValueError, match=r"quality_loss.*quality\.every 2: set that to 1"):
        settings({"every": 2}, end_below={"quality_loss": 0.3})
    settings({}, end_below={"quality_loss": 0.3})
