"""The alias `champion` in a real registry: when it moves, when it stays, and what tells why."""

import shutil
from typing import Any

import mlflow
import pytest

from tests.registry import champion, make_champion, register, restorer, tags
from wordmend.evaluation.goal import Goal, as_rows
from wordmend.mlflow_lineage import RESTORERS
from wordmend.mlflow_release import RELEASE_TAG, WHY_TAG, promote
from wordmend.restorers.weights import Restorer, fingerprint

pytestmark = pytest.mark.usefixtures("registry")

HOLDS, FAILS = Goal("PSNR", True, "+0.100 dB"), Goal("PSNR", False, "-0.264 dB")


def weights_of(seeds: dict[str, int]) -> dict[str, Restorer]:
    return {arm: restorer(seed) for arm, seed in seeds.items()}


def decided(restorers: dict[str, Restorer], arm: str) -> dict[str, Any]:
    """What an evaluation may find of the restorers."""
    earned = arm == "stage2"
    return {
        "arm": arm,
        "earned": earned,
        "told": f"Stage 2 has {'' if earned else 'not '}earned it.",
        "goals": as_rows([HOLDS if earned else FAILS]),
        "weights": {name: fingerprint(found.network) for name, found in restorers.items()},
    }


def never(_: Restorer) -> list[Goal]:
    raise AssertionError("there is nothing to compare")


FIRST = {"stage1": 0, "control": 1, "stage2": 2}
SECOND = {"stage1": 3, "control": 4, "stage2": 5}  # versions 4 to 6


def first(arm: str) -> None:
    """A run that left a champion."""
    restorers = weights_of(FIRST)
    register("pairs", **restorers)
    promote(decided(restorers, arm), "pairs", never)


def test_the_first_champion_may_be_provisional():
    restorers = weights_of(FIRST)
    register("pairs", **restorers)
    found = promote(decided(restorers, "stage1"), "pairs", never)
    assert found == {
        "told": f"The champion is now models:/{RESTORERS}/1 (stage1): there was none.",
        "goals": [],
    }
    assert champion() == "1"
    assert tags("1")[RELEASE_TAG] == "provisional"
    assert tags("3")[RELEASE_TAG] == "refused"
    assert tags("3")[WHY_TAG] == "Stage 2 has not earned it.\nfails: PSNR: -0.264 dB"
    assert RELEASE_TAG not in tags("2")


def test_stage2_that_has_earned_it_takes_it_from_a_champion_that_is_not_better():
    first("control")
    restorers = weights_of(SECOND)
    register("pairs", **restorers)
    compared = []

    def compare(present: Restorer) -> list[Goal]:
        compared.append(fingerprint(present.network))
        return [HOLDS]

    found = promote(decided(restorers, "stage2"), "pairs", compare)
    assert compared == [fingerprint(restorer(1).network)]
    assert champion() == "6"
    assert found["goals"] == as_rows([HOLDS])
    assert tags("6")[RELEASE_TAG] == "earned"
    assert tags("6")[WHY_TAG].endswith("holds: PSNR: +0.100 dB")


def test_a_champion_that_is_better_on_the_same_pictures_stays():
    first("stage2")
    restorers = weights_of(SECOND)
    register("pairs", **restorers)
    found = promote(decided(restorers, "stage2"), "pairs", lambda _: [FAILS])
    assert champion() == "3"
    assert found["told"] == (
        f"The champion stays models:/{RESTORERS}/3 (stage2): against it fails: PSNR (-0.264 dB)."
    )
    assert tags("6")[RELEASE_TAG] == "refused"


def test_what_has_not_earned_it_takes_it_only_from_what_had_not_either():
    first("control")
    restorers = weights_of(SECOND)
    register("pairs", **restorers)
    promote(decided(restorers, "stage1"), "pairs", lambda _: [HOLDS])
    assert champion() == "4"
    promote(decided(weights_of(FIRST), "stage2"), "pairs", lambda _: [HOLDS])
    assert champion() == "3"
    found = promote(decided(restorers, "stage1"), "pairs", never)
    assert champion() == "3"
    assert "nothing has earned its place" in found["told"]


def test_a_champion_that_a_person_chose_is_not_taken_away_by_what_has_not_earned_it():
    restorers = weights_of(FIRST)
    register("pairs", **restorers)
    make_champion("2")
    promote(decided(restorers, "stage1"), "pairs", never)
    assert champion() == "2"


def test_a_champion_of_other_pairs_cannot_be_compared():
    first("stage2")
    restorers = weights_of(SECOND)
    register("my photographs", **restorers)
    assert "nothing has earned" in promote(decided(restorers, "control"), "my photographs", never)["told"]
    found = promote(decided(restorers, "stage2"), "my photographs", never)
    assert champion() == "6"
    assert "learned from other pairs" in found["told"]


def test_the_same_weights_stay_the_champion_and_earn_it_later():
    first("stage1")
    again = decided(weights_of(FIRST), "stage1")
    assert "has these weights already" in promote(again, "pairs", never)["told"]
    assert champion() == "1"
    make_champion("3")
    promote(decided(weights_of(FIRST), "stage2"), "pairs", never)
    assert champion() == "3"
    assert tags("3")[RELEASE_TAG] == "earned"


def test_weights_that_are_not_registered_change_nothing():
    found = promote(decided(weights_of(FIRST), "stage2"), "pairs", never)
    assert "these weights are not registered in sqlite" in found["told"]
    assert champion() is None


def test_a_champion_whose_files_are_gone_is_replaced():
    first("stage2")
    shutil.rmtree(mlflow.MlflowClient().get_model_version_download_uri(RESTORERS, "3"))
    restorers = weights_of(SECOND)
    register("pairs", **restorers)
    assert "can't be read" in promote(decided(restorers, "stage2"), "pairs", never)["told"]
    assert champion() == "6"


def test_a_store_that_does_not_answer_ends_nothing(monkeypatch: pytest.MonkeyPatch, caplog: Any):
    def away(*_: Any, **__: Any) -> None:
        raise mlflow.MlflowException("it is away\nfor long")

    monkeypatch.setattr(mlflow.MlflowClient, "search_registered_models", away)
    restorers = weights_of(FIRST)
    with caplog.at_level("INFO"):
        found = promote(decided(restorers, "control"), "pairs", never)
    assert found["told"].endswith("did not answer (it is away).")
    assert "fails: PSNR: -0.264 dB" in caplog.text
