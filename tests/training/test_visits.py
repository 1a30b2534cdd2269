import pandas as pd

from wordmend.comments.entry import Region
from wordmend.comments.words import TargetText
from wordmend.training.visits import (
    VISIT_TYPES,
    Visit,
    rows_of,
    rows_to_table,
    texts_by_source,
)

CLEAR = TargetText("the hair is clear", "sharpness", Region(1, 2, 3, 4), "person", "c1", "a.restored")
PRESET = TargetText("the image has no noise", "noise", None, "preset", None)
STEPS = [
    [Visit("a", 7, "said", 0.97, (CLEAR, PRESET)), Visit("b", 2**62, "asked", None, ())],
    [Visit("b", 8, "preset", 0.5, (PRESET,)), Visit("b", 9, "waiting", None, ())],
]


def table_of(steps: list[list[Visit]]) -> pd.DataFrame:
    return rows_to_table(
        [
            row
            for step, visits in enumerate(steps, start=1)
            for row in rows_of(step, range(len(visits)), visits)
        ]
    )


def test_every_text_of_every_image_of_every_step_has_a_row():
    table = table_of(STEPS)
    assert dict(table.dtypes.astype(str)) == VISIT_TYPES
    assert list(zip(table["step"], table["place"], table["words"], strict=True)) == [
        (1, 0, "said"),
        (1, 0, "said"),
        (1, 1, "asked"),
        (2, 0, "preset"),
        (2, 1, "waiting"),
    ]
    first = table.iloc[0]
    assert (first["text"], first["source"], first["comment_id"]) == ("the hair is clear", "person", "c1")
    assert first[["region_x", "region_y", "region_width", "region_height"]].tolist() == [1, 2, 3, 4]
    assert table["text"].isna().tolist() == [False, False, True, False, True]


def test_texts_are_counted_by_source():
    assert texts_by_source(STEPS[0]) == {
        "texts_person": 0.5,
        "texts_measured": 0,
        "texts_preset": 0.5,
    }
