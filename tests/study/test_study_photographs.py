"""Where words pay and where they cost, photograph by photograph."""

import numpy as np
import pandas as pd

from tests.study.test_study_summary import made_up
from wordmend.study.photographs import COLUMNS, changes_by_photograph


def test_the_photograph_that_loses_most_comes_first_with_the_mean_of_its_own_pictures():
    images = made_up(stage2={"psnr": 0.5, "haarpsi": 0.01})
    of_one = (images["arm"] == "stage2") & (images["seed"] == 1) & (images["photo"] == "photo 2")
    images.loc[of_one, ["haarpsi", "harm"]] += np.array([-0.05, 0.01])
    found = changes_by_photograph(images)
    assert list(found.columns) == COLUMNS
    assert len(found) == 8 and found["count"].eq(15).all()
    assert found.loc[0, ["seed", "photo"]].tolist() == [1, "photo 2"]
    assert np.isclose(found["haarpsi"], [-0.04] + [0.01] * 7).all()
    assert np.isclose(found["harm"], [0.01] + [0] * 7).all()
    assert np.isclose(found["psnr"], 0.5).all()


def test_without_both_there_is_nothing_to_compare():
    images = made_up()
    assert changes_by_photograph(images[images["arm"] != "stage2"]).empty
    assert list(changes_by_photograph(pd.DataFrame(columns=["seed", "arm"])).columns) == COLUMNS
