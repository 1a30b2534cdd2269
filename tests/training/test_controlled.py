"""Stage 2 and its control in one training: each ends as if it had been trained alone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.training.test_checkpoints import Killed, KillingLog
from tests.training.test_loop import Wishes
from wordmend.comments.words import TargetText
from wordmend.pairs.library import PairLibrary
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.model import QualityModel
from wordmend.quality.weights import build_quality_model
from wordmend.restorers.interpolation import weights_between
from wordmend.training.checkpoints import Checkpoints
from wordmend.training.controlled import ControlledTask, parted
from wordmend.training.loop import Training, train
from wordmend.training.restoration import RestorationTask
from wordmend.training.restoration_config import Stage2Config
from wordmend.training.restorer_loss import GuidedLoss, RestorerLoss, UnguidedLoss
from wordmend.training.run import TrainingRun
from wordmend.training.text_guidance import TextGuidance
from wordmend.training.transplants import NO_TRANSPLANTS, Transplants
from wordmend.training.word_source import WordSource

LOOP = {"steps": 6, "learning_rate": 1e-3, "device": "cpu", "log_every": 1, "gradient_clip": 0.01}
WANTED = [TargetText("the image is clear", "sharpness", None, "preset", None)]


def settings(**loop: Any) -> Stage2Config:
    changes = {"w_text": 0.5, "batch_size": 4, "validation_pairs": 2, "loop": LOOP | loop}
    return Stage2Config.model_validate(changes)


@pytest.fixture(scope="module")
def quality_model() -> QualityModel:
    torch.manual_seed(0)
    return build_quality_model(QualityModelConfig(image_size=32))


def restorer() -> nn.Module:
    """Small, and draws random numbers while it trains."""
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Dropout(0.3), nn.Conv2d(8, 3, 3, padding=1))


def task_of(
    pairs: PairLibrary,
    config: Stage2Config,
    quality_model: QualityModel | None,
    transplants: Transplants = NO_TRANSPLANTS,
) -> RestorationTask:
    loss: RestorerLoss = UnguidedLoss(config)
    if quality_model is not None:
        guidance = TextGuidance(quality_model, WordSource({}, {}, WANTED), config.guidance)
        loss = GuidedLoss(config, guidance)
    train_pairs, validation = pairs.split("train"), pairs.split("validation")
    return RestorationTask(
        "stage2",
        restorer(),
        train_pairs,
        validation,
        loss,
        config,
        seed=4,
        transplants=transplants,
    )


def both_of(
    pairs: PairLibrary,
    config: Stage2Config,
    quality_model: QualityModel,
    transplants: Transplants = NO_TRANSPLANTS,
) -> ControlledTask:
    return ControlledTask(task_of(pairs, config, quality_model, transplants), task_of(pairs, config, None))


def parameters_of(module: nn.Module) -> Tensor:
    return torch.cat([tensor.detach().flatten() for tensor in module.state_dict().values()])


@pytest.mark.parametrize("loop", [{}, {"accumulate": 3}, {"ema_decay": 0.9, "weight_decay": 0.1}])
def test_both_end_bit_by_bit_as_alone(small_library: PairLibrary, quality_model, loop: dict[str, Any]):
    config = settings(**loop)
    both = both_of(small_library, config, quality_model)
    found = parted(train(both, config.loop))
    alone = [task_of(small_library, config, model) for model in (quality_model, None)]
    for task, of_both, part in zip(alone, (both.guided, both.control), found, strict=True):
        expected = train(task, config.loop)
        assert torch.equal(parameters_of(task.module), parameters_of(of_both.module))
        assert part.losses.equals(expected.losses)
        assert part.validations.equals(expected.validations)
    assert not torch.equal(parameters_of(both.guided.module), parameters_of(both.control.module))
    assert not both.control.visits


def test_neither_depends_on_the_other(small_library: PairLibrary, quality_model):
    both = both_of(small_library, settings(), quality_model)
    both.module.eval()  # the same draws twice
    batch = next(both.batches(0))
    loss, terms = both.step(batch)
    assert loss.item() == pytest.approx(terms["loss"].item() + terms["control/loss"].item())
    found = torch.autograd.grad(loss, list(both.module.parameters()))
    expected = [
        gradient
        for task in (both.guided, both.control)
        for gradient in torch.autograd.grad(task.step(batch.guided)[0], list(task.module.parameters()))
    ]
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def test_the_control_has_the_same_pairs_without_what_came_on_them(small_library: PairLibrary, quality_model):
    config = settings(accumulate=2)
    named = ("scratches", "missing_parts", "noise")
    transplants = Transplants(1.0, 0.5, dict.fromkeys(named, small_library.pair_ids))  # type: ignore[arg-type]
    both = both_of(small_library, config, quality_model, transplants)
    found = parted(train(both, config.loop))
    alone = [task_of(small_library, config, quality_model, transplants), task_of(small_library, config, None)]
    for task, of_both, part in zip(alone, (both.guided, both.control), found, strict=True):
        assert part.losses.equals(train(task, config.loop).losses)
        assert torch.equal(parameters_of(task.module), parameters_of(of_both.module))
    batch = next(both.batches(0))
    assert batch.control is not None
    assert batch.guided.draws == batch.control.draws
    assert torch.equal(batch.guided.gt, batch.control.gt)
    assert not torch.equal(batch.guided.lq, batch.control.lq)


@torch.no_grad()
def test_it_is_judged_with_the_weights_that_it_will_have(small_library: PairLibrary, quality_model):
    guided, control = (task_of(small_library, settings(), model) for model in (quality_model, None))
    for task in (guided, control):
        task.module.eval()
    for parameter in control.module.parameters():
        parameter.mul_(0.5)
    before = parameters_of(guided.module)
    found = ControlledTask(guided, control, control_share=0.25).validate()
    assert torch.equal(parameters_of(guided.module), before)
    expected = weights_between(guided.module, control.module, 0.25)
    assert found.metrics["psnr"] == guided.judge(guided.restore_validation(expected)).metrics["psnr"]
    assert found.metrics["control/psnr"] == control.validate().metrics["psnr"]
    assert found.metrics["psnr"] != guided.validate().metrics["psnr"]


@pytest.mark.parametrize("ends", ["person", "threshold"])
def test_both_end_together(small_library: PairLibrary, quality_model, ends: str):
    config, run = settings(), TrainingRun(control=Wishes("train", "train", "stop"))
    if ends == "threshold":
        config, run = settings(end_below={"pixel_loss": 9.0}, end_below_steps=3), TrainingRun()
    both = both_of(small_library, config, quality_model)
    guided, control = parted(train(both, config.loop, run))
    assert (guided.steps, guided.ended_by) == (control.steps, control.ended_by) == (3, ends)
    assert control.losses["step"].tolist() == guided.losses["step"].tolist() == [1, 2, 3]
    assert list(control.losses) == ["step", "loss", "pixel_loss", "gradient_norm"]
    assert list(control.validations) == ["step", "psnr", "ssim"]


def test_both_go_on_as_if_nothing_had_been(small_library: PairLibrary, quality_model, tmp_path: Path):
    config = settings(steps=9, checkpoint_every=1, ema_decay=0.9)

    def trained(folder: Path, kill: int | None = None) -> tuple[ControlledTask, Training]:
        both = both_of(small_library, config, quality_model)
        run = TrainingRun(checkpoints=Checkpoints(folder, {}))
        return both, train(both, config.loop, run if kill is None else replace(run, log=KillingLog(kill)))

    whole, expected = trained(tmp_path / "whole")
    for kill in (3, 6):
        with pytest.raises(Killed):
            trained(tmp_path / "killed", kill)
        torch.rand(17)  # whatever else draws random numbers
    both, found = trained(tmp_path / "killed")
    assert torch.equal(parameters_of(both.module), parameters_of(whole.module))
    assert found.losses.equals(expected.losses)
    assert found.validations.equals(expected.validations)
    assert both.guided.visits == whole.guided.visits


@pytest.mark.slow
def test_compiled_both_learn_the_same(small_library: PairLibrary):
    found = []
    for compiles in (False, True):
        config = settings(steps=2, compile=compiles)
        both = ControlledTask(task_of(small_library, config, None), task_of(small_library, config, None))
        for task in (both.guided, both.control):
            task.module[1].p = 0.0  # compiled, other numbers are drawn
        found.append(train(both, config.loop).losses)
    assert np.allclose(*found, rtol=1e-3)
