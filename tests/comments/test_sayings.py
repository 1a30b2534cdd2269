"""Sayings say what they are listed for, and are many."""

import re

import numpy as np
import pytest

from wordmend.comments.language import QualityLanguage
from wordmend.comments.lexicon import Phrases
from wordmend.comments.sayings import fill_saying, with_typo
from wordmend.quality.clear_cases import DEGRADED_DIMENSIONS


def pattern(line: str, phrases: Phrases) -> str:
    """All texts of a saying, as a regular expression."""
    for place, names in (("{one}", phrases.things), ("{many}", phrases.many_things)):
        line = line.replace(place, f"[{'|'.join(names)}]")
    return " *".join(re.sub(r"\[", "(?:", line).replace("]", ")").split(" "))


def test_a_saying_is_filled(language: QualityLanguage) -> None:
    phrases = language.lexicon.phrases.model_copy(update={"things": ["the sky"], "many_things": ["the eyes"]})
    texts = {
        fill_saying("{one} [is|looks] soft [|there], {many} too", phrases, np.random.default_rng(n))
        for n in range(40)
    }
    assert texts == {
        f"the sky {verb} soft{place}, the eyes too" for verb in ("is", "looks") for place in ("", " there")
    }


@pytest.mark.parametrize("dimension", DEGRADED_DIMENSIONS)
def test_other_words_find_fault_or_praise_as_the_text_does(language: QualityLanguage, dimension: str) -> None:
    said = language.lexicon.phrases.sayings[dimension]  # type: ignore[index]
    pair = language.phrase_pairs(dimension)[0].filled("image")  # type: ignore[arg-type]
    for text, its in ((pair.defect, said.defect), (pair.good, said.good)):
        made = {language.in_other_words(text, dimension, np.random.default_rng(n)) for n in range(50)}  # type: ignore[arg-type]
        assert len(made) > 25
        patterns = [pattern(line, language.lexicon.phrases) for line in its]
        assert all(any(re.fullmatch(one, text) for one in patterns) for text in made)


def test_what_cannot_be_told_stays_as_it_is(language: QualityLanguage) -> None:
    rng = np.random.default_rng(0)
    for text, dimension in (("is it sharp?", "sharpness"), ("the colors are faded", "other")):
        assert language.in_other_words(text, dimension, rng) == text  # type: ignore[arg-type]


def test_where_the_language_reads_a_saying_it_reads_the_same(language: QualityLanguage) -> None:
    rng, read, agreed = np.random.default_rng(0), 0, 0
    phrases = language.lexicon.phrases
    for said in phrases.sayings.values():
        for fault, its in ((True, said.defect), (False, said.good)):
            for line in its:
                for _ in range(3):
                    found = language.finds_fault(fill_saying(line, phrases, rng))
                    read += found is not None
                    agreed += found is fault
    assert agreed / read > 0.85


def test_a_typo_changes_one_word_a_little() -> None:
    words = ["the", "picture", "is", "grainy"]
    for n in range(50):
        typed = with_typo(" ".join(words), np.random.default_rng(n)).split()
        changed = [(right, wrong) for right, wrong in zip(words, typed, strict=True) if right != wrong]
        assert len(changed) <= 1
        assert all(abs(len(right) - len(wrong)) <= 1 for right, wrong in changed)
    assert with_typo("so it is", np.random.default_rng(0)) == "so it is"
