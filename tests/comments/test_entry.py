from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordmend.comments.entry import Entry, Region, comment_id_of
from wordmend.comments.language import QualityLanguage
from wordmend.comments.text import MAX_TEXT_LENGTH, clean_text
from wordmend.errors import LanguageError, ParameterError


def an_entry(**changes: Any) -> Entry:
    fields: dict[str, Any] = {
        "comment_id": "c1",
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
    return Entry(**(fields | changes))


def test_texts_are_cleaned_at_the_door() -> None:
    entry = an_entry(text=" hair\n is\x00 not\tclear ", opposite="re\u0301sume\u0301  is clear\u200b")
    assert entry.text == "hair is not clear"
    assert entry.opposite == "résumé is clear"


@given(st.text(max_size=MAX_TEXT_LENGTH))
@settings(max_examples=150)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    try:
        cleaned = clean_text(text)
    except LanguageError:
        return
    assert clean_text(cleaned) == cleaned
    assert cleaned.isprintable()


def test_moments_are_kept_in_utc() -> None:
    moment = datetime(2026, 5, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert an_entry(created_at=moment).created_at == datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert an_entry(created_at=moment).created_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dimension": "nois"}, "dimension is 'nois'; did you mean 'noise'"),
        ({"kind": "restord"}, "kind is 'restord'; did you mean 'restored'"),
        ({"source": "preset "}, "source is 'preset '; did you mean 'preset'"),
        ({"conforms": 2}, "conforms is 2; give 1 or 0"),
        ({"conforms": True}, "conforms is True"),
        ({"pair_id": None}, "pair_id is None, but a restored image"),
        ({"source": "measured", "annotator": "Ada"}, "source measured has no annotator"),
        ({"created_at": datetime(2026, 5, 1)}, "has no time zone"),
        ({"sample_id": ""}, "at least one character"),
    ],
)
def test_wrong_fields_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        an_entry(**changes)


def test_empty_texts_are_refused_by_their_name() -> None:
    with pytest.raises(LanguageError, match="the opposite"):
        an_entry(opposite=" ")


@pytest.mark.parametrize(
    "numbers", [(-1, 0, 2, 2), (0, 0, 0, 2), (0, 0, 2, -3), (0.5, 0, 2, 2), (True, 0, 2, 2)]
)
def test_regions_are_whole_pixels_inside(numbers: tuple[Any, ...]) -> None:
    with pytest.raises(ParameterError, match="region"):
        Region(*numbers)


def test_identifiers_tell_apart_what_differs() -> None:
    first = comment_id_of("s1", "noise", "noise", None, "person", annotator="Ada")
    assert first == comment_id_of("s1", " noise ", "noise", None, "person", annotator="Ada")
    others = {
        comment_id_of("s2", "noise", "noise", None, "person", annotator="Ada"),
        comment_id_of("s1", "noise", "noise", Region(0, 0, 1, 1), "person", annotator="Ada"),
        comment_id_of("s1", "noise", "noise", None, "person", annotator="Bob"),
        comment_id_of("s1", "no noise", "noise", None, "person", annotator="Ada"),
    }
    assert len(others | {first}) == 5


def test_free_text_becomes_entries(language: QualityLanguage) -> None:
    region = Region(1, 2, 30, 40)
    text = "The hair is sharp but noisy; looks like Rome? Noise. Noise."
    entries = language.entries_from_text(
        text, sample_id="s1", pair_id="p1", kind="restored", region=region, conforms=1, annotator="Ada"
    )
    assert [entry.text for entry in entries] == [
        "The hair is sharp",
        "The hair is noisy",
        "looks like Rome? Noise",
        "Noise",
    ]
    assert [entry.dimension for entry in entries] == ["sharpness", "noise", "noise", "noise"]
    assert [entry.opposite for entry in entries] == [
        "The hair is not sharp",
        "The hair is not noisy",
        None,
        "No noise",
    ]
    assert {entry.region for entry in entries} == {region}
    assert len({entry.comment_id for entry in entries}) == 4


def test_the_class_is_found_where_nobody_said_it(language: QualityLanguage) -> None:
    said = {"sample_id": "s1", "pair_id": "p1"}
    entries = language.entries_from_text("the sky is noisy, the hair is clear", kind="restored", **said)
    assert [entry.conforms for entry in entries] == [1, 0]
    with pytest.raises(LanguageError, match="give the class"):
        language.entries_from_text("the sky over Rome", kind="restored", **said)
