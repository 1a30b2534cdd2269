"""The arms: what each changes of the recipe."""

from typing import Any

import pytest
from pydantic import ValidationError

from wordmend.study.arms import arm_called, arms_of, first_arms, seeds_of
from wordmend.study.config import StudyConfig
from wordmend.study.words import words_for
from wordmend.training.restoration_config import Stage2Config

RECIPE = Stage2Config.model_validate(
    {
        "w_text": 0.002,
        "w_named": {"noise": 0.3, "scratches": 0.05},
        "w_unnamed": {"noise": 0.2},
        "w_pixel_unnamed": 4.0,
        "damage_share": 0.5,
        "noise_share": 0.2,
        "control_share": 0.25,
        "words": {"live": True, "reuse_similarity": 0.8},
        "loop": {"steps": 100, "learning_rate": 1e-3, "end_below": {"pixel_loss": 0.01}},
    }
)
STUDY = StudyConfig()
ARMS = arms_of(STUDY, RECIPE)


def config_of(name: str) -> Stage2Config:
    return arm_called(name, ARMS).config(RECIPE)


def weights(config: Stage2Config) -> tuple[Any, ...]:
    named = {name: weight for name, weight in config.w_named.model_dump().items() if weight}
    return config.w_text, named, (config.damage_share, config.noise_share)


def test_the_arms_are_those_of_the_protocol():
    assert [arm.name for arm in ARMS] == [
        *("stage1", "control", "stage2", "everywhere", "unsharp 0.15", "unsharp 0.3", "unsharp 0.5"),
        *("stage2 unsharp 0.15", "stage2 unsharp 0.3", "stage2 unsharp 0.5"),
        *("sharpness loss 0.01", "sharpness loss 0.03", "without text", "wordless"),
        *("only sharpness", "only noise", "only scratches", "only missing parts"),
        *("text 0.002", "text 0.003", "text 0.01"),
    ]
    assert [arm.name for arm in first_arms(ARMS)] == ["stage1", "control", "stage2"]
    assert [arm.name for arm in ARMS if not arm.is_trained] == ["stage1", *(a.name for a in ARMS[3:10])]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("control", (0, {}, (0, 0))),
        ("stage2", (0.002, {"noise": 0.3, "scratches": 0.05}, (0.5, 0.2))),
        ("without text", (0, {"noise": 0.3, "scratches": 0.05}, (0.5, 0.2))),
        ("text 0.01", (0.01, {}, (0, 0))),
        ("wordless", (0, {"noise": 0.3, "scratches": 0.05}, (0.5, 0.2))),
        ("sharpness loss 0.03", (0, {"sharpness": 0.03}, (0, 0))),
        ("only noise", (0.002, {"noise": 0.3, "scratches": 0.05}, (0.5, 0.2))),
    ],
)
def test_the_weights_of_an_arm(name: str, expected: tuple[Any, ...]):
    assert weights(config_of(name)) == expected


@pytest.mark.parametrize(
    ("name", "noise"),
    [("control", 0), ("stage2", 0.2), ("without text", 0.2), ("text 0.01", 0), ("sharpness loss 0.03", 0)],
)
def test_what_is_not_named_counts_with_the_recipe_alone(name: str, noise: float):
    config = config_of(name)
    assert config.w_unnamed.noise == noise
    assert config.w_pixel_unnamed == (4.0 if noise else None)


def test_all_but_the_control_take_in_the_control():
    of_control = {arm.name: arm.config(RECIPE).control_share for arm in ARMS if arm.is_trained}
    assert of_control.pop("control") == 0
    assert set(of_control.values()) == {0.25}


def test_all_train_for_equal_steps_without_people():
    for arm in ARMS:
        config = arm.config(RECIPE)
        assert (config.loop.steps, config.loop.end_below, config.words.live) == (100, {}, False)
        assert config.guard is None


def test_steering_hears_of_one_dimension_and_wordless_always_hears():
    assert config_of("only missing parts").words.dimensions == ("missing_parts",)
    assert config_of("only missing parts").words.reuse_similarity == 0.8
    assert config_of("wordless").words.reuse_similarity == 0


def test_the_control_does_not_change_with_the_recipes_words():
    other = RECIPE.model_copy(update={"w_text": 0.01, "guidance": RECIPE.guidance.model_copy()})
    other = other.model_copy(
        update={"damage_share": 0.0, "noise_share": 0.0, "control_share": 0.0, "fade_from": 0.2}
    )
    assert arm_called("control", ARMS).config(other) == config_of("control")


def test_a_recipe_without_text_has_no_arm_with_text_weight_0():
    arms = arms_of(STUDY, RECIPE.model_copy(update={"w_text": 0.0}))
    assert [arm.name for arm in arms if arm.family == "text only"] == ["text 0.003", "text 0.01"]


def test_steering_is_for_the_first_seeds():
    study = StudyConfig(seeds=(5, 6, 7), steering_seeds=2)
    assert seeds_of(arm_called("only noise", arms_of(study, RECIPE)), study) == (5, 6)
    assert seeds_of(arm_called("only noise", ARMS), STUDY) == (0,)
    assert seeds_of(arm_called("wordless", ARMS), study) == (5, 6, 7)


def test_words_that_are_alike_name_every_dimension_of_every_picture(language):
    words = words_for("alike", ["a", "b"], None, language, RECIPE.words)  # type: ignore[arg-type]
    assert list(words) == ["a", "b"]
    assert [text.dimension for text in words["a"]] == [
        *("sharpness", "noise", "scratches", "missing_parts", "other")
    ]
    assert {text.source for text in words["b"]} == {"measured"}
    assert {text.sample_id for text in words["b"]} == {"b.restored"}
    assert all(language.read(text.text).polarity == "good" for text in words["a"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seeds": []}, "at least 1 item"),
        ({"seeds": [1, 2, 1]}, r"seeds \[1, 2, 1\] names a value twice"),
        ({"text_weights": [0.0]}, "greater than 0"),
        ({"unsharp": [0.3, 0.3]}, "names a value twice"),
        ({"minutes": 0}, "greater than 0"),
        ({"seeds": [0], "steering_seeds": 2}, r"steering_seeds \(2\) is more than there are seeds \(1\)"),
        ({"minuts": 5}, "did you mean 'minutes'"),
    ],
)
def test_contradictions_are_refused(changes: dict[str, Any], message: str):
    with pytest.raises(ValidationError, match=message):
        StudyConfig.model_validate(changes)


def test_a_text_weight_above_the_pixels_is_refused_before_anything_is_trained():
    arms = arms_of(StudyConfig(text_weights=(2.0,)), RECIPE)
    with pytest.raises(ValidationError, match=r"w_text \(2.0\) must be below w_pixel"):
        arm_called("text 2", arms).config(RECIPE)
