import pandas as pd
import pytest

from tests.evaluation.made_up import control_and_stage2
from wordmend.evaluation.gains import gains, select_examples
from wordmend.evaluation.metrics import METRICS
from wordmend.evaluation.verdict import judge

PAIRS = [f"p{i:02d}" for i in range(20)]


def arms(**shifts):
    """Control and stage 2, which differs by the shifts (by metric) and by a little chance."""
    control, stage2 = control_and_stage2(PAIRS, 0.01, **shifts)
    return pd.concat(
        [control.assign(arm="control", pair_id=PAIRS), stage2.assign(arm="stage2", pair_id=PAIRS)]
    )


def naming(*dimensions, pairs=PAIRS):
    rows = [(pair, dimension) for dimension in dimensions for pair in pairs]
    return pd.DataFrame(rows, columns=["pair_id", "dimension"])


@pytest.mark.parametrize(
    ("shifts", "named", "level", "words"),
    [
        (
            {"sharpness": -0.1},
            ["sharpness"],
            "better",
            "Guided by words, the model beat the control on sharpness, which was named. "
            "Nothing else got clearly worse. (20 test pictures.)",
        ),
        (
            {"sharpness": -0.1, "noise": -0.1, "psnr": -0.1},
            ["sharpness", "noise", "scratches"],
            "mixed",
            "Guided by words, the model beat the control on sharpness and noise, which were named. "
            "On scratches there is no clear difference. Worse than the control, though not named: PSNR. "
            "(20 test pictures.)",
        ),
        (
            {"sharpness": -0.1, "scratches": 0.1},
            ["sharpness", "scratches"],
            "mixed",
            "Guided by words, the model beat the control on sharpness, which was named, but lost on "
            "scratches. Nothing else got clearly worse. (20 test pictures.)",
        ),
        (
            {},
            ["noise"],
            "undecided",
            "Guided by words, the model did no better and no worse than the control on what was named. "
            "Nothing else got clearly worse. (20 test pictures.)",
        ),
        (
            {"noise": 0.1},
            ["noise"],
            "worse",
            "Guided by words, the model did worse than the control on what was named: noise suffered. "
            "Nothing else got clearly worse. (20 test pictures.)",
        ),
        (
            {"haarpsi": -0.1},
            [],
            "worse",
            "Guided by words, the model did no better and no worse than the control on any defect. Worse "
            "than the control, though not named: HaarPSI. No test picture had words of its own. "
            "(20 test pictures.)",
        ),
    ],
)
def test_the_sentence_says_what_the_numbers_say(shifts, named, level, words):
    verdict = judge(arms(**shifts), naming(*named))
    assert (verdict.level, verdict.sentence) == (level, words)
    assert list(verdict.overall["metric"]) == list(METRICS)
    assert list(verdict.named["metric"] if len(verdict.named) else []) == named


def test_what_was_named_is_judged_only_where_it_was_named():
    table = arms()
    here = PAIRS[:6]
    table.loc[(table["arm"] == "stage2") & table["pair_id"].isin(here), "noise"] -= 0.2
    table.loc[(table["arm"] == "stage2") & ~table["pair_id"].isin(here), "noise"] += 0.2
    verdict = judge(table, naming("noise", pairs=here))
    assert verdict.level == "better"
    assert verdict.named["count"].tolist() == [6]


def test_what_was_named_and_got_worse_elsewhere_is_not_hidden():
    table = arms()
    table.loc[(table["arm"] == "stage2") & ~table["pair_id"].isin(PAIRS[:6]), "noise"] += 0.2
    verdict = judge(table, naming("noise", pairs=PAIRS[:6]))
    assert verdict.sentence == (
        "Guided by words, the model did no better and no worse than the control on what was named. "
        "Over all pictures, noise got worse. (20 test pictures.)"
    )


def test_words_about_other_things_or_pictures_change_nothing():
    table = arms(sharpness=-0.1)
    extra = pd.DataFrame([("nowhere", "noise"), ("p00", "other")], columns=["pair_id", "dimension"])
    named = pd.concat([naming("sharpness"), extra])
    assert judge(table, named).sentence == judge(table, naming("sharpness")).sentence
    pd.testing.assert_series_equal(gains(table, named), gains(table, naming("sharpness")))


def test_gains_count_only_what_was_named_on_a_pair():
    table = arms()
    table.loc[(table["arm"] == "stage2") & (table["pair_id"] == "p03"), "sharpness"] = 0.0
    table.loc[(table["arm"] == "stage2") & (table["pair_id"] == "p07"), "noise"] = 5.0
    order = gains(table, naming("sharpness"))
    assert order.index[0] == "p03"
    assert order["p03"] == pytest.approx(1.0, abs=0.3)
    assert abs(order["p07"]) < 0.1
    assert gains(table, naming()).index[-1] == "p07"


def test_examples_show_both_ends_and_each_pair_once():
    table = arms()
    order = list(gains(table, naming("noise")).index)
    assert select_examples(table, naming("noise"), 8) == order[:4] + order[-4:]
    assert sorted(select_examples(table, naming("noise"), 50)) == PAIRS
    few = naming("noise", pairs=PAIRS[:8])
    assert set(select_examples(table, few, 8)) == set(PAIRS[:8])
