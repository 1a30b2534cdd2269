"""How far people agree with each other and with what was measured."""

import json

import pandas as pd
import pytest

from wordmend.comments.table import entries_to_table
from wordmend.evaluation.people import sum_up_people

NOTE_COLUMNS = ["sample_id", "annotator", "status", "comments", "seconds", "note"]


def comments(language, *said, source="person"):
    """Of (sample, person, words)."""
    entries = []
    for sample, person, words in said:
        entries += language.entries_from_text(
            words,
            sample_id=sample,
            pair_id="p",
            kind="restored",
            conforms=1,
            source=source,
            annotator=person,
        )
    return entries_to_table(entries)


def notes(*rows):
    return pd.DataFrame([(*row, "") if len(row) == 5 else row for row in rows], columns=NOTE_COLUMNS)


def sum_up(language, said, measured=(), seen=()):
    summary = sum_up_people(
        comments(language, *said),
        comments(language, *measured, source="measured"),
        notes(*seen),
        language.finds_fault,
    )
    json.dumps(summary)
    return summary


def both_saw(*samples):
    return [(s, who, "commented", 1, 4.0) for s in samples for who in ("ada", "bob")]


def test_people_who_name_the_same_agree_wholly(language):
    said = [("a", "ada", "it is noisy"), ("a", "bob", "there is noise")]
    summary = sum_up(language, said, seen=both_saw("a", "b"))
    assert summary["agreement"]["noise"] == {"pictures": 2, "kappa": 1.0}
    assert summary["agreement"]["sharpness"] == {"pictures": 2, "kappa": None}


def test_people_who_name_the_contrary_disagree(language):
    said = [("a", "ada", "it is noisy"), ("b", "bob", "it is noisy"), ("a", "bob", "it is not noisy")]
    assert sum_up(language, said, seen=both_saw("a", "b"))["agreement"]["noise"]["kappa"] == -1.0


def test_a_picture_that_one_alone_saw_tells_nothing(language):
    summary = sum_up(language, [("a", "ada", "it is noisy")], seen=[("a", "ada", "commented", 1, 3.0)])
    assert summary["agreement"]["noise"] == {"pictures": 0, "kappa": None}


def test_where_a_person_disagrees_with_the_measurement(language):
    said = [("a", "ada", "the image is not noisy"), ("b", "ada", "it is blurry")]
    measured = [("a", None, "the image is noisy"), ("b", None, "the image is blurry")]
    summary = sum_up(language, said, measured, both_saw("a", "b"))
    assert summary["disagreements"] == [
        {
            "sample_id": "a",
            "dimension": "noise",
            "annotator": "ada",
            "person": "the image is not noisy",
            "measured": "the image is noisy",
        }
    ]


def test_who_did_how_much_and_what_is_asked(language):
    seen = [
        ("a", "ada", "commented", 2, 4.0),
        ("b", "ada", "skipped", 0, 1.0),
        ("c", "ada", "nothing said", 0, None),
        ("a", "ada", "asks", 0, None, "it doesn't tell"),
    ]
    summary = sum_up(language, [], seen=seen)
    (ada,) = summary["people"]
    assert ada == {"annotator": "ada", "commented": 2, "skipped": 1, "comments": 2, "seconds": 2.5}
    assert summary["asks"] == [{"sample_id": "a", "annotator": "ada", "reason": "it doesn't tell"}]


@pytest.mark.parametrize("what", ["people", "disagreements", "asks"])
def test_nobody_said_anything(language, what):
    assert sum_up(language, [])[what] == []
