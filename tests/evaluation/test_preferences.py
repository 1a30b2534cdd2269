"""Which restorer people prefer."""

import json

import pandas as pd
import pytest

from wordmend.evaluation.preferences import sum_up_judgements


def judged(*best):
    rows = [(f"p{number}", "ada", arm) for number, arm in enumerate(best)]
    return pd.DataFrame(rows, columns=["pair_id", "annotator", "best"])


def test_shares_are_of_those_that_saw_a_difference_and_have_wilsons_interval():
    summary = sum_up_judgements(judged(*["stage2"] * 7, *["control"] * 3, *["stage1"] * 10, None, None))
    assert (summary["judgements"], summary["no_difference"]) == (22, 2)
    assert summary["arms"]["stage1"]["share"] == 0.5
    # Wilson's interval of 7 of 10, from its formula
    assert summary["stage2_control"] == {
        "count": 7,
        "of": 10,
        "share": 0.7,
        "low": pytest.approx(0.3968, abs=1e-4),
        "high": pytest.approx(0.8922, abs=1e-4),
    }


@pytest.mark.parametrize("best", [(), (None, None)])
def test_nothing_is_made_of_nothing(best):
    summary = sum_up_judgements(judged(*best))
    assert summary["stage2_control"]["share"] is None
    json.dumps(summary)
