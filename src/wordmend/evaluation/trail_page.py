"""The trail as it stands on the page: from what was said of a test picture to what changed in its region."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from wordmend.comments.entry import DIMENSIONS
from wordmend.comments.table import region_of
from wordmend.evaluation.changes import OUTCOMES, changes_of, sum_up_changes
from wordmend.evaluation.report_data import ARM_NAMES, FloatImage, Trail
from wordmend.evaluation.trail import TRAINED_ARMS
from wordmend.evaluation.words_used import sum_up_dimensions
from wordmend.pages.formatting import NOTHING, number, with_minus
from wordmend.pages.pictures import data_url

_THUMBNAIL_SIDE = 192  # pixels
_SHOWN_ARMS = (*TRAINED_ARMS, "gt")


def trail_page(trail: Trail, seed: int) -> dict[str, Any]:
    """What `trail.html.jinja` shows.

    Returns:
        `sums` (heading and rows of `sum_up_changes`), `guided` (by dimension, what guided stage 2),
        `pictures` (comments with pictures of their regions), `named` (by dimension, links to pairs), `photos`
        (photograph and its pairs, each with what was said of it) and `words` (by comment_id, what changed).
    """
    changes = changes_of(trail.comments)
    asked = changes["target"].notna()
    comments = {row["comment_id"]: _comment(row) for row in changes.to_dict("records")}
    of_pair: dict[str, list[dict[str, Any]]] = {pair_id: [] for pair_id in trail.photos}
    for comment in sorted(comments.values(), key=lambda comment: comment["target"] is None):
        of_pair[comment["pair_id"]].append(comment)
    return {
        "sums": [
            (heading, [_sum(row) for row in rows])
            for heading, part in (
                ("Where words wished for something", changes[asked]),
                ("Where they wished for nothing: has it stayed as good?", changes[~asked]),
            )
            if (rows := sum_up_changes(part, seed))
        ],
        "guided": sum_up_dimensions(trail.visits),
        "pictures": [
            {**comments[comment_id], **_pictures(images)} for comment_id, images in trail.regions.items()
        ],
        "named": _named(changes[asked]),
        "photos": _photos(trail.photos, of_pair),
        "words": {comment_id: comment["change"] for comment_id, comment in comments.items()},
    }


def _comment(row: Mapping[Any, Any]) -> dict[str, Any]:
    plain = {name: None if pd.isna(value) else value for name, value in row.items()}
    region = region_of(row)
    return {
        **{name: plain[name] for name in ("comment_id", "pair_id", "photo", "text", "target", "dimension")},
        **{name: plain[name] for name in ("sample_id", "source", "annotator", "conforms")},
        "region": None if region is None else (region.x, region.y, region.width, region.height),
        "change": _change(plain),
    }


def _change(row: Mapping[Any, Any]) -> dict[str, Any] | None:
    """The values by arm, the outcome and how much; None where nothing could be measured."""
    if row["outcome"] is None:
        return None
    by_defect = row["measure"] == "defect"
    outcome, less = row["outcome"], row["stage2"] < row["control"]
    size = f"{abs(row['gain']):.2f} dB"
    if by_defect:
        size = "" if row["share"] is None else f"{100 * abs(row['share']):.1f} %"
    same = f"as the control ({size} {'less' if less else 'more'})" if row["gain"] else "as the control"
    return {
        "measure": "defect" if by_defect else "PSNR",
        "values": [(ARM_NAMES[arm], number("" if by_defect else "psnr", row[arm])) for arm in TRAINED_ARMS],
        "outcome": outcome,
        "text": same if outcome == "same" else f"{size} {outcome}".strip(),
    }


def _sum(row: Mapping[str, Any]) -> dict[str, Any]:
    by_defect = row["measure"] == "defect"
    return {
        **row,
        "values": [number("" if by_defect else "psnr", row[arm]) for arm in TRAINED_ARMS],
        "shares": [f"{row[outcome]:.0%}".replace("%", " %") for outcome in OUTCOMES],
        "gain": _gain(row["gain"], by_defect),
        "low": _gain(row["low"], by_defect),
        "high": _gain(row["high"], by_defect),
    }


def _gain(value: float | None, by_defect: bool) -> str:
    if value is None:
        return NOTHING
    return with_minus(f"{100 * value:+.1f} %" if by_defect else f"{value:+.2f} dB")


def _pictures(images: Mapping[str, FloatImage]) -> dict[str, Any]:
    height, width = images["gt"].shape[:2]
    shown = [(ARM_NAMES[arm], data_url(images[arm], _THUMBNAIL_SIDE)) for arm in _SHOWN_ARMS]
    return {"images": shown, "height": height, "width": width}


def _named(asked: pd.DataFrame) -> list[dict[str, Any]]:
    """By dimension how often it was named, and the pairs, those that gained most first."""
    found = []
    for dimension in DIMENSIONS:
        rows = asked[asked["dimension"] == dimension].sort_values("gain", ascending=False, kind="stable")
        if rows.empty:
            continue
        counts = rows["outcome"].value_counts()
        found.append(
            {
                "dimension": dimension,
                "comments": len(rows),
                "outcomes": [(outcome, int(counts[outcome])) for outcome in OUTCOMES if outcome in counts],
                "links": [
                    (row["pair_id"], "open" if pd.isna(row["outcome"]) else row["outcome"])
                    for row in rows.drop_duplicates("pair_id").to_dict("records")
                ],
            }
        )
    return found


def _photos(
    photos: Mapping[str, str], of_pair: Mapping[str, list[dict[str, Any]]]
) -> list[tuple[str, list[dict[str, Any]]]]:
    by_photo: dict[str, list[dict[str, Any]]] = {}
    for pair_id, photo in photos.items():
        comments = of_pair[pair_id]
        asked = [comment for comment in comments if comment["target"] is not None]
        named = [dimension for dimension in DIMENSIONS if dimension in {each["dimension"] for each in asked}]
        outcomes = [comment["change"]["outcome"] for comment in asked if comment["change"]]
        counts = [(outcome, outcomes.count(outcome)) for outcome in OUTCOMES if outcome in outcomes]
        pair = {"pair_id": pair_id, "comments": comments, "named": named, "outcomes": counts}
        by_photo.setdefault(photo, []).append(pair)
    return sorted(by_photo.items())
