import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordmend.errors import TableError
from wordmend.evaluation.differences import paired_differences
from wordmend.evaluation.metrics import METRICS


def table(shift, count=30, spread=0.01, seed=0):
    """Control with very different pairs; stage 2 the same pairs shifted a little, each by its own amount."""
    rng = np.random.default_rng(seed)
    control = pd.DataFrame(rng.uniform(1, 5, (count, len(METRICS))), columns=list(METRICS))
    stage2 = control + shift + rng.normal(0, spread, control.shape)
    rows = []
    for arm, frame in (("control", control), ("stage2", stage2)):
        rows.append(frame.assign(arm=arm, pair_id=[f"p{i}" for i in range(count)]))
    return pd.concat(rows, ignore_index=True)


def test_pairing_finds_a_small_difference_between_very_different_pictures():
    found = paired_differences(table(0.1)).set_index("metric")
    assert list(found.index) == list(METRICS)
    assert found["mean"].to_numpy() == pytest.approx(0.1, abs=0.01)
    assert (found["low"] < found["mean"]).all() and (found["mean"] < found["high"]).all()
    assert found.loc[["psnr", "ssim", "haarpsi"], "better"].tolist() == [True] * 3
    assert found.loc[["sharpness", "noise", "scratches", "missing_parts"], "better"].tolist() == [False] * 4


def test_a_difference_that_nobody_sees_does_not_count_however_sure_it_is():
    sure = paired_differences(table(0.0015, spread=0.0001)).set_index("metric")
    assert (sure["low"] > 0).all()
    assert (sure["better"].map(lambda value: value is None)).all()
    seen = paired_differences(table(0.0025, spread=0.0001)).set_index("metric")
    assert seen.loc[["ssim", "haarpsi", "harm"], "better"].tolist() == [True, True, False]
    assert seen.loc["psnr", "better"] is None
    # 3 on average, so .06 is the least that matters
    assert paired_differences(table(0.05)).set_index("metric").loc["noise", "better"] is None
    assert paired_differences(table(-0.08)).set_index("metric").loc["noise", "better"]


def test_no_difference_is_not_decided():
    found = paired_differences(table(0.0, spread=0.0))
    assert (found["better"].map(lambda value: value is None)).all()
    assert (found[["mean", "low", "high"]] == 0).all(axis=None)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_swapping_the_arms_turns_the_signs(seed):
    rows = table(0.01, seed=seed)
    ahead = paired_differences(rows)
    behind = paired_differences(rows, arm="control", baseline="stage2")
    np.testing.assert_allclose(ahead["mean"], -behind["mean"])
    np.testing.assert_allclose(ahead["low"], -behind["high"])


def test_the_interval_holds_the_true_mean_about_as_often_as_it_says():
    hits = [
        (row := paired_differences(table(0.02, spread=0.05, seed=seed), resamples=300).iloc[0])["low"]
        <= 0.02
        <= row["high"]
        for seed in range(100)
    ]
    assert 0.85 <= np.mean(hits) <= 1.0


def test_the_same_seed_gives_the_same_interval():
    rows = table(0.02)
    pd.testing.assert_frame_equal(paired_differences(rows, seed=3), paired_differences(rows, seed=3))
    assert (paired_differences(rows, seed=3)["low"] != paired_differences(rows, seed=4)["low"]).any()


def test_only_pairs_that_both_arms_measured_count():
    rows = table(0.02, count=10)
    rows.loc[rows["pair_id"].isin(["p0", "p1"]), "scratches"] = np.nan
    rows["missing_parts"] = np.nan
    rows = rows[~((rows["arm"] == "stage2") & (rows["pair_id"] == "p9"))]
    found = paired_differences(rows).set_index("metric")
    assert found.loc["psnr", "count"] == 9
    assert found.loc["scratches", "count"] == 7
    assert "missing_parts" not in found.index


def test_a_missing_arm_and_a_doubled_pair_are_named():
    rows = table(0.0, count=3)
    with pytest.raises(TableError, match=r"no rows of arm 'stage1'.*control"):
        paired_differences(rows, arm="stage1")
    with pytest.raises(TableError, match="pair 'p0' twice"):
        paired_differences(pd.concat([rows, rows.iloc[:1]]))
