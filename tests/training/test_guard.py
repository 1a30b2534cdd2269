"""The guard of stage 2: what it finds, what it does about it, and that it leaves the others alone."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import torch

from tests.training.guarded import FOOLED, LOOP, TOO_FAR, parameters_of, settings, trained
from tests.training.test_checkpoints import Killed, KillingLog
from tests.training.test_loop import MemoryLog, Wishes
from wordmend.pairs.library import PairLibrary
from wordmend.training.checkpoints import Checkpoints
from wordmend.training.defect_loss import DefectLoss
from wordmend.training.guard import GUARD_TYPES, WordsGuard, guard_table, with_choice
from wordmend.training.guard_config import GuardConfig
from wordmend.training.restoration_config import DimensionWeights
from wordmend.training.restorer_loss import GuidedLoss
from wordmend.training.run import TrainingRun
from wordmend.training.task import Ruling


def validation(step: int = 10, **numbers: float) -> dict[str, float]:
    """A validation; `numbers` is by how much stage 2 is above its control."""
    usual = {"psnr": 25.0, "haarpsi": 0.7, "similarity": 0.6, "judge_similarity": 0.55}
    stage2 = {name: value + numbers.get(name, 0.0) for name, value in usual.items()}
    return {"step": step, **stage2, **{f"control/{name}": value for name, value in usual.items()}}


@pytest.mark.parametrize(
    ("numbers", "fooled", "too_far"),
    [
        ({}, False, False),
        ({"similarity": 0.3, "judge_similarity": 0.1, "haarpsi": 0.01, "psnr": 0.5}, False, False),
        ({"similarity": 0.3, "judge_similarity": -0.009, "haarpsi": -0.001, "psnr": -0.04}, False, False),
        ({"similarity": 0.01, "judge_similarity": -0.02}, True, False),
        ({"similarity": 0.01, "haarpsi": -0.006, "judge_similarity": 0.1}, True, False),
        ({"similarity": -0.01, "haarpsi": -0.01, "judge_similarity": -0.1}, False, False),
        ({"psnr": -0.06, "similarity": -0.01}, False, True),
        ({"psnr": -0.06, "similarity": 0.1, "judge_similarity": -0.1}, True, True),
    ],
)
def test_what_counts_as_fooled_and_as_too_far(numbers: dict[str, float], fooled: bool, too_far: bool):
    ruling = rule(validation(**numbers))
    assert (ruling.fooled, ruling.too_far) == (fooled, too_far)
    assert ruling.words_factor == (0.25 if fooled or too_far else 1.0)
    assert not ruling.goes_back


@pytest.mark.parametrize(("error", "is_sure"), [(0.0, True), (0.02, True), (0.04, False)])
def test_what_the_pictures_leave_in_doubt_is_not_found(error: float, is_sure: bool):
    doubtful = validation(psnr=-0.1) | {"error/psnr": error}  # .05 beyond the margin
    assert rule(doubtful).too_far is is_sure
    assert rule(doubtful, confidence=0.5).too_far
    liked_less = {"haarpsi": -0.1, "judge_similarity": -0.06}
    for name, difference in liked_less.items():
        beyond = error * abs(difference + 0.01) / 0.05
        found = validation(similarity=0.1, **{name: difference}) | {f"error/{name}": beyond}
        assert rule(found, haarpsi_margin=0.01).fooled is is_sure


def rule(
    found: dict[str, float], before: list[Ruling] | None = None, is_last: bool = False, **config: Any
) -> Ruling:
    return guard_of(GuardConfig(**config), DefectLoss(DimensionWeights())).rule(found, before or [], is_last)


def guard_of(config: GuardConfig, defects: DefectLoss) -> WordsGuard:
    """One that rules, and has nothing to change."""
    return WordsGuard(config, SimpleNamespace(defects=defects))  # type: ignore[arg-type]


def test_margins_are_wider_while_the_defect_loss_counts():
    config = GuardConfig(named_psnr=0.3, named_haarpsi=0.01, named_judge=0.02)
    guard = guard_of(config, DefectLoss(DimensionWeights(scratches=1), fade=(0, 10)))
    judged = {"similarity": 0.1, "judge_similarity": -0.02}
    for numbers in ({"psnr": -0.2}, {"similarity": 0.1, "haarpsi": -0.01}, judged):
        found = [guard.rule(validation(step, **numbers), [], is_last=False).found for step in (0, 4, 8, 10)]
        assert found == [False, False, True, True]


def test_what_only_the_wider_margins_let_pass_is_not_gone_back_to():
    config = GuardConfig(named_psnr=0.3, lowerings=0)
    guard = guard_of(config, DefectLoss(DimensionWeights(scratches=1), fade=(0, 10)))
    rulings: list[Ruling] = []
    for step, psnr in ((0, 0.0), (2, 0.0), (4, -0.1), (10, -0.2)):
        rulings.append(guard.rule(validation(step, psnr=psnr), rulings, is_last=False))
    assert [ruling.found for ruling in rulings] == [False, False, False, True]
    assert [ruling.trusted_step for ruling in rulings] == [0, 2, 2, 2]
    assert [ruling.is_trusted for ruling in rulings] == [True, True, False, False]
    assert rulings[-1].goes_back


def test_without_a_judge_haarpsi_tells_and_without_words_psnr():
    def without(*names: str, **numbers: float) -> Ruling:
        return rule({k: v for k, v in validation(**numbers).items() if k.split("/")[-1] not in names})

    assert without("judge_similarity", similarity=0.1, haarpsi=-0.01).fooled
    assert not without("judge_similarity", similarity=0.1, haarpsi=0.01).found
    assert not without("judge_similarity", "similarity", haarpsi=-0.01).found
    assert without("judge_similarity", "similarity", psnr=-1.0).too_far


def test_it_lowers_some_times_and_then_goes_back_to_the_last_at_which_nothing_was_found():
    rulings: list[Ruling] = []
    for step, psnr in enumerate([0, -1, 0, -1, -1]):
        rulings.append(rule(validation(step, psnr=psnr), rulings, lowerings=2, factor=0.5))
    assert [ruling.words_factor for ruling in rulings] == [1, 0.5, 0.5, 0.25, 0.25]
    assert [ruling.trusted_step for ruling in rulings] == [0, 0, 2, 2, 2]
    assert [ruling.goes_back for ruling in rulings] == [False] * 4 + [True]


def test_the_last_validation_is_not_waited_for_to_help():
    before = [rule(validation(0))]
    for lowerings in (0, 2):
        ruling = rule(validation(5, psnr=-1), before, is_last=True, lowerings=lowerings)
        assert ruling.too_far and ruling.words_factor == 1 and ruling.trusted_step == 0
        assert not ruling.goes_back


def test_what_a_training_may_end_with_passes_the_narrow_margins():
    guard = guard_of(GuardConfig(psnr_margin=0.1), DefectLoss(DimensionWeights(scratches=1)))
    assert guard.trusts(validation(0, psnr=-0.05)) and not guard.trusts(validation(0, psnr=-0.2))


def test_that_less_is_used_is_a_row_after_the_last_validation():
    seen = pd.DataFrame([validation(step, psnr=psnr) for step, psnr in ((0, 0), (5, -1))])
    before = rule(validation(0))
    table = guard_table(seen, [before, rule(validation(5, psnr=-1), [before], is_last=True)], 0.1)
    assert table["action"].tolist() == ["nothing", "nothing"]
    found = with_choice(table, {"psnr": 25.0, "control/psnr": 25.01}, 0.6, 0.25)
    assert found["action"].tolist() == ["nothing", "nothing", "used less"]
    assert found["control_share"].tolist() == [0.1, 0.1, 0.6]
    assert found["sharpness_share"].tolist() == [0.5, 0.5, 0.25]
    assert found["finding"].tolist() == ["nothing", "too far", "nothing"]
    assert found["step"].tolist() == [0, 5, 5] and found["control_psnr"].iloc[-1] == 25.01
    assert found.dtypes.equals(table.dtypes)


@pytest.mark.parametrize("guard", [FOOLED, TOO_FAR])
@pytest.mark.parametrize("loop", [{}, {"ema_decay": 0.6, "accumulate": 2}])
def test_it_lowers_ends_and_goes_back(
    small_library: PairLibrary, guard: dict[str, float], loop: dict[str, Any]
):
    log = MemoryLog()
    task, training = trained(small_library, settings(0.3, guard, **loop), TrainingRun(log))
    told = guard_table(training.validations, training.rulings)
    assert training.ended_by == "guard"
    assert told["action"].tolist()[-1] == "went back"
    assert told["trusted_step"].tolist()[-1] == training.rulings[-1].trusted_step
    assert told["action"].tolist().count("lowered") == 1
    trusted = training.rulings[-1].trusted_step
    assert 0 < trusted < training.steps < LOOP["steps"]
    # both have the weights that they had there
    stopped, _ = trained(
        small_library,
        settings(0.3, None, **loop),
        TrainingRun(control=Wishes(*["train"] * (trusted - 1), "stop")),  # type: ignore[list-item]
    )
    assert torch.equal(parameters_of(task.module), parameters_of(stopped.module))
    assert task.guided.visits == stopped.guided.visits
    factors = [value for name, value, _ in log.values if name == "guard/words_factor"]
    assert factors == told["words_factor"].tolist()


def test_without_it_the_same_training_gets_worse(small_library: PairLibrary):
    (_, watched), (_, unwatched) = (
        trained(small_library, settings(0.5, guard)) for guard in (FOOLED | {"lowerings": 0}, None)
    )
    trusted = watched.validations.set_index("step").loc[watched.rulings[-1].trusted_step]
    worse = unwatched.validations.iloc[-1]
    assert unwatched.ended_by == "steps" and not unwatched.rulings
    assert worse["psnr"] < trusted["psnr"] - 2
    assert worse["psnr"] < worse["control/psnr"] - 2


def test_lowering_can_be_enough(small_library: PairLibrary):
    guard = TOO_FAR | {"factor": 0.0, "lowerings": 4}
    task, training = trained(small_library, settings(0.2, guard))
    assert training.ended_by == "steps"
    assert isinstance(task.guided.loss, GuidedLoss) and task.guided.loss.factor == 0
    found = [ruling.found for ruling in training.rulings]
    assert any(found) and not found[-1]
    assert len({row[0] for row in task.guided.visits}) == LOOP["steps"]


def test_a_healthy_training_is_left_alone(small_library: PairLibrary):
    (watched, training), (unwatched, _) = (
        trained(small_library, settings(0.001, guard)) for guard in ({}, None)
    )
    assert (training.ended_by, training.steps) == ("steps", LOOP["steps"])
    assert not any(ruling.found for ruling in training.rulings)
    assert torch.equal(parameters_of(watched.module), parameters_of(unwatched.module))
    assert watched.guided.visits == unwatched.guided.visits


def test_found_at_the_last_validation_it_stays(small_library: PairLibrary):
    task, training = trained(small_library, settings(0.9, {}, steps=4))
    unwatched, _ = trained(small_library, settings(0.9, None, steps=4))
    assert (training.ended_by, training.steps) == ("steps", 4)
    assert training.rulings[-1].found
    assert torch.equal(parameters_of(task.module), parameters_of(unwatched.module))


@pytest.mark.parametrize("kills", [(9,), (5, 10, 12)])
@pytest.mark.parametrize("guard", [FOOLED, {**FOOLED, "lowerings": 9, "factor": 0.1}])
def test_interrupted_after_a_lowering_it_ends_the_same(
    small_library: PairLibrary, guard: dict[str, float], kills: tuple[int, ...], tmp_path: Path
):
    config = settings(0.3, guard, checkpoint_every=1, ema_decay=0.6, steps=16)
    whole, expected = trained(small_library, config)
    assert any(ruling.words_factor < 1 for ruling in expected.rulings)
    run = TrainingRun(checkpoints=Checkpoints(tmp_path, {}))
    for kill in kills:
        with pytest.raises(Killed):
            trained(small_library, config, replace(run, log=KillingLog(kill)))
        torch.rand(17)  # whatever else draws random numbers
    task, found = trained(small_library, config, run)
    assert torch.equal(parameters_of(task.module), parameters_of(whole.module))
    assert found.rulings == expected.rulings
    assert found.losses.equals(expected.losses)
    assert found.validations.equals(expected.validations)
    assert task.guided.visits == whole.guided.visits
    # and read once more from its last checkpoint
    again, read = trained(small_library, config, run)
    assert torch.equal(parameters_of(again.module), parameters_of(whole.module))
    assert (read.rulings, read.ended_by) == (expected.rulings, expected.ended_by)
    assert again.guided.visits == whole.guided.visits


def test_its_table_can_be_read_again(small_library: PairLibrary, tmp_path: Path):
    _, training = trained(small_library, settings(0.3, FOOLED))
    table = guard_table(training.validations, training.rulings)
    assert list(table) == list(GUARD_TYPES)
    assert table.notna().all(axis=None)
    table.to_csv(tmp_path / "guard.csv", index=False)
    assert pd.read_csv(tmp_path / "guard.csv")["finding"].tolist() == table["finding"].tolist()
    assert set(table["finding"]) == {"nothing", "fooled"}
    empty = guard_table(training.validations, ())
    assert list(empty) == list(GUARD_TYPES) and empty.empty
