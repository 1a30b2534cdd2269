"""What people said: how much, how far they agree, and where they disagree with what was measured."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pandas as pd
from sklearn.metrics import cohen_kappa_score

from wordmend.comments.entry import DIMENSIONS

FindsFault = Callable[[str], bool | None]
"""Of a text: whether it finds fault; None where it doesn't tell."""


def sum_up_people(
    people: pd.DataFrame, measured: pd.DataFrame, notes: pd.DataFrame, finds_fault: FindsFault
) -> dict[str, Any]:
    """Sum up what people said, for `people.json` and the report.

    Args:
        people: the comments table of what people said.
        measured: of what was measured.
        notes: columns sample_id, annotator, status (commented, nothing said, skipped, asks), comments,
            seconds, note; one row an annotation, and one for each part of it that could not be read.
        finds_fault: reads a text.

    Returns:
        `people` (annotator, commented, skipped, comments, seconds: the median), `agreement` by dimension
        (pictures that two or more commented on, kappa: Cohen's, mean over pairs of people weighted by their
        common pictures, None where it isn't defined), `disagreements` (sample_id, dimension, annotator, what
        the person said, what was measured) and `asks` (what people should say in other words).
    """
    said = people.assign(defect=_names_defect(people, finds_fault))
    found = measured.assign(defect=_names_defect(measured, finds_fault))
    seen = notes[notes["status"].isin(["commented", "nothing said"])]
    return {
        "people": _by_person(notes),
        "agreement": {dimension: _agreement(said, seen, dimension) for dimension in DIMENSIONS},
        "disagreements": _disagreements(said, found),
        "asks": [
            {"sample_id": row.sample_id, "annotator": row.annotator, "reason": row.note}
            for row in notes[notes["status"] == "asks"].itertuples()
        ],
    }


def _names_defect(comments: pd.DataFrame, finds_fault: FindsFault) -> "pd.Series[Any]":
    """Whether a comment tells of a defect: words that find fault, or that praise what is wanted."""
    faults = comments["text"].map(finds_fault)
    return pd.Series(
        [
            None if fault is None else bool(fault) == bool(conforms)
            for fault, conforms in zip(faults, comments["conforms"], strict=True)
        ],
        index=comments.index,
        dtype=object,
    )


def _by_person(notes: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for annotator, theirs in notes[notes["status"] != "asks"].groupby("annotator"):
        seconds = theirs["seconds"].dropna()
        rows.append(
            {
                "annotator": str(annotator),
                "commented": int((theirs["status"] != "skipped").sum()),
                "skipped": int((theirs["status"] == "skipped").sum()),
                "comments": int(theirs["comments"].sum()),
                "seconds": None if seconds.empty else float(seconds.median()),
            }
        )
    return rows


def _agreement(said: pd.DataFrame, seen: pd.DataFrame, dimension: str) -> dict[str, Any]:
    """Of naming a defect of the dimension, over the pictures that two people looked at."""
    named = said[(said["dimension"] == dimension) & (said["defect"] == True)]  # noqa: E712  # None is neither
    named_by = set(zip(named["sample_id"], named["annotator"], strict=True))
    pictures_of = {str(name): set(rows["sample_id"]) for name, rows in seen.groupby("annotator")}
    common_to_some: set[str] = set()
    weights, kappas = [], []
    for one, other in combinations(sorted(pictures_of), 2):
        common = sorted(pictures_of[one] & pictures_of[other])
        common_to_some |= set(common)
        votes = [[(picture, person) in named_by for picture in common] for person in (one, other)]
        if len({vote for votes_of in votes for vote in votes_of}) == 2:  # else chance alone would agree
            weights.append(len(common))
            kappas.append(float(cohen_kappa_score(*votes)))
    kappa = sum(w * k for w, k in zip(weights, kappas, strict=True)) / sum(weights) if weights else None
    return {"pictures": len(common_to_some), "kappa": kappa}


def _disagreements(said: pd.DataFrame, found: pd.DataFrame) -> list[dict[str, Any]]:
    """Where a person says that a defect is there and the measurement that it isn't, or the other way round.

    A side says that it is there when it names the defect anywhere in the picture.
    """
    by = ["sample_id", "dimension"]
    measured = found.dropna(subset=["defect"]).groupby(by)["defect"].any().to_dict()
    persons = said.dropna(subset=["defect"]).groupby([*by, "annotator"])
    rows = []
    for (sample_id, dimension, annotator), theirs in persons:
        theirs_says = bool(theirs["defect"].any())
        key = (sample_id, dimension)
        if key in measured and bool(measured[key]) != theirs_says:
            words = theirs[theirs["defect"] == theirs_says]["text"].iloc[0]
            other = found[(found["sample_id"] == sample_id) & (found["dimension"] == dimension)]
            rows.append(
                {
                    "sample_id": str(sample_id),
                    "dimension": str(dimension),
                    "annotator": str(annotator),
                    "person": str(words),
                    "measured": str(other[other["defect"] != theirs_says]["text"].iloc[0]),
                }
            )
    return rows
