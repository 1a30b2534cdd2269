"""Trainings that a guard watches, of a quality model that is fooled: it takes brightness for quality.

They are here as several processes must be able to import them.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wordmend.comments.words import TargetText
from wordmend.pairs.library import PairLibrary
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.model import QualityModel
from wordmend.training.controlled import ControlledTask
from wordmend.training.guard import WordsGuard
from wordmend.training.guard_measures import GuardMeasures
from wordmend.training.loop import Training, train
from wordmend.training.restoration import RestorationTask
from wordmend.training.restoration_config import Stage2Config
from wordmend.training.restorer_loss import GuidedLoss, UnguidedLoss
from wordmend.training.run import TrainingRun
from wordmend.training.text_guidance import TextGuidance
from wordmend.training.word_source import WordSource

CLEAR = TargetText("the image is clear", "sharpness", None, "preset", None)
LOOP = {"steps": 24, "learning_rate": 2e-3, "device": "cpu", "log_every": 1, "validate_every": 4}


class TakesBrightnessForQuality(QualityModel):
    """The brighter (or, with a negative sign, the darker) a picture, the nearer to all words."""

    def __init__(self, sign: float = 1.0) -> None:
        torch.manual_seed(0)
        super().__init__(QualityModelConfig(image_size=32))
        self.sign = sign

    def encode_images(self, images: Tensor) -> Tensor:
        brightness = self.sign * (images.mean(dim=(1, 2, 3)) - 0.5)
        return F.normalize(torch.stack([brightness, torch.ones_like(brightness)], dim=1), dim=1)

    def encode_texts(self, texts: Any) -> Tensor:
        return torch.tensor([[1.0, 0.0]]).repeat(len(texts), 1)


class SmallRestorer(nn.Module):
    """Begins with its input; draws random numbers while it trains."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Dropout(0.1), nn.Conv2d(8, 3, 3, padding=1)
        )
        nn.init.zeros_(self.body[-1].weight)

    def forward(self, lq: Tensor) -> Tensor:
        return lq + self.body(lq)


def settings(w_text: float = 0.9, guard: dict[str, Any] | None = None, **loop: Any) -> Stage2Config:
    base = {"batch_size": 4, "validation_pairs": 4, "loop": LOOP | loop, "guard": guard}
    return Stage2Config.model_validate(base | {"w_text": w_text})


def task_of(pairs: PairLibrary, config: Stage2Config) -> ControlledTask:
    quality_model = TakesBrightnessForQuality()
    guidance = TextGuidance(quality_model, WordSource({}, {}, [CLEAR]), config.guidance)
    guided_loss = GuidedLoss(config, guidance)
    guided, control = (
        RestorationTask(
            "stage2", SmallRestorer(), pairs.split("train"), pairs.split("validation"), loss, config, 4
        )
        for loss in (guided_loss, UnguidedLoss(config))
    )
    if config.guard is None:
        return ControlledTask(guided, control)
    measures = GuardMeasures(quality_model, TakesBrightnessForQuality(-1.0), [[CLEAR]] * 4)
    return ControlledTask(guided, control, WordsGuard(config.guard, guided_loss), measures)


def parameters_of(module: nn.Module) -> Tensor:
    return torch.cat([tensor.detach().flatten() for tensor in module.state_dict().values()])


def trained(
    pairs: PairLibrary, config: Stage2Config, run: TrainingRun | None = None
) -> tuple[ControlledTask, Training]:
    task = task_of(pairs, config)
    return task, train(task, config.loop, run)


FOOLED = {"psnr_margin": 99.0, "haarpsi_margin": 1.0, "judge_margin": 0.05, "lowerings": 1}
"""Here found at steps 8 and 12 only, as brightness takes a while."""
TOO_FAR = {"psnr_margin": 0.5, "haarpsi_margin": 1.0, "judge_margin": 1.0, "lowerings": 1}
