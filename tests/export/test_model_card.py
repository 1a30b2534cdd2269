import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import yaml

from wordmend.export.facts import RunFacts, limits_of
from wordmend.export.model_card import render_model_card
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer
from wordmend.restorers.weights import Restorer

RECIPE = {
    "crop": {"x": 0, "y": 0, "width": 32, "height": 32},
    "size": 32,
    "channels": 3,
    "tones": {},
    "degradations": [{"operation": "film_grain"}, {"operation": "crack"}, {"operation": "crack"}],
}


def pair(number: int, split: str, photo: str, recipe: dict[str, Any] | None) -> dict[str, Any]:
    text = None if recipe is None else json.dumps(recipe)
    sizes = {"channels": 3, "height": 32, "width": 32}
    return {"pair_id": f"p{number}", "split": split, "photo": photo, "recipe": text, **sizes}


def arm(psnr: float, scratches: float | None) -> dict[str, Any]:
    defects = {"sharpness": 0.3, "noise": 0.01, "scratches": scratches, "missing_parts": None}
    return {"psnr": psnr, "ssim": 0.7, "haarpsi": 0.6, "defects": defects}


def image(pair_id: str, arm: str, psnr: float, scratches: float) -> dict[str, Any]:
    nothing = {"ssim": 0.7, "haarpsi": 0.6, "sharpness": 0.3, "noise": 0.0, "missing_parts": float("nan")}
    return {"pair_id": pair_id, "arm": arm, "psnr": psnr, "scratches": scratches, "harm": 0.0, **nothing}


@pytest.fixture
def restorer() -> Restorer:
    config = RestorerConfig(options={"width": 8})
    return Restorer(build_restorer(config), config)


@pytest.fixture
def facts() -> RunFacts:
    grain = {**RECIPE, "degradations": RECIPE["degradations"][:1]}
    pairs = [
        pair(0, "train", "a", RECIPE),
        pair(1, "train", "sample:b.png", grain),
        pair(2, "test", "c", RECIPE),
    ]
    said = {"source": "person", "annotator": "Ada Lovelace", "text": "the hair is not clear"}
    comments = [{**said, "dimension": "sharpness"}] * 3
    comments += [{"source": "measured", "annotator": None, "text": "-", "dimension": "scratches"}]
    images = [image("p2", "lq", 20.0, 0.2), image("p3", "lq", 21.0, 0.1)]
    images += [image("p2", "control", 23.0, 0.1), image("p3", "control", 20.0, 0.1)]
    images += [image("p2", "stage2", 23.0, 0.05), image("p3", "stage2", 19.5, 0.11)]
    metrics = {
        "evaluation": {
            "lq": arm(20.5, 0.15),
            "stage1": arm(21.5, 0.12),
            "control": arm(22.0, 0.1),
            "stage2": arm(21.25, 0.08),
        },
        "quality": {"accuracy": 0.875, "negation_accuracy": None},
    }
    guard = pd.DataFrame(columns=["step", "finding"])
    parameters = {
        "stage1": {"batch_size": 8, "loop": {"learning_rate": 0.004}},
        "stage2": {"batch_size": 4, "w_text": 0.0002},
    }
    losses = {"stage1": pd.DataFrame({"step": [10, 990]}), "stage2": pd.DataFrame({"step": [350]})}
    return RunFacts(
        pd.DataFrame(pairs),
        pd.DataFrame(comments),
        pd.DataFrame(images),
        metrics,
        guard,
        parameters,
        losses,
        {"git.commit": "abc123"},
    )


def front_matter(card: str) -> dict[str, Any]:
    return yaml.safe_load(card.split("---\n")[1])


