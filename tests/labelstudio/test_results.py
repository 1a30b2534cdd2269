"""What a person answered on the page becomes comments, and what can't is told of."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordmend.comments.entry import Region
from wordmend.labelstudio.annotations import AnnotatedTask, Annotation
from wordmend.labelstudio.results import NAMED, entries_of

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SAMPLE = "coins-0001.restored"


def task(suggestions: list[dict[str, Any]] | None = None, kind: str = "restored") -> AnnotatedTask:
    return AnnotatedTask(
        project="p",
        task_id=7,
        sample_id=SAMPLE,
        pair_id="coins-0001",
        kind=kind,
        image_sha256="0" * 64,
        updated_at=NOW,
        suggestions=suggestions or [],
        annotations=[],
    )


def answer(*results: Any, skipped: bool = False) -> Annotation:
    return Annotation(
        annotation_id=1,
        annotator="ada@example.org",
        created_at=NOW,
        updated_at=NOW,
        skipped=skipped,
        lead_time=2.5,
        result=list(results),
    )


def choice(name: str, *values: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "from_name": name, "type": "choices", "value": {"choices": list(values)}, **more}


def words(*texts: str) -> dict[str, Any]:
    return {"id": "w", "from_name": "words", "type": "textarea", "value": {"text": list(texts)}}


def region(
    label: str = "noise", text: str | None = None, box: Any = (25, 50, 25, 25), **more: Any
) -> list[Any]:
    place = dict(zip(("x", "y", "width", "height"), box, strict=True))
    common = {"id": "r1", "original_width": 96, "original_height": 48, "item_index": 0, **more}
    parts = [common | {"from_name": "region", "value": place | {"rectanglelabels": [label]}}]
    if text is not None:
        parts.append(common | {"from_name": "region_words", "value": place | {"text": [text]}})
    return parts


def read(language, *results, suggestions=None, kind="restored"):
    return entries_of(task(suggestions, kind), answer(*results), SAMPLE, language)


def test_nothing_to_object_praises_every_dimension(language):
    entries, problems = read(language, choice("verdict", "nothing"))
    assert not problems
    assert {entry.dimension for entry in entries} == set(NAMED)
    assert all(language.read(e.text).polarity == "good" and e.conforms == 1 for e in entries)


def test_a_region_with_words_has_its_pixels_dimension_person_and_time(language):
    (entry,), problems = read(language, *region("noise", "there is grain here"))
    assert not problems
    assert entry.region == Region(24, 24, 24, 12)
    assert (entry.text, entry.dimension, entry.conforms) == ("there is grain here", "noise", 1)
    assert (entry.source, entry.annotator, entry.created_at) == ("person", "ada@example.org", NOW)
    assert entry.pair_id == "coins-0001"


def test_a_region_without_words_and_a_chosen_defect_are_put_into_words(language):
    entries, _ = read(language, *region("scratches"), choice("defects", "sharpness"))
    assert [(e.dimension, e.region is None) for e in entries] == [("scratches", False), ("sharpness", True)]
    assert all(language.read(e.text).polarity == "defect" and e.opposite for e in entries)


def test_words_about_something_else_are_about_what_they_say(language):
    (entry,), _ = read(language, *region("other", "the hair is not clear"))
    assert entry.dimension == "sharpness"


@pytest.mark.parametrize(("meaning", "conforms"), [("as_it_is", 1), ("as_wanted", 0), (None, 0)])
def test_the_class_is_what_the_person_said_else_what_the_words_tell(language, meaning, conforms):
    said = [words("the hair is clear")] + ([choice("meaning", meaning)] if meaning else [])
    (entry,), _ = read(language, *said)
    assert entry.conforms == conforms


def test_several_words_are_several_comments_and_unclear_ones_ask(language):
    entries, problems = read(language, words("the hair is not clear", "it reminds me of home"))
    assert [entry.text for entry in entries] == ["the hair is not clear"]
    assert len(problems) == 1
    assert "it reminds me of home" in problems[0].reason
    assert (problems[0].task_id, problems[0].annotator) == (7, "ada@example.org")


def test_a_suggestion_that_was_left_is_no_persons_word(language):
    suggested = region("noise", "the upper left area is noisy")
    left = region("noise", "the upper left area is noisy", origin="prediction")
    assert read(language, *left, words("the hair is not clear"), suggestions=suggested)[0][0].text == (
        "the hair is not clear"
    )


def test_a_suggestion_that_was_taken_away_is_denied(language):
    suggested = region("noise", "the upper left area is noisy")
    entries, _ = read(language, words("the hair is not clear"), suggestions=suggested)
    denied = next(entry for entry in entries if entry.dimension == "noise")
    assert denied.region == Region(24, 24, 24, 12)
    assert (language.read(denied.text).polarity, denied.conforms) == ("good", 1)


def test_a_suggestion_whose_words_were_changed_is_the_persons(language):
    suggested = region("noise", "the upper left area is noisy")
    box, text = region("noise", "there is strong grain")
    entries, _ = read(
        language, box | {"origin": "prediction"}, text | {"origin": "manual"}, suggestions=suggested
    )
    assert [entry.text for entry in entries] == ["there is strong grain"]


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((-10, -10, 30, 30), Region(0, 0, 19, 10)),
        ((90, 90, 50, 50), Region(86, 43, 10, 5)),
        ((120, 10, 5, 5), None),
        ((10, 10, 0, 0), None),
        ((float("nan"), 0, 5, 5), None),
        (("a", 0, 5, 5), None),
    ],
)
def test_regions_are_cut_off_at_the_borders_and_told_of_where_nothing_is_left(language, box, expected):
    entries, problems = read(language, *region("noise", "there is grain", box=box))
    assert [entry.region for entry in entries] == ([] if expected is None else [expected])
    assert len(problems) == (expected is None)


def test_a_region_on_another_page_or_of_an_unknown_label_is_told_of(language):
    _, problems = read(language, *region("noise", item_index=1))
    assert "page 2" in problems[0].reason
    _, problems = read(language, *region("sparkle"))
    assert "sparkle" in problems[0].reason


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> the hair is not clear",
        "the hair\x00 is\u202e not\x1b clear",
        "الشعر غير واضح",
        "the hair is not clear 🙈",
        "x" * 1_000_000,
        "\x00\x01",
    ],
)
def test_hostile_words_are_comments_of_one_clean_line_or_told_of(language, text):
    entries, problems = read(language, words(text))
    assert bool(entries) != bool(problems)
    for entry in entries:
        assert entry.text.isprintable()
        assert len(entry.text) <= 500
    assert all(len(problem.reason) < 2000 for problem in problems)


def test_a_skipped_task_says_nothing(language):
    assert entries_of(task(), answer(choice("verdict", "nothing"), skipped=True), SAMPLE, language) == (
        [],
        [],
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["region", "region_words", "verdict", "defects", "words", "meaning", "unknown"])
VALUE = st.fixed_dictionaries(
    {},
    optional={
        "x": JSON,
        "y": JSON,
        "width": JSON,
        "height": JSON,
        "rectanglelabels": JSON,
        "choices": JSON,
        "text": JSON,
    },
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"from_name": NAMES, "id": JSON, "value": VALUE | JSON},
            optional={"item_index": JSON, "origin": JSON, "original_width": JSON, "original_height": JSON},
        ),
        max_size=4,
    )
)
def test_whatever_stands_in_an_annotation_is_read_or_told_of(language, results):
    entries, problems = read(language, *results)
    assert all(entry.source == "person" for entry in entries)
    assert all(problem.reason for problem in problems)
