from typing import Any

import pytest
from pydantic import ValidationError

from wordmend.comments.config import PresetText, WordsConfig
from wordmend.comments.entry import Entry, Region
from wordmend.comments.language import QualityLanguage
from wordmend.comments.words import target_texts
from wordmend.errors import LanguageError

REGION = Region(1, 2, 3, 4)


def an_entry(comment_id: str, **changes: Any) -> Entry:
    fields: dict[str, Any] = {
        "sample_id": "s1",
        "pair_id": "p1",
        "kind": "restored",
        "text": "hair is not clear",
        "opposite": "hair is clear",
        "dimension": "sharpness",
        "region": None,
        "conforms": 1,
        "source": "person",
    }
    return Entry(comment_id, **(fields | changes))


def test_the_opposite_of_what_is_there_is_wanted(language: QualityLanguage) -> None:
    [target] = target_texts("p1", [an_entry("c", region=REGION)], language, WordsConfig())
    assert (target.text, target.region, target.dimension) == ("hair is clear", REGION, "sharpness")
    assert (target.source, target.comment_id) == ("person", "c")


def test_what_does_not_conform_is_wanted_itself(language: QualityLanguage) -> None:
    entry = an_entry("c", text="hair is clear", opposite="hair is not clear", conforms=0)
    assert [t.text for t in target_texts("p1", [entry], language, WordsConfig())] == ["hair is clear"]


def test_persons_come_first_and_nothing_doubles(language: QualityLanguage) -> None:
    noise = {"text": "noise is left", "opposite": "no noise is left", "dimension": "noise"}
    entries = [
        an_entry("a", source="measured", **noise),
        an_entry("c"),
        an_entry("b", **noise),
        an_entry("d"),
        an_entry("e", region=REGION),
    ]
    targets = target_texts("p1", entries, language, WordsConfig())
    assert [(target.comment_id, target.source) for target in targets] == [
        ("b", "person"),
        ("c", "person"),
        ("e", "person"),
    ]
    assert targets == target_texts("p1", entries[::-1], language, WordsConfig())


@pytest.mark.parametrize(
    "changes",
    [
        {"pair_id": "p2"},
        {"kind": "lq"},
        {"opposite": None},
        {"text": "hair is clear", "opposite": "hair is not clear"},  # praise of what is there
        {"conforms": 0},  # "hair is not clear" is not so
        {"dimension": "other"},
    ],
)
def test_the_preset_stands_in_where_nothing_is_named(
    language: QualityLanguage, changes: dict[str, Any]
) -> None:
    config = WordsConfig(dimensions=("sharpness", "noise"))
    targets = target_texts("p1", [an_entry("c", **changes)], language, config)
    assert [(target.text, target.source, target.comment_id) for target in targets] == [
        ("the image is clear", "preset", None),
        ("the image has no noise", "preset", None),
    ]
    assert target_texts("p1", [], language, WordsConfig(use_preset=False)) == []


def test_every_text_of_the_default_preset_is_good(language: QualityLanguage) -> None:
    for target in target_texts("p1", [], language, WordsConfig()):
        reading = language.read(target.text)
        assert (reading.dimension, reading.polarity) == (target.dimension, "good")


@pytest.mark.parametrize("text", ["the image is blurry", "a picture"])
def test_a_preset_that_wants_no_good_is_refused(language: QualityLanguage, text: str) -> None:
    config = WordsConfig(preset=(PresetText(text=text, dimension="sharpness"),))
    with pytest.raises(LanguageError, match=r"preset\[0\]"):
        target_texts("p1", [], language, config)


def test_contradicting_parameters_are_refused() -> None:
    with pytest.raises(ValidationError, match="preset is empty"):
        WordsConfig(preset=())
    with pytest.raises(ValidationError, match="no text would guide"):
        WordsConfig(dimensions=())
    with pytest.raises(ValidationError, match="did you mean 'use_preset'"):
        WordsConfig.model_validate({"use_presets": True})
