"""The training of the judge: a quality model that takes no part in stage 2's loss.

What fools one quality model seldom fools another that differs in architecture, seed and data.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from wordmend.comments.language import QualityLanguage
from wordmend.seeds import seed_for
from wordmend.training.clip_quality import QualityTraining, train_quality_model
from wordmend.training.config import LoopConfig
from wordmend.training.quality_config import JudgeConfig, QualityTrainingConfig
from wordmend.training.run import TrainingRun


def config_of_judge(judge: JudgeConfig, config: QualityTrainingConfig) -> QualityTrainingConfig:
    """The settings of the judge's training: its own, and for all else those of the quality model."""
    warmup_steps = config.loop.warmup_steps * judge.steps // config.loop.steps
    loop = config.loop.model_dump() | {"steps": judge.steps, "warmup_steps": warmup_steps, "end_below": {}}
    own = {"model": judge.model, "batch_size": judge.batch_size, "loop": LoopConfig.model_validate(loop)}
    return config.model_copy(update=own | {"judge": None})


def photographs_of_judge(samples: pd.DataFrame, share: float, seed: int) -> set[str]:
    """The train photographs that the judge learns from; at least one."""
    photographs = sorted(samples.loc[samples["split"] == "train", "photo"].astype(str).unique())
    order = np.random.default_rng(seed_for(seed, "photographs of the judge")).permutation(len(photographs))
    return {photographs[place] for place in order[: max(1, round(share * len(photographs)))]}


def train_judge(
    samples: pd.DataFrame,
    comments: pd.DataFrame,
    data_folder: Path,
    judge: JudgeConfig,
    config: QualityTrainingConfig,
    seed: int,
    run: TrainingRun | None = None,
    language: QualityLanguage | None = None,
) -> QualityTraining:
    """Train the judge on comments about some of the train photographs; otherwise as `train_quality_model`.

    Args:
        samples: the quality samples' table.
        comments: the comments table.
        data_folder: what relative image paths start from.
        judge: its own settings.
        config: those of the quality model.
        seed: of the run; weights, batches and photographs come from another one that is made of it.
        run: where it is followed, controlled and kept.
        language: has other words for the comments.
    """
    own_seed = seed_for(seed, "judge")
    chosen = photographs_of_judge(samples, judge.photographs, own_seed)
    seen = samples[(samples["split"] != "train") | samples["photo"].isin(chosen)]
    said = comments[comments["sample_id"].isin(seen["sample_id"])]
    own_config = config_of_judge(judge, config)
    return train_quality_model(seen, said, data_folder, own_config, own_seed, run, language, "judge")
