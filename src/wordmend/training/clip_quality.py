"""The training of the quality model from start to end."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch

from wordmend.comments.language import QualityLanguage
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.model import QualityModel
from wordmend.quality.samples import join_comments
from wordmend.quality.weights import build_quality_model
from wordmend.seeds import seed_for
from wordmend.training.launch import launch
from wordmend.training.loop import Training
from wordmend.training.quality import QualityTask
from wordmend.training.quality_config import QualityTrainingConfig
from wordmend.training.run import TrainingRun


@dataclass(frozen=True)
class QualityTraining:
    """A trained quality model, how its training went, and what it learned from.

    `uses` has one row a comment: `comment_id, sample_id, source, annotator` and `times`, in how many steps.
    """

    model: QualityModel
    training: Training
    uses: pd.DataFrame


def quality_model_to_train(config: QualityModelConfig, seed: int) -> QualityModel:
    """A quality model as a training starts from it, with fresh weights where none are given.

    Raises:
        WeightsError: the weights to start from are missing, damaged or of another model.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_for(seed, "quality model weights"))
        return build_quality_model(config)


def train_quality_model(
    samples: pd.DataFrame,
    comments: pd.DataFrame,
    data_folder: Path,
    config: QualityTrainingConfig,
    seed: int,
    run: TrainingRun | None = None,
    language: QualityLanguage | None = None,
    name: str = "clip_quality",
) -> QualityTraining:
    """Train a quality model on comments about the train split's samples (patent 0166-0198).

    Args:
        samples: the quality samples' table.
        comments: the comments table.
        data_folder: what relative image paths start from.
        config: model and settings.
        seed: where fresh weights and batches come from.
        run: where it is followed, controlled and kept.
        language: has other words for the comments; None: they are learned from as they are.
        name: clip_quality or judge.

    Raises:
        TrainingError: too few commented samples.
        WeightsError: the weights to start from are missing, damaged or of another model.
    """
    model = quality_model_to_train(config.model, seed)
    said = join_comments(comments, samples, data_folder)
    task = QualityTask(model, said, config, seed_for(seed, "quality batches"), language, name)
    training = launch(task, config.loop, run)
    uses = comments[["comment_id", "sample_id", "source", "annotator"]].assign(
        times=comments["comment_id"].map(task.uses).fillna(0).astype("Int64")
    )
    return QualityTraining(model, training, uses[uses["times"] > 0].reset_index(drop=True))
