from typing import Any

import pandas as pd
import pytest

from tests.evaluation.made_up import control_and_stage2
from wordmend.defects.measure import DIMENSIONS
from wordmend.evaluation.config import ReleaseConfig
from wordmend.evaluation.release import guard_goals, protocol_goals, release_of
from wordmend.training.guard import GUARD_TYPES

PAIRS = [f"p{place:02d}" for place in range(40)]
NAMED = [*PAIRS[:20]]
WEIGHTS = {"stage1": "one", "control": "two", "stage2": "three"}
GAIN = {"scratches": -0.1}


def measured(stage1: float = -0.5, where_not_named: float = 0.0, **shifts: float) -> pd.DataFrame:
    """Stage 2 differs from its control by the shifts, and by a little chance; stage 1 by its PSNR."""
    control, stage2 = control_and_stage2(PAIRS, 0.005, **shifts)
    stage2.loc[len(NAMED) :, "noise"] += where_not_named
    arms = {"stage1": control.assign(psnr=control["psnr"] + stage1), "control": control, "stage2": stage2}
    return pd.concat([table.assign(arm=arm, pair_id=PAIRS) for arm, table in arms.items()])


def named(*dimensions: str) -> pd.DataFrame:
    rows = [(pair, dimension) for dimension in dimensions for pair in NAMED]
    return pd.DataFrame(rows, columns=["pair_id", "dimension"])


def guard(*rows: dict[str, Any]) -> pd.DataFrame:
    quiet = {"judge_similarity": 0.5, "control_judge_similarity": 0.5, "error_judge_similarity": 0.01}
    quiet |= {"finding": "nothing", "action": "nothing"}
    told = [quiet | {"step": 50 * place} | row for place, row in enumerate(rows)]
    return pd.DataFrame(told).reindex(columns=list(GUARD_TYPES))


def released(
    table: pd.DataFrame, watched: pd.DataFrame | None = None, about: pd.DataFrame | None = None
) -> dict[str, Any]:
    watched = guard({}, {}) if watched is None else watched
    about = named("scratches", "noise") if about is None else about
    return release_of(table, about, watched, WEIGHTS, ReleaseConfig())


def failing(release: dict[str, Any]) -> list[str]:
    return [goal["name"] for goal in release["goals"] if goal["reached"] is False]


def test_stage2_earns_it_where_every_condition_holds():
    release = released(measured(**GAIN))
    assert (release["arm"], release["earned"]) == ("stage2", True)
    assert release["told"] == "Stage 2 has earned its release: none of 11 conditions fails."
    assert release["weights"] == WEIGHTS
    assert failing(release) == []


TOO_FAR = {"finding": "too far", "action": "lowered"}
DISLIKED = {"judge_similarity": 0.45}


@pytest.mark.parametrize(
    ("shifts", "watched", "name"),
    [
        (GAIN, ({}, TOO_FAR), "the guard lets it pass"),
        (GAIN, ({}, DISLIKED), "judge not clearly lower than the control's"),
        ({}, ({}, {}), "something that was named is clearly smaller than the control's"),
        (GAIN | {"noise": 0.05}, ({}, {}), "noise where named: not clearly larger than the control's"),
        (
            GAIN | {"where_not_named": 0.05},
            ({}, {}),
            "what was not named: no defect clearly more than 2 % larger than the control's",
        ),
        (
            GAIN | {"harm": 0.01},
            ({}, {}),
            "harm not clearly more than 0.2 % of the picture above the control's",
        ),
        (
            GAIN | {"texture": 0.05},
            ({}, {}),
            "texture lost: at most 2 % more than the control's",
        ),
        (
            GAIN | {"kept": -0.2},
            ({}, {}),
            "pixels of good pictures that stay not clearly more than 10 % below the control's",
        ),
        (GAIN | {"psnr": -0.03}, ({}, {}), "PSNR at most 0.02 dB lower than the control's"),
        (GAIN | {"haarpsi": -0.01}, ({}, {}), "HaarPSI not clearly lower than the control's"),
    ],
)
def test_each_condition_can_fail_by_itself(
    shifts: dict[str, float], watched: tuple[dict[str, Any], ...], name: str
):
    release = released(measured(**shifts), guard(*watched))
    assert name in failing(release)
    # what is larger where it was named of half of the pictures is larger on the others, too
    others = {"what was not named: no defect clearly more than 2 % larger than the control's"}
    assert set(failing(release)) - {name} <= (others if "noise" in shifts else set())
    assert (release["arm"], release["earned"]) == ("control", False)
    assert "Stage 2 has not earned its release" in release["told"]