def test_what_is_known_is_told(restorer: Restorer, facts: RunFacts):
    card = render_model_card(restorer, "stage2", facts, with_onnx=True)
    for line in (
        "3 photographs, cut into crops of 32 px. Of these, 1 came with scikit-image",
        "| train | 2 | 2 |",
        "| test | 1 | 1 |",
        "film grain (100 %), crack (50 %)",
        "4 comments on pictures, of 1 person.",
        "| person | 3 | 0 | 0 | 0 | 0 |",
        "| measured | 0 | 0 | 1 | 0 | 0 |",
        "- stage 1: 990 steps, `batch_size` 8, `loop.learning_rate` 0.004",
        "- stage 2: 350 steps, `batch_size` 4, `w_text` 0.0002",
        "The guard was off (stage2.guard).",
        "| metric | input | stage 1 | control | stage 2 | what it means |",
        "| PSNR | 20.50 | 21.50 | 22.00 | 21.25 | likeness to the original, dB; higher is better |",
        "| scratches defect | 0.1500 | 0.1200 | 0.1000 | 0.0800 |",
        "| accuracy | 0.875 |",
        "| git.commit | `abc123` |",
        "`width` 8, `middle_blk_num` 1",
    ):
        assert line in card, line
    found = front_matter(card)
    assert found["library_name"] == "spandrel"
    assert "onnx" in found["tags"]
    assert found["model-index"][0]["results"][0]["metrics"][0] == {
        "type": "psnr",
        "name": "PSNR",
        "value": 21.25,
    }
    assert "license" not in found, "it is the user's to choose"
    assert "missing parts defect" not in card, "nobody has measured it"
    assert "negation" not in card


@pytest.mark.parametrize("share", [0.0, 0.75])
def test_numbers_of_what_works_beside_its_control_are_told_from_the_weights(
    restorer: Restorer, facts: RunFacts, share: float
):
    beside = "The numbers of stage 2 are of how Wordmend uses it"
    assert beside not in render_model_card(restorer, "stage2", facts, with_onnx=True)
    where = replace(facts, parameters={"stage2": {"words_where": "fault"}})
    card = render_model_card(restorer, "stage2", where, with_onnx=True, control_share=share)
    assert beside in card
    assert ("So 0.75 of the control's weights are in them" in card) == (share > 0)
    assert beside not in render_model_card(restorer, "control", where, with_onnx=True)


def test_names_and_words_of_people_stay_here(restorer: Restorer, facts: RunFacts):
    card = render_model_card(restorer, "stage2", facts, with_onnx=True)
    assert "Ada" not in card
    assert "hair" not in card


def test_what_is_not_known_is_left_out(restorer: Restorer):
    card = render_model_card(restorer, "stage2", RunFacts(), with_onnx=False)
    assert [line for line in card.splitlines() if line.startswith("## ")] == ["## Use"]
    assert "None" not in card
    assert "onnx" not in card.lower()
    assert "model-index" not in front_matter(card)


@pytest.mark.parametrize("name", ["stage1", "control"])
def test_weights_without_words_have_no_words(name: str, restorer: Restorer, facts: RunFacts):
    card = render_model_card(restorer, name, facts, with_onnx=True)
    assert "## Words" not in card
    assert "w_text" not in card
    assert "| stage 2 |" not in card
    assert "quality model" not in card
    assert "## Results" in card


def test_limits_are_what_test_pictures_say(facts: RunFacts):
    assert facts.images is not None
    first, *rest = limits_of(facts.images, "stage2")
    assert first == (
        "Of 2 test pictures, 1 (50 %) were less like the original after restoring than before (PSNR); "
        "the largest loss was 1.50 dB."
    )
    assert any(
        sentence.startswith("Scratches: 53 % of the defect is left on average; on 1 of 2")
        for sentence in rest
    )
    assert not any(sentence.startswith("Missing parts") for sentence in rest)


def test_what_is_worse_than_the_control_is_said():
    psnr = {"lq": 20.0, "control": 23.0, "stage2": 22.5}
    images = pd.DataFrame([image(f"p{n}", arm, value, 0.1) for n in range(20) for arm, value in psnr.items()])
    assert any(
        "without words: PSNR (\N{MINUS SIGN}0.50, \N{MINUS SIGN}2.2 %" in s
        for s in limits_of(images, "stage2")
    )
    assert not any("control" in sentence for sentence in limits_of(images, "control"))
