"""A whole tiny study: it goes on where it was, and redoes only what depends on what has changed."""

import logging
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.study.conftest import Killed, Runs
from wordmend.defects.measure import DIMENSIONS
from wordmend.study.budget import Budget
from wordmend.study.project import Project
from wordmend.study.run import run_study
from wordmend.study.summary import shares_used

MakeProject = Callable[..., Project]
TRAINED = ("control", "stage2", "sharpness-loss-0.1", "without-text", "wordless", "text-0.001")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def killed_and_resumed(folder: Path, tiny_project: MakeProject) -> tuple[Runs, Runs, pd.DataFrame]:
    """A study that was killed inside the third step of an arm, and the same command again."""
    first, second = Runs(), Runs()
    first.kill = ("study-1-stage2", 3)
    with pytest.raises(Killed):
        run_study(tiny_project(), folder, first)
    study = run_study(tiny_project(), folder, second)
    assert study.left_out == []
    return first, second, study.images


def test_it_goes_on_inside_the_training_that_it_was_killed_in(killed_and_resumed):
    first, second, _ = killed_and_resumed
    ground = ("stage1", "quality", "judge")
    main = [f"study-{seed}-{name}" for seed in (0, 1) for name in (*ground, "control", "stage2")]
    assert first.opened == main  # both seeds have the main comparison before anything else
    rest = [f"study-{seed}-{name}" for name in TRAINED[2:] for seed in (0, 1)]
    assert second.opened == ["study-1-stage2", *rest]
    # the checkpoint is of before the step that was killed; what it knew is logged again
    assert first.first_steps["study-1-stage2"] == 1
    assert second.first_steps["study-1-stage2"] == 1
    assert set(second.first_steps) == set(second.opened)


def test_every_arm_is_measured_on_the_test_pairs_of_every_seed(killed_and_resumed, folder: Path):
    *_, images = killed_and_resumed
    names = {
        "stage1",
        "everywhere",
        "unsharp 0.3",
        "stage2 unsharp 0.3",
        *(name.replace("-", " ") for name in TRAINED[:5]),
        "text 0.001",
    }
    assert set(images["arm"]) == names
    for seed in (0, 1):
        pairs = pd.read_parquet(folder / f"seed-{seed}/pairs/pairs.parquet")
        test = set(pairs[pairs["split"] == "test"]["pair_id"])
        assert len(test) == 12
        of_seed = images[images["seed"] == seed].groupby("arm")["pair_id"].agg(set)
        assert all(of_arm == test for of_arm in of_seed)
    assert not images[["psnr", "ssim", "haarpsi", "sharpness", "noise"]].isna().any(axis=None)
    for model in ("quality", "judge"):
        assert images[[f"{model}_{d}" for d in DIMENSIONS]].stack().between(0, 1).all()
    of_arms = images.groupby(["arm", "seed"])[["control_share", "sharpness_share"]].first()
    guided = {"stage2", "without text", "sharpness loss 0.1", "wordless", "text 0.001"}
    has_shares = of_arms.dropna(subset=["control_share"]).index.get_level_values("arm")
    assert set(has_shares) == {*guided, "everywhere"}
    assert of_arms["control_share"].dropna().between(0.25, 1).all()
    assert set(of_arms["sharpness_share"].dropna()) <= {0, 0.25, 0.5}
    taken = of_arms["control_share"].unstack()
    assert (taken.loc["everywhere"] >= taken.loc["stage2"]).all()
    assert shares_used(images).index.tolist() == ["control_share", "sharpness_share"]
    assert images["named_sharpness"].any() and not images["named_sharpness"].all()
    assert images.groupby(["seed", "pair_id"])["named_noise"].nunique().eq(1).all()


def test_checkpoints_of_finished_trainings_are_removed(killed_and_resumed, folder: Path):
    assert not list(folder.rglob("step-*"))


def test_a_second_time_there_is_nothing_to_do(killed_and_resumed, folder: Path, tiny_project: MakeProject):
    runs = Runs()
    again = run_study(tiny_project(), folder, runs)
    assert runs.opened == []
    pd.testing.assert_frame_equal(again.images, killed_and_resumed[2])


def test_a_changed_parameter_redoes_only_what_depends_on_it(
    killed_and_resumed, folder: Path, tiny_project: MakeProject
):
    def opened(**changes: dict[str, object]) -> tuple[list[str], pd.DataFrame]:
        runs, study = Runs(), {"seeds": [0]} | changes.pop("study", {})
        return runs.opened, run_study(tiny_project(study=study, **changes), folder, runs).images

    names, _ = opened(study={"sharpness_weights": [0.2]})
    assert names == ["study-0-sharpness-loss-0.2"]
    named = {"w_named": {"noise": 0.2}}
    names, before = opened(stage2=named)
    assert names == [f"study-0-{name}" for name in ("stage2", "without-text", "wordless")]
    names, after = opened(stage2=named, clip_quality={"judge": {"steps": 3}})
    assert names == ["study-0-judge"]  # and all arms are measured anew
    assert (before["psnr"] == after["psnr"]).all()
    assert (before["judge_noise"] != after["judge_noise"]).all()


def test_a_training_that_a_person_ends_is_not_kept_and_ends_the_study(
    killed_and_resumed, folder: Path, tiny_project: MakeProject
):
    project, runs = tiny_project(study={"seeds": [0], "sharpness_weights": [0.3, 0.4]}), Runs()
    runs.stop = "study-0-sharpness-loss-0.3"
    stopped = run_study(project, folder, runs)
    assert runs.opened[-1] == "study-0-sharpness-loss-0.3"  # after what another test has changed
    arms = ("arm 5 of 13 (sharpness loss 0.3)", "arm 6 of 13 (sharpness loss 0.4)")
    assert [step for step in stopped.left_out if "sharpness loss" in step] == [f"seed 0: {a}" for a in arms]
    assert not list(folder.rglob("step-*"))  # it would stay ended
    runs = Runs()
    run_study(project, folder, runs)
    assert runs.opened[:2] == ["study-0-sharpness-loss-0.3", "study-0-sharpness-loss-0.4"]  # then the rest
    assert runs.first_steps["study-0-sharpness-loss-0.3"] == 1


def test_what_does_not_fit_is_left_to_the_next_command(
    tmp_path: Path, tiny_project: MakeProject, caplog: pytest.LogCaptureFixture
):
    project = tiny_project(study={"seeds": [3], "sharpness_weights": []})
    times = iter(range(0, 100000, 20))  # twenty seconds pass between two looks at the clock
    with caplog.at_level(logging.INFO):
        first = run_study(project, tmp_path, Runs(), Budget(3, lambda: next(times)))
    assert "study: seed 1 of 1, pairs, 0 of 3 minutes" in caplog.text
    assert first.left_out
    assert "seed 3: arm 3 of 11 (stage2)" in first.left_out
    runs = Runs()
    second = run_study(project, tmp_path, runs, Budget(60))
    assert second.left_out == []
    assert set(second.images["arm"]) == {arm.name for arm in project.arms if arm.family != "steering"}