def test_without_stage2_the_higher_psnr_counts_and_the_control_where_they_are_equal():
    assert released(measured(stage1=0.1))["arm"] == "stage1"
    assert released(measured(stage1=0.0))["arm"] == "control"
    told = released(measured(stage1=0.1))["told"]
    psnr = measured().groupby("arm")["psnr"].mean()["control"]
    by_psnr = f"by PSNR (control {psnr:.2f} dB, stage 1 {psnr + 0.1:.2f} dB)."
    assert told.endswith(f"The best of the others is stage 1, {by_psnr}")


def test_margins_can_be_set():
    table = measured(**GAIN, psnr=-0.03, where_not_named=0.05, harm=0.01, kept=-0.2)
    config = ReleaseConfig(psnr_margin=0.05, defect_margin=0.2, harm_margin=0.02, kept_margin=0.3)
    about = named("scratches", "noise")
    assert release_of(table, about, guard({}, {}), WEIGHTS, config)["earned"]


def test_what_hardly_matters_and_what_is_not_sure_does_not_fail():
    little = {"harm": 0.0019, "kept": -0.06}
    assert released(measured(**GAIN, **little))["earned"]
    exact = ReleaseConfig(harm_margin=0.0, kept_margin=0.0)
    about = named("scratches", "noise")
    assert len(failing(release_of(measured(**GAIN, **little), about, guard({}, {}), WEIGHTS, exact))) == 2
    table = measured(**GAIN)
    one = (table["arm"] == "stage2") & (table["pair_id"] == PAIRS[-1])
    table.loc[one, "missing_parts"] += 1.0  # a mean that hangs on one picture
    assert released(table)["earned"]


def test_where_nothing_was_named_every_defect_counts():
    nothing = named()
    assert released(measured(**GAIN), about=nothing)["earned"]
    assert failing(released(measured(**GAIN, sharpness=0.1), about=nothing)) == [
        "sharpness where named: not clearly larger than the control's"
    ]


def test_after_going_back_the_guard_has_let_the_weights_pass():
    back = {"finding": "fooled", "action": "went back", "trusted_step": 50, **DISLIKED}
    passed, judge = guard_goals(guard({}, {"judge_similarity": 0.52}, back))
    assert passed.reached is True
    assert passed.told == "at step 100 it found fooled and went back to step 50"
    assert judge.reached is True
    assert judge.told.endswith("on the validation pictures of step 50")


def test_the_judge_has_a_margin_and_what_was_taken_in_is_told():
    took_in = {"action": "used less", "control_share": 0.6, "sharpness_share": 1.0, "judge_similarity": 0.4}
    table = guard({}, TOO_FAR, took_in)
    passed, strict = guard_goals(table)
    assert passed.reached is True
    assert passed.told == "stage 2 took in 0.6 of the control, with which it found nothing"
    assert strict.reached is False
    assert guard_goals(table, judge_margin=1.0)[1].reached is True


def test_what_is_not_known_does_not_fail():
    off = guard().iloc[:0]
    assert [goal.reached for goal in guard_goals(off)] == [None, None]
    unjudged = guard({}, dict.fromkeys(("judge_similarity", "control_judge_similarity")))
    assert [goal.reached for goal in guard_goals(unjudged)] == [True, None]
    assert released(measured(**GAIN), off)["earned"]


def test_against_a_champion_nothing_has_to_be_gained():
    table = measured().replace({"arm": {"control": "champion"}})
    goals = protocol_goals(table, named(*DIMENSIONS), ReleaseConfig(), baseline="champion")
    assert all(goal.reached for goal in goals)
    assert all("the champion's" in goal.name for goal in goals)
