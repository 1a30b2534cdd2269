"""What holds for every text, not only for those somebody thought of."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordmend.comments.entry import DIMENSIONS, Dimension
from wordmend.comments.language import QualityLanguage
from wordmend.errors import LanguageError

SHARED_FIXTURE = [HealthCheck.function_scoped_fixture]

SUBJECTS = ["hair", "sky", "background", "left eye", "face of the girl", "upper left area", "picture"]
DEGREES = ["", "very ", "slightly ", "still ", "too ", "still a bit ", "clearly "]
NEGATIONS = {"": 1, "not ": -1, "no longer ": -1, "hardly ": -1}
ADJECTIVES = {"sharp": 1, "clear": 1, "blurry": -1, "noisy": -1, "scratched": -1, "natural": 1, "unclear": -1}
NOUNS = ["noise", "scratches", "a scratch", "dust", "artifacts", "holes", "a lot of grain", "motion blur"]
EXISTENCE = ["there is {}", "there is still {} in the sky", "the sky has {}", "{} on the face", "I see {}"]
COPULAS = ["is", "was", "looks", "isn't", "is still", "has been"]
JUNK = st.text(max_size=60)


def predicates() -> st.SearchStrategy[tuple[str, int]]:
    """Sentences on a subject, with the sign they have by construction."""

    def sentence(subject: str, negation: str, degree: str, adjective: str) -> tuple[str, int]:
        sign = NEGATIONS[negation] * ADJECTIVES[adjective]
        return f"the {subject} is {negation}{degree}{adjective}", sign

    # "too sharp" and "not too sharp" are a case of their own.
    degrees = [degree for degree in DEGREES if "too" not in degree]
    parts = (st.sampled_from(group) for group in (SUBJECTS, list(NEGATIONS), degrees, list(ADJECTIVES)))
    return st.builds(sentence, *parts)


def word_soup(language: QualityLanguage) -> st.SearchStrategy[str]:
    """Words of the lexicon in any order: nonsense for the most part."""
    words = sorted(language._vocabulary.words())
    return st.lists(st.sampled_from([*words, ",", ".", "hair", "Sky"]), min_size=1, max_size=9).map(" ".join)


def assert_turned(language: QualityLanguage, text: str, opposite: str) -> None:
    flipped = {"good": "defect", "defect": "good", None: None}
    before, after = language.read(text), language.read(opposite)
    assert after.dimension == before.dimension
    assert after.polarity == flipped[before.polarity]
    again = language.read(language.opposite(opposite))
    assert (again.dimension, again.polarity) == (before.dimension, before.polarity)


@given(sentence=predicates())
@settings(max_examples=150, deadline=None, suppress_health_check=SHARED_FIXTURE)
def test_predicates_have_the_sign_of_their_parts(
    language: QualityLanguage, sentence: tuple[str, int]
) -> None:
    text, sign = sentence
    assert language.read(text).polarity == ("good" if sign > 0 else "defect")
    assert_turned(language, text, language.opposite(text))


@given(noun=st.sampled_from(NOUNS), frame=st.sampled_from(EXISTENCE))
@settings(max_examples=60, deadline=None, suppress_health_check=SHARED_FIXTURE)
def test_existence_is_turned_with_no(language: QualityLanguage, noun: str, frame: str) -> None:
    text = frame.format(noun)
    opposite = language.opposite(text)
    assert language.read(text).polarity == "defect"
    assert re.search(r"\bno\b", opposite)
    assert_turned(language, text, opposite)


@given(sentence=predicates())
@settings(max_examples=60, deadline=None, suppress_health_check=SHARED_FIXTURE)
def test_case_and_full_stops_change_nothing(language: QualityLanguage, sentence: tuple[str, int]) -> None:
    text, _ = sentence
    written = f"{text[0].upper()}{text[1:]}."
    opposite = language.opposite(written)
    assert language.read(written) == language.read(text)
    assert opposite[0].isupper()
    assert opposite.endswith(".")
    assert opposite[1:-1] == language.opposite(text)[1:]


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=SHARED_FIXTURE)
def test_whatever_is_turned_says_the_opposite(language: QualityLanguage, data: st.DataObject) -> None:
    text = data.draw(word_soup(language))
    opposite = language.opposite_or_none(text)
    if opposite is not None:
        assert_turned(language, text, opposite)


@given(text=JUNK)
@settings(max_examples=200, deadline=None, suppress_health_check=SHARED_FIXTURE)
def test_any_text_is_read_or_refused(language: QualityLanguage, text: str) -> None:
    try:
        reading = language.read(text)
    except LanguageError:
        return
    assert reading.dimension in DIMENSIONS
    assert (reading.polarity is None) == (reading.doubt is not None)


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=SHARED_FIXTURE)
def test_clauses_are_read_alone_as_they_are_together(language: QualityLanguage, data: st.DataObject) -> None:
    sentences = data.draw(st.lists(predicates(), min_size=2, max_size=4))
    mark = data.draw(st.sampled_from([". ", "; ", ", ", " and ", ", but "]))
    clauses = language.split(mark.join(text for text, _ in sentences))
    assert [language.read(clause).polarity for clause in clauses] == [
        "good" if sign > 0 else "defect" for _, sign in sentences
    ]


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_program_phrases_are_read_and_turned_right(language: QualityLanguage, dimension: Dimension) -> None:
    pairs = language.phrase_pairs(dimension)
    phrases = language.lexicon.phrases
    places = [f"{place} area" for row in phrases.places for place in row]
    assert len({(pair.defect, pair.good) for pair in pairs}) >= 10
    for pair in pairs:
        for subject in [*phrases.subjects, *places]:
            filled = pair.filled(subject)
            defect, good = language.read(filled.defect), language.read(filled.good)
            assert (defect.dimension, defect.polarity) == (dimension, "defect"), filled
            assert (good.dimension, good.polarity) == (dimension, "good"), filled
            assert len(language.split(filled.defect)) == len(language.split(filled.good)) == 1
        for text in (filled.defect, filled.good):
            assert_turned(language, text, language.opposite(text))


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_phrases_bear_a_severity(language: QualityLanguage, dimension: Dimension) -> None:
    changed = 0
    for pair in language.phrase_pairs(dimension):
        defect = pair.filled("image").defect
        for severity in language.lexicon.phrases.severities:
            strengthened = language.with_severity(defect, severity)
            changed += strengthened != defect
            assert language.read(strengthened).polarity == "defect", strengthened
    assert changed > 0


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_some_phrases_differ_in_a_negation_alone(language: QualityLanguage, dimension: Dimension) -> None:
    def without_negation(text: str) -> str:
        return re.sub(r"\b(not|no|a|un)\b ?", "", text)

    pairs = [pair.filled("image") for pair in language.phrase_pairs(dimension)]
    assert sum(without_negation(pair.defect) == without_negation(pair.good) for pair in pairs) >= 2
