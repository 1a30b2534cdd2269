"""The judge: another architecture, another seed, and a part of the photographs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from pydantic import ValidationError

from tests.quality.conftest import noise_tables  # noqa: F401
from wordmend.quality.evaluate import statement_scores
from wordmend.quality.model import QualityModel
from wordmend.quality.samples import join_comments
from wordmend.training.clip_quality import train_quality_model
from wordmend.training.judge import config_of_judge, photographs_of_judge, train_judge
from wordmend.training.quality_config import QualityTrainingConfig

Tables = tuple[pd.DataFrame, pd.DataFrame, Path]


def settings(**judge: object) -> QualityTrainingConfig:
    own = {"model": {"name": "wordmend-dct", "image_size": 32}, "steps": 60, "batch_size": 8}
    loop = {"steps": 40, "learning_rate": 4e-3, "warmup_steps": 4, "end_below": {"loss": 9.0}}
    return QualityTrainingConfig.model_validate(
        {
            "model": {"image_size": 32},
            "picture_size": 48,
            "judge": own | judge,
            "loop": loop | {"validate_every": 1000},
        }
    )


@pytest.fixture(scope="module")
def tables(noise_tables: Tables) -> Tables:  # noqa: F811
    """The comments on 40 pairs, each of a photograph of its own; the samples' table has what names it."""
    comments, samples, folder = noise_tables
    return comments, samples.assign(photo=samples["pair_id"] + ".jpg"), folder


def test_some_photographs_are_chosen_by_the_seed(tables: Tables):
    _, samples, _ = tables
    train = set(samples[samples["split"] == "train"]["photo"])
    first, again, other = (photographs_of_judge(samples, 0.5, seed) for seed in (0, 0, 1))
    assert first == again != other
    assert first < train and len(first) == len(train) / 2
    assert photographs_of_judge(samples, 1.0, 0) == train
    assert len(photographs_of_judge(samples, 1e-6, 0)) == 1


def test_what_is_not_its_own_is_the_quality_models():
    config = settings()
    assert config.judge is not None
    own = config_of_judge(config.judge, config)
    assert own.model.name == "wordmend-dct"
    assert (own.loop.steps, own.loop.warmup_steps, own.loop.end_below) == (60, 6, {})
    assert (own.batch_size, own.picture_size, own.loop.learning_rate) == (8, 48, 4e-3)


def test_it_learns_from_its_photographs_alone_and_tells_noise_on_others(tables: Tables):
    comments, samples, folder = tables
    config = settings()
    assert config.judge is not None
    trained = train_judge(samples, comments, folder, config.judge, config, seed=0)
    learned = samples[samples["sample_id"].isin(trained.uses["sample_id"])]
    photographs = set(learned["photo"])
    assert set(learned["split"]) == {"train"}
    assert len(photographs) == samples[samples["split"] == "train"]["photo"].nunique() / 2
    held_out = join_comments(comments, samples, folder).split("test").commented()
    assert statement_scores(trained.model.eval(), held_out)["accuracy"] > 0.9


def test_it_is_another_model_than_the_quality_model_and_repeats_bitwise(tables: Tables):
    comments, samples, folder = tables
    config = settings(steps=2)
    assert config.judge is not None
    first, again = (train_judge(samples, comments, folder, config.judge, config, seed=0) for _ in range(2))
    for one, other in zip(first.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(one, other)
    same = config.model_copy(update={"loop": config.loop.model_copy(update={"steps": 5})})
    quality = train_quality_model(samples, comments, folder, same, seed=0).model
    assert not np.allclose(*(_embedding(model) for model in (first.model, quality)), atol=1e-2)


def _embedding(model: QualityModel) -> np.ndarray:
    return model.clip.token_embedding.weight.detach().numpy()


def test_the_same_architecture_is_refused():
    with pytest.raises(ValidationError, match=r"judge\.model\.name.*'wordmend-small'.*what fools one"):
        settings(model={"name": "wordmend-small"})


def test_it_can_be_left_out():
    config = settings()
    assert QualityTrainingConfig.model_validate(config.model_dump() | {"judge": None}).judge is None
