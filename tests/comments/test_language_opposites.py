"""Texts turned round."""

import pytest

from wordmend.comments.language import QualityLanguage
from wordmend.errors import LanguageError

BOTH_WAYS = [
    ("hair is not clear", "hair is clear"),
    ("existence of noise", "inexistence of noise"),
    ("blurry background", "clear background"),
    ("jagged edges", "smooth edges"),
    ("unnatural eyes", "natural eyes"),
    ("a scratch is left on the cheek", "no scratch is left on the cheek"),
    ("an artifact is visible", "no artifact is visible"),
    ("image noise is not eliminated cleanly", "image noise is eliminated cleanly"),
    ("insufficient clarity", "sufficient clarity"),
    ("incomplete restoration of missing parts", "complete restoration of missing parts"),
    ("there are scratches", "there are no scratches"),
    ("parts of the image are missing", "no parts of the image are missing"),
    ("noise is left", "no noise is left"),
    ("the image has noise", "the image has no noise"),
    ("the missing parts have not been filled in", "the missing parts have been filled in"),
    ("something is missing", "nothing is missing"),
    ("noisy sky", "noise-free sky"),
    ("out-of-focus background", "in-focus background"),
    ("portrait with scratches", "portrait without scratches"),
    ("unrestored corner", "restored corner"),
    ("the noise is visible", "the noise is not visible"),
    ("the sky is full of noise", "the sky is free of noise"),
    ("the scratches can be seen", "the scratches cannot be seen"),
    ("blurry hair and noisy sky", "clear hair and noise-free sky"),
    ("Noise is left in the sky!", "No noise is left in the sky!"),
]

ONE_WAY = [
    ("there is a huge hole in the wall", "there is no huge hole in the wall"),
    ("an old scratch crosses the face", "no old scratch crosses the face"),
    ("there is a second scratch left", "there is no second scratch left"),
    ("a curved long scratch is left", "no curved scratch is left"),
    ("a long curved scratch is left", "no curved scratch is left"),
    ("there's a nasty tear", "there is no nasty tear"),
    ("the second scratch is still there", "the second scratch is not there"),
    ("another scratch is visible", "no scratch is visible"),
    ("slightly high noise level", "low noise level"),
    ("the sky is still too noisy", "the sky is not noisy"),
    ("not unclear", "unclear"),
    ("unclear hair", "clear hair"),
    ("hair is unclear", "hair is clear"),
    ("a lot of noise in the shadows", "no noise in the shadows"),
    ("there are still many small scratches", "there are no scratches"),
    ("two scratches on the cheek", "no scratches on the cheek"),
    ("it does not look sharp", "it looks sharp"),
    ("the image doesn't have any noise", "the image has noise"),
    ("there is no longer any noise", "there is noise"),
    ("the scratch is still visible", "the scratch is not visible"),
    ("the hair lacks detail", "the hair has detail"),
    ("no detail in the hair", "sufficient detail in the hair"),
    ("the face is badly restored", "the face is well restored"),
    ("some scratches are not removed", "all scratches are removed"),
    ("nothing is sharp", "everything is sharp"),
    ("some edges are jagged", "no edges are jagged"),
    ("clearer hair", "less clear hair"),
    ("no unclear area", "an unclear area"),
    ("Image noise is not eliminated cleanly.", "Image noise is eliminated cleanly."),
    ("no noise or scratches", "noise and scratches"),
    ("noise and scratches are visible", "no noise is visible and no scratches are visible"),
    ("the hair is blurry and the sky is noisy", "the hair is clear and the sky is not noisy"),
    ("The hair is blurry. The sky is noisy.", "The hair is clear. The sky is not noisy."),
    ("sharp but noisy", "blurry but noise-free"),
    ("the image is neither blurry nor noisy", "the image is blurry and the image is noisy"),
]

REFUSED = [
    ("the sky over Rome", "none of its words"),
    ("the blurrrry tree", "meant to be 'blurry'"),
    ("too sharp", "no rule"),
    ("the hair should be sharper", "wish"),
    ("please remove the noise", "wish"),
    ("is the hair blurry?", "question"),
    ("the blurry area has scratches", "at once"),
    ("no noise and scratches are left", "finds fault"),
]


@pytest.mark.parametrize(("defect", "good"), BOTH_WAYS)
def test_turns_both_ways(language: QualityLanguage, defect: str, good: str) -> None:
    assert language.opposite(defect) == good
    assert language.opposite(good) == defect


@pytest.mark.parametrize(("text", "opposite"), ONE_WAY)
def test_turns(language: QualityLanguage, text: str, opposite: str) -> None:
    assert language.opposite(text) == opposite


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_refuses_and_says_what_to_do(language: QualityLanguage, text: str, reason: str) -> None:
    with pytest.raises(LanguageError, match=reason) as caught:
        language.opposite(text)
    assert "by hand" in str(caught.value)
    assert language.opposite_or_none(text) is None


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("the hair and eyes are blurry", ["the hair and eyes are blurry"]),
        ("the image is sharp but noisy", ["the image is sharp", "the image is noisy"]),
        ("the image is not sharp and clear", ["the image is not sharp", "the image is not clear"]),
        ("the image is not blurry but sharp", ["the image is not blurry", "the image is sharp"]),
        ("no noise or scratches are left", ["no noise is left", "no scratches are left"]),
        ("without noise or scratches", ["without noise", "without scratches"]),
        ("full of dust and scratches", ["full of dust", "full of scratches"]),
        ("the skin is noisy and has scratches", ["the skin is noisy", "the skin has scratches"]),
        ("the image is clear, without noise", ["the image is clear", "without noise"]),
        (
            "blurry background, jagged edges, slightly high noise level, and unclear hair",
            ["blurry background", "jagged edges", "slightly high noise level", "unclear hair"],
        ),
    ],
)
def test_splits_into_clauses(language: QualityLanguage, text: str, clauses: list[str]) -> None:
    assert language.split(text) == clauses
