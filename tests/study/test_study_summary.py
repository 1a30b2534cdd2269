"""Summary, goals and curves on a made-up table of which the truth is known."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from wordmend.defects.measure import DIMENSIONS
from wordmend.pages.formatting import MINUS
from wordmend.study.arms import Arm
from wordmend.study.goals import at_psnr, goals_of, means_where_named
from wordmend.study.summary import row_of, summarize_study

ARMS = [
    Arm("control", "control"),
    Arm("stage2", "stage 2"),
    Arm("unsharp 0.3", "unsharp mask", strength=0.3),
    Arm("sharpness loss 0.1", "sharpness loss", strength=0.1),
]
MASKED = [*ARMS, Arm("stage2 unsharp 0.3", "stage 2 sharpened", strength=0.3)]


def made_up(
    seeds: tuple[int, ...] = (0, 1), count: int = 60, arms: list[Arm] = ARMS, **changes: dict[str, Any]
) -> pd.DataFrame:
    """A third of the pictures named; an arm changes defects by factors where named, and all else by addition.

    `changes` is by arm (`unsharp` for the mask): a number for each metric.
    """
    tables = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        named = np.arange(count) % 3 == 0
        base = {d: rng.uniform(0.1, 0.3, count) for d in DIMENSIONS}
        base |= {f"judge_{d}": rng.uniform(0.4, 0.6, count) for d in DIMENSIONS}
        base |= {
            "psnr": rng.uniform(20, 30, count),
            "ssim": np.full(count, 0.8),
            "haarpsi": np.full(count, 0.7),
            "kept": np.full(count, 0.9),
            "harm": np.full(count, 0.002),
            "texture": rng.uniform(0.3, 0.5, count),
        }
        base["scratches"][::2] = np.nan  # half of the pictures have none
        for arm in (arm.name for arm in arms):
            change = changes.get(arm.replace(" ", "_").replace(".", "_"), {})
            columns = {
                name: np.where(named, values * change.get(name, 1), values * change.get(f"else_{name}", 1))
                if name in (*DIMENSIONS, "texture")
                else values + change.get(name, 0)
                for name, values in base.items()
            }
            columns |= {f"named_{d}": named for d in DIMENSIONS}
            ids = [f"p{place}" for place in range(count)]
            photos = [f"photo {place % 4}" for place in range(count)]
            about = {"seed": seed, "arm": arm, "pair_id": ids, "photo": photos}
            tables.append(pd.DataFrame({**about, **columns}))
    return pd.concat(tables, ignore_index=True)


GOOD = {"noise": 0.7, "scratches": 0.75, "missing_parts": 0.6, "sharpness": 0.8, "haarpsi": 0.01}
GOOD |= {f"judge_{d}": 0.05 for d in DIMENSIONS} | {"psnr": -0.01}
RIVAL = {"psnr": -0.02, "sharpness": 0.9, "else_sharpness": 0.9, "haarpsi": -0.01}


def reached(images: pd.DataFrame) -> list[bool | None]:
    return [goal.reached for goal in goals_of(images, summarize_study(images), ARMS)]


def test_changes_are_found_where_they_are():
    summary = summarize_study(made_up(stage2={"noise": 0.7, "else_noise": 1.1, "psnr": 0.25}))
    named, rest, whole = (row_of(summary, "stage2", "noise", g) for g in ("named", "not named", "all"))
    assert named is not None and rest is not None and whole is not None
    assert (named["change"], rest["change"]) == pytest.approx((-0.3, 0.1))
    assert (named["low"], named["high"]) == pytest.approx((-0.3, -0.3))  # every picture changes alike
    assert rest["change"] > whole["change"] > named["change"]
    assert (named["count"], rest["count"], whole["count"]) == (40, 80, 120)
    assert (named["seed_0"], named["seed_1"]) == pytest.approx((-0.3, -0.3))
    psnr = row_of(summary, "stage2", "psnr", "all")
    assert psnr is not None and psnr["change"] == pytest.approx(0.25)
    scratches = row_of(summary, "stage2", "scratches", "all")
    assert scratches is not None and scratches["count"] == 60  # those that have any


def test_the_interval_holds_the_change_and_each_seed_has_its_own():
    images = made_up()
    rng = np.random.default_rng(0)
    of_stage2 = images["arm"] == "stage2"
    images.loc[of_stage2, "noise"] *= rng.uniform(0.6, 1.0, int(of_stage2.sum()))
    images.loc[of_stage2 & (images["seed"] == 1), "noise"] *= 0.8
    row = row_of(summarize_study(images), "stage2", "noise", "all")
    assert row is not None
    assert row["low"] < row["change"] < row["high"] < row["low"] + 0.1
    assert row["seed_0"] == pytest.approx(-0.2, abs=0.05)
    assert row["seed_1"] == pytest.approx(-0.36, abs=0.05)


def test_many_pictures_of_few_photographs_leave_it_open():
    """Half of the photographs get worse, half better: no number of pictures of theirs says what others do."""
    images = made_up(count=400)
    even = (images["arm"] == "stage2") & images["photo"].isin(["photo 0", "photo 2"])
    images.loc[images["arm"] == "stage2", "psnr"] += np.where(even[images["arm"] == "stage2"], 1.0, -0.8)
    row = row_of(summarize_study(images), "stage2", "psnr", "all")
    assert row is not None and row["change"] == pytest.approx(0.1)
    assert row["low"] < -0.4 and row["high"] > 0.4
    assert (row["count"], row["photos"]) == (800, 4)


def test_an_arm_is_compared_on_the_seeds_that_it_has():
    images = made_up(stage2={"noise": 0.7})
    images = images[(images["arm"] != "stage2") | (images["seed"] == 0)]
    row = row_of(summarize_study(images), "stage2", "noise", "all")
    assert row is not None and row["count"] == 60 and np.isnan(row["seed_1"])


def test_without_a_judge_it_is_left_out():
    images = made_up().drop(columns=[f"judge_{d}" for d in DIMENSIONS])
    summary = summarize_study(images)
    assert not summary["metric"].str.startswith("judge").any()
    assert reached(images)[-1] is None


def test_nothing_is_summed_up_before_anything_is_measured():
    empty = pd.DataFrame(columns=["seed", "arm", "pair_id"])
    assert summarize_study(empty).empty
    assert set(reached(empty)) == {None}


def test_all_goals_are_reached_by_what_is_good_in_every_way():
    images = made_up(stage2=GOOD, unsharp_0_3=RIVAL, sharpness_loss_0_1=RIVAL)
    assert reached(images) == [True] * 11


def test_a_rival_of_which_not_all_strengths_are_made_yet_is_met_by_the_others():
    images = made_up(stage2=GOOD, unsharp_0_3=RIVAL, sharpness_loss_0_1=RIVAL)
    arms = [*ARMS, Arm("unsharp 0.5", "unsharp mask", strength=0.5)]
    assert [goal.reached for goal in goals_of(images, summarize_study(images), arms)] == [True] * 11


@pytest.mark.parametrize(
    ("worse", "missed"),
    [
        ({"noise": 0.85}, [0]),
        ({"psnr": -0.03}, [0, 1, 2, 3, 4]),  # and below the rivals' curves: nothing can be said there
        ({"sharpness": 0.97}, [3, 4]),
        ({"judge_sharpness": -0.01, "judge_noise": 0.0}, [3, 4]),
        ({"else_noise": 1.03}, [5]),
        ({"harm": 0.0001}, [6]),
        ({"texture": 1.05, "else_texture": 1.05}, [7]),
        ({"kept": -0.001}, [8]),
        ({"haarpsi": -0.001}, [9]),
        ({f"judge_{d}": -0.01 for d in DIMENSIONS}, [3, 4, 10]),
    ],
)
def test_a_goal_that_is_missed_is_told(worse: dict[str, float], missed: list[int]):
    images = made_up(stage2=GOOD | worse, unsharp_0_3=RIVAL, sharpness_loss_0_1=RIVAL)
    found = reached(images)
    assert [place for place, one in enumerate(found) if not one] == missed


@pytest.mark.parametrize(
    ("change", "is_ahead"),
    [
        ({}, True),
        ({"judge_sharpness": 0.02}, False),
        ({"sharpness": 0.99}, False),
        ({"haarpsi": -0.01}, False),
        ({"psnr": -0.5, "judge_sharpness": 0.04}, False),  # clearer only where it has less PSNR
        ({"psnr": -0.5, "judge_sharpness": 0.9}, True),
    ],
)
def test_above_the_rivals_psnr_stage2_may_have_a_mask_that_leaves_it_as_much(
    change: dict[str, float], is_ahead: bool
):
    """By itself its judge is lower: the rival has more of that, and less PSNR."""
    stage2 = GOOD | {"psnr": 0.2, "sharpness": 0.8, "judge_sharpness": -0.01}
    mask = {"psnr": 0.0, "sharpness": 0.5, "haarpsi": 0.01, "judge_sharpness": 0.06} | change
    rival = {"psnr": 0.01, "sharpness": 0.9, "haarpsi": 0.0, "judge_sharpness": 0.03}
    images = made_up(
        arms=MASKED, stage2=stage2, stage2_unsharp_0_3=mask, unsharp_0_3=rival, sharpness_loss_0_1=rival
    )
    goal = goals_of(images, summarize_study(images), MASKED)[3]
    assert goal.reached == is_ahead
    assert goal.told.startswith("under a mask sharpness ") == is_ahead
    without = images[images["arm"] != "stage2 unsharp 0.3"]
    assert goals_of(without, summarize_study(without), MASKED)[3].reached is False


def test_the_numbers_are_told():
    images = made_up(stage2=GOOD, unsharp_0_3=RIVAL, sharpness_loss_0_1=RIVAL)
    told = [goal.told for goal in goals_of(images, summarize_study(images), ARMS)]
    in_words = "-30.0 % [-30.0 %, -30.0 %] on 40 pictures of 4 photographs, PSNR -0.010 dB"
    assert told[0] == in_words.replace("-", MINUS)
    assert told[5] == "the worst is sharpness, +0.0 %"
    assert told[7].startswith("+0.0 % [+0.0 %, +0.0 %], the control loses ")


CURVE = pd.DataFrame(
    {"psnr": [25.0, 25.2, 24.8], "sharpness": [0.30, 0.28, 0.20], "haarpsi": [0.70, 0.71, 0.69]},
    index=["control", "weak", "strong"],
)


@pytest.mark.parametrize(
    ("psnr", "sharpness"),
    [(25.2, 0.28), (25.0, 0.24), (24.9, 0.22), (25.1, 0.26), (25.5, 0.28), (24.8, 0.20)],
)
def test_a_rival_is_met_at_equal_psnr_where_it_is_best(psnr: float, sharpness: float):
    point = at_psnr(CURVE, psnr)
    assert point is not None and point["sharpness"] == pytest.approx(sharpness)


def test_nothing_is_said_of_a_rival_that_never_costs_as_much():
    assert at_psnr(CURVE, 24.7) is None


def test_points_are_means_over_pictures_of_which_it_was_named_on_complete_seeds():
    images = made_up(stage2={"sharpness": 0.5})
    images = images[(images["arm"] != "stage2") | (images["seed"] == 0)]
    points = means_where_named(images, ["control", "stage2"], "sharpness")
    rows = images[(images["arm"] == "control") & (images["seed"] == 0) & images["named_sharpness"]]
    assert points is not None
    assert points.loc["control", "sharpness"] == pytest.approx(rows["sharpness"].mean())
    assert points.loc["stage2", "sharpness"] == pytest.approx(rows["sharpness"].mean() / 2)
