from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from wordmend.errors import TableError
from wordmend.quality.clear_cases import DEGRADED_DIMENSIONS, clear_cases, degraded
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.evaluate import (
    encode_pictures,
    evaluate_quality,
    judge_negations,
    judge_paraphrases,
    judge_statements,
)
from wordmend.quality.model import QualityModel
from wordmend.quality.paraphrases import Paraphrase
from wordmend.quality.samples import QualitySamples, join_comments

Tables = tuple[pd.DataFrame, pd.DataFrame, Path]


class NoiseMeter(QualityModel):
    """Knows noise by the difference of neighbours, and words by "not"; `wrong` turns it round."""

    def __init__(self, wrong: bool = False) -> None:
        super().__init__(QualityModelConfig())
        self.sign = -1.0 if wrong else 1.0

    def encode_images(self, images: Tensor) -> Tensor:
        energy = images.diff(dim=3).abs().mean(dim=(1, 2, 3))
        return torch.where(energy > 0.03, 1.0, -1.0)[:, None]

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        return torch.tensor([[-self.sign if "not noisy" in text else self.sign] for text in texts])


@pytest.fixture
def test_samples(noise_tables: Tables) -> QualitySamples:
    return join_comments(*noise_tables).split("test").commented()


def test_a_model_that_knows_is_right_everywhere(test_samples: QualitySamples) -> None:
    scores = evaluate_quality(NoiseMeter(), test_samples, [])
    assert scores.accuracy == scores.auc == 1
    assert scores.accuracy_of == {"noise": 1.0}
    assert np.isnan(scores.negation_accuracy)


def test_a_model_that_is_wrong_is_wrong_everywhere(test_samples: QualitySamples) -> None:
    summary = evaluate_quality(NoiseMeter(wrong=True), test_samples, []).summary()
    assert summary["accuracy"] == summary["auc"] == 0


def test_texts_and_opposites_are_both_judged(test_samples: QualitySamples) -> None:
    judged = judge_statements(NoiseMeter(), test_samples)
    assert len(judged) == 2 * len(test_samples.entries)
    assert judged["conforms"].mean() == 0.5
    assert judged["similarity"].between(0, 1).all()


def test_they_are_judged_in_mixed_precision_too(test_samples: QualitySamples) -> None:
    model = QualityModel(QualityModelConfig()).eval()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        judged = judge_statements(model, test_samples)
    assert judged["similarity"].to_numpy() == pytest.approx(
        judge_statements(model, test_samples)["similarity"].to_numpy(), abs=0.05
    )


def test_nothing_said_is_an_error(test_samples: QualitySamples) -> None:
    with pytest.raises(TableError, match="no comments on held-out photographs"):
        evaluate_quality(NoiseMeter(), test_samples.select(lambda sample: False), [])


def test_negations_are_judged_on_clear_cases_of_their_dimension() -> None:
    flat = np.full((48, 48, 3), 0.5, dtype=np.float32)
    cases = list(clear_cases([("flat", flat)], seed=0))
    assert len(cases) == 2 * len(DEGRADED_DIMENSIONS)
    judged = judge_negations(NoiseMeter(), cases)
    assert judged["right"][judged["dimension"] == "noise"].tolist() == [True, True]
    assert len(judged) == len(cases)
    assert not judge_negations(NoiseMeter(wrong=True), cases)["right"][judged["dimension"] == "noise"].any()


GRITTY = [Paraphrase("gritty", "noise", True), Paraphrase("not noisy in the least", "noise", False)]


@pytest.mark.parametrize("wrong", [False, True])
def test_paraphrases_are_judged_on_clear_cases_of_their_dimension(wrong: bool) -> None:
    cases = list(clear_cases([("flat", np.full((48, 48, 3), 0.5, dtype=np.float32))], seed=0))
    judged = judge_paraphrases(NoiseMeter(wrong), cases, GRITTY)
    assert judged["text"].tolist() == ["gritty", "not noisy in the least"]
    assert judged["right"].tolist() == judged["ranked"].tolist() == ([0, 0] if wrong else [1, 1])


def test_paraphrases_that_are_always_thought_true_are_right_in_half_of_the_cases() -> None:
    cases = list(clear_cases([("flat", np.full((48, 48, 3), 0.5, dtype=np.float32))], seed=0))
    meter = NoiseMeter()
    meter.bias.data.fill_(100)
    judged = judge_paraphrases(meter, cases, GRITTY)
    assert judged["right"].tolist() == [0.5, 0.5]
    assert judged["ranked"].tolist() == [1, 1]


def test_equally_close_is_wrong() -> None:
    meter = NoiseMeter(wrong=False)
    meter.sign = 0.0
    cases = clear_cases([("flat", np.full((48, 48, 3), 0.5, dtype=np.float32))], seed=0)
    assert not judge_negations(meter, list(cases))["right"].any()


@pytest.mark.parametrize("dimension", DEGRADED_DIMENSIONS)
def test_a_degraded_picture_is_another_and_always_the_same(dimension: str) -> None:
    image = np.random.default_rng(1).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    for strongly in (False, True):
        first, again = (
            degraded(image, dimension, np.random.default_rng(2), strongly)  # type: ignore[arg-type]
            for _ in range(2)
        )
        assert np.array_equal(first, again)
        assert np.abs(first.astype(int) - image).max() > 30


def test_clear_cases_of_gray_pictures_have_three_channels() -> None:
    gray = np.random.default_rng(0).random((32, 40, 1), dtype=np.float32)
    assert {case.image.shape for case in clear_cases([("gray", gray)], seed=0)} == {(32, 40, 3)}


def test_pictures_of_different_sizes_keep_their_order() -> None:
    torch.manual_seed(0)
    model = QualityModel(QualityModelConfig()).eval()
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (h, w, 3)).astype(np.uint8) for h, w in ((32, 32), (40, 32), (32, 32))]
    together = encode_pictures(model, pictures)
    for picture, vector in zip(pictures, together, strict=True):
        assert torch.allclose(encode_pictures(model, [picture])[0], vector, atol=1e-5)
