"""Held-out paraphrases: enough of each kind, and none from a template."""

from collections import Counter

from wordmend.comments.language import QualityLanguage
from wordmend.quality.clear_cases import DEGRADED_DIMENSIONS
from wordmend.quality.paraphrases import paraphrases


def test_there_are_enough_and_as_many_of_each_kind():
    counts = Counter((one.dimension, one.defect) for one in paraphrases())
    assert counts.keys() == {(name, defect) for name in DEGRADED_DIMENSIONS for defect in (True, False)}
    assert len(set(counts.values())) == 1
    assert counts.total() >= 200
    assert len({one.text for one in paraphrases()}) == counts.total()


def test_none_is_a_text_that_the_program_makes(language: QualityLanguage):
    made = {
        text.lower()
        for dimension in DEGRADED_DIMENSIONS
        for pair in language.phrase_pairs(dimension)
        for subject in language.lexicon.phrases.subjects
        for text in (pair.filled(subject).defect, pair.filled(subject).good)
    }
    assert not made & {one.text.lower() for one in paraphrases()}
