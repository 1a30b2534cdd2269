import copy
from typing import Any

import pytest

from wordmend.comments.entry import Region
from wordmend.comments.language import QualityLanguage
from wordmend.comments.phrases import place_of
from wordmend.errors import LanguageError


def test_every_counterpart_is_a_known_word(language: QualityLanguage) -> None:
    lexicon = language.lexicon
    for words in lexicon.dimensions.values():
        for word, counterpart in {**words.good_words, **words.defect_words, **words.stand_ins}.items():
            if counterpart is not None:
                assert language.read(counterpart).polarity not in (None, language.read(word).polarity)


def test_an_unknown_list_is_refused_with_the_nearest_name(lexicon: dict[str, Any]) -> None:
    with pytest.raises(LanguageError, match="did you mean 'negators'"):
        QualityLanguage({**lexicon, "negator": {}})


def test_a_missing_list_is_named(lexicon: dict[str, Any]) -> None:
    with pytest.raises(LanguageError, match=r"quality_language\.negators"):
        QualityLanguage({name: words for name, words in lexicon.items() if name != "negators"})


def test_a_word_of_two_dimensions_is_refused(lexicon: dict[str, Any]) -> None:
    doubled = copy.deepcopy(lexicon)
    doubled["dimensions"]["noise"]["defect_words"]["blurry"] = None
    with pytest.raises(LanguageError, match=r"'blurry' stands in dimensions\.sharpness\.defect_words and in"):
        QualityLanguage(doubled)


def test_an_operator_that_is_both_is_refused(lexicon: dict[str, Any]) -> None:
    doubled = {**lexicon, "present": {**lexicon["present"], "without": "with"}}
    with pytest.raises(LanguageError, match="'without' stands in present and in absent"):
        QualityLanguage(doubled)


def test_a_stand_in_for_an_unknown_word_is_refused(lexicon: dict[str, Any]) -> None:
    wrong = copy.deepcopy(lexicon)
    wrong["dimensions"]["noise"]["stand_ins"]["nosiy"] = "clean"
    with pytest.raises(LanguageError, match="'nosiy' is none of its defect_words"):
        QualityLanguage(wrong)


@pytest.mark.parametrize("key", ["pairs", "places"])
def test_phrases_have_no_gaps(lexicon: dict[str, Any], key: str) -> None:
    gap = copy.deepcopy(lexicon)
    if key == "pairs":
        del gap["phrases"]["pairs"]["noise"]
    else:
        gap["phrases"]["places"][1].pop()
    with pytest.raises(LanguageError, match=f"phrases.*{key} has"):
        QualityLanguage(gap)


@pytest.mark.parametrize(
    ("region", "place"),
    [
        (Region(0, 0, 30, 30), "upper left"),
        (Region(45, 20, 10, 10), "middle"),
        (Region(80, 50, 20, 10), "lower right"),
        (Region(0, 0, 100, 60), "middle"),
        (Region(99, 59, 1, 1), "lower right"),
    ],
)
def test_places_are_ninths_of_the_image(language: QualityLanguage, region: Region, place: str) -> None:
    assert language.place(region, width=100, height=60) == place
    assert place_of(region, 100, 60, language.lexicon.phrases.places) == place
