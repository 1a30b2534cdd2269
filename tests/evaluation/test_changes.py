import numpy as np
import pandas as pd
import pytest

from wordmend.evaluation.changes import changes_of, largest_changes, sum_up_changes
from wordmend.evaluation.trail import TRAINED_ARMS, trail_table


def trail(rows):
    """Rows of (pair, dimension, control, stage2); a dimension of None is other, by PSNR."""
    return trail_table(
        [
            {
                "comment_id": f"c{number}",
                "pair_id": pair,
                "target": "a good one",
                "dimension": dimension or "other",
                "source": "person",
                **{
                    f"{'defect' if dimension else 'psnr'}_{arm}": value
                    for arm, value in zip(TRAINED_ARMS, (control, control, stage2), strict=True)
                },
                **({f"psnr_{arm}": 30.0 for arm in TRAINED_ARMS} if dimension else {}),
            }
            for number, (pair, dimension, control, stage2) in enumerate(rows)
        ]
    )


def test_less_of_a_defect_is_a_gain_and_more_psnr_is():
    changes = changes_of(
        trail(
            [
                ("a", "noise", 0.2, 0.1),
                ("b", "noise", 0.2, 0.203),
                ("c", "noise", 0.2, 0.25),
                ("d", None, 30.0, 30.5),
                ("e", None, 30.0, 29.9),
                ("f", None, 30.0, 30.01),
            ]
        )
    )
    assert changes["outcome"].tolist() == ["better", "same", "worse", "better", "worse", "same"]
    assert changes["gain"].tolist() == pytest.approx([0.1, -0.003, -0.05, 0.5, -0.1, 0.01])
    assert changes["share"].tolist()[:3] == pytest.approx([0.5, -0.015, -0.25])
    assert changes["share"].isna().tolist() == [False] * 3 + [True] * 3
    assert changes["measure"].tolist() == ["defect"] * 3 + ["psnr"] * 3


def test_where_the_control_left_nothing_there_is_no_share():
    changes = changes_of(trail([("a", "noise", 0.0, 0.1), ("b", "noise", 0.0, 0.0)]))
    assert changes["outcome"].tolist() == ["worse", "same"]
    assert changes["share"].isna().all()
    (row,) = sum_up_changes(changes)
    assert (row["gain"], row["low"], row["outcome"]) == (None, None, "open")


def test_what_was_not_measured_counts_nowhere():
    table = trail([("a", "noise", None, None), ("b", "noise", 0.2, 0.1)])
    table.loc[0, [f"psnr_{arm}" for arm in TRAINED_ARMS]] = pd.NA
    changes = changes_of(table)
    assert changes["measure"].isna().tolist() == [True, False]
    assert changes["outcome"].isna().tolist() == [True, False]
    (row,) = sum_up_changes(changes)
    assert row["comments"] == 1


def test_sums_by_dimension_and_source():
    rows = [(f"p{n}", "noise", 0.2, 0.1) for n in range(8)]
    rows += [("p0", "noise", 0.2, 0.3), ("p1", "scratches", 0.1, 0.1), ("p2", None, 30.0, 30.2)]
    noise, scratches, other = sum_up_changes(changes_of(trail(rows)))
    assert (noise["dimension"], noise["source"], noise["measure"]) == ("noise", "person", "defect")
    assert (noise["comments"], noise["pairs"]) == (9, 8)
    assert (noise["better"], noise["same"], noise["worse"]) == pytest.approx((8 / 9, 0, 1 / 9))
    assert noise["stage2"] == pytest.approx((8 * 0.1 + 0.3) / 9)
    # p0's two comments cancel out
    assert noise["gain"] == pytest.approx(np.mean([0] + [0.5] * 7))
    assert 0 < noise["low"] < noise["gain"] < noise["high"] == pytest.approx(0.5)
    assert noise["outcome"] == "better"
    assert (scratches["gain"], scratches["outcome"]) == (0, "open")
    assert (other["measure"], other["gain"]) == ("psnr", pytest.approx(0.2))


def test_a_sure_gain_that_nobody_sees_is_not_called_better():
    rows = [(f"p{n}", "noise", 0.2, 0.199) for n in range(8)]
    (row,) = sum_up_changes(changes_of(trail(rows)))
    assert row["low"] > 0
    assert row["outcome"] == "open"


def test_a_single_pair_has_no_interval():
    (row,) = sum_up_changes(changes_of(trail([("a", "noise", 0.2, 0.1)])))
    assert (row["gain"], row["low"], row["outcome"]) == (pytest.approx(0.5), None, "open")


def test_the_largest_changes_gains_first_one_a_pair():
    rows = [(f"p{n}", "noise", 0.2, 0.2 - 0.01 * n) for n in range(-4, 5)]
    rows += [("p4", "noise", 0.2, 0.17), ("q", None, 30.0, 60.0)]
    changes = changes_of(trail(rows))
    assert largest_changes(changes, 4)["pair_id"].tolist() == ["p4", "p3", "p-4", "p-3"]
    assert largest_changes(changes, 100)["pair_id"].is_unique
    assert largest_changes(changes, 0).empty
    changes["target"] = pd.NA  # praise
    assert largest_changes(changes, 4).empty
