"""The one loop that all trainings run through."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from wordmend.errors import TrainingError
from wordmend.memory import keep_freed_memory
from wordmend.progress import progress_bar
from wordmend.training.config import LoopConfig
from wordmend.training.control import Steering
from wordmend.training.history import History
from wordmend.training.keeper import Keeper
from wordmend.training.learner import Learner
from wordmend.training.log import TrainingLog
from wordmend.training.run import TrainingRun
from wordmend.training.task import Guard, Ruling, Task


@dataclass(frozen=True)
class Training:
    """How a training went.

    `losses` and `validations` are tables with a column `step` and one column a name.
    `ended_by` is "steps", "threshold", "person" or "guard"; `steps` are all that were taken, also where the
    guard went back to the weights of one before.
    """

    steps: int
    ended_by: str
    losses: pd.DataFrame
    validations: pd.DataFrame
    rulings: Sequence[Ruling] = ()


def train(task: Task, config: LoopConfig, run: TrainingRun | None = None) -> Training:
    """Train `task.module` and leave it trained, in eval mode and on the CPU.

    Ctrl-C (SIGINT) ends it after the step that it is in, as if that had been the last; so does the run's
    control, by which it can be paused, too.

    Args:
        task: what is trained, on what, for which loss.
        config: how long and how.
        run: where it is followed, controlled and kept on its way. A training that was interrupted goes on
            from its checkpoint and ends as if it never had been: on a CPU with the same weights bit by bit.

    Raises:
        TrainingError: something is not finite; names the step, the terms and the batch, and where the weights
            before that step are. Or memory is short; says what fits. Or the checkpoint is of another
            training, or damaged.
        ParameterError: `end_below` names a loss that the task doesn't have, or the device can't do it.
    """
    run = run or TrainingRun()
    keep_freed_memory()
    learner, history = Learner(task, config), History(config)
    process_group = learner.process_group
    keeper = Keeper(run.checkpoints, learner, history)
    if keeper.load():
        if task.guard is not None and history.rulings:
            task.guard.follow(history.rulings[-1])
        _log_again(history, run.log)
    else:
        _validate(task, learner, history, run.log)
    task.module.train()
    batches = task.batches(history.step, process_group.rank, process_group.size)
    with (
        progress_bar(task.name, total=config.steps, unit="step", initial=history.step) as bar,
        Steering(task.name, run.control, process_group.agree) as steering,
    ):
        while history.ended_by is None:
            try:
                terms = learner.learn(next(batches), history.step + 1)
            except TrainingError as error:
                raise _with_last_good(error, history.step, keeper) from error
            history.add(terms)
            wish = steering.wish()
            history.end(wish == "stop")
            if history.step % config.validate_every == 0 or history.ended_by is not None:
                _validate(task, learner, history, run.log)
            ends = history.ended_by is not None
            if history.step % config.log_every == 0 or ends:
                means = history.add_means()
                run.log.metrics(means, history.step)
                bar.set_postfix({name: f"{value:.4f}" for name, value in means.items()}, refresh=False)
            bar.update()
            if process_group.agree(ends or wish == "pause" or keeper.is_due()):
                keeper.save()
            if wish == "pause" and not ends:
                steering.wait_while_paused(history.step)
    learner.finish()
    run.log.flush()
    return Training(
        history.step,
        str(history.ended_by),
        pd.DataFrame(history.losses),
        pd.DataFrame(history.validations),
        tuple(history.rulings),
    )


def _validate(task: Task, learner: Learner, history: History, log: TrainingLog) -> None:
    """Have the main process validate, and all follow what the guard makes of it."""
    if learner.process_group.is_main:
        with learner.evaluating():
            found = task.validate()
        history.validations.append({"step": history.step, **found.metrics})
        _log_validation(history.validations[-1], log)
        for name, picture in found.pictures.items():
            log.picture(f"validation/{name}", picture, history.step)
    if task.guard is not None:
        _follow(task.guard, learner, history, log)


def _follow(guard: Guard, learner: Learner, history: History, log: TrainingLog) -> None:
    group, ruling = learner.process_group, None
    if group.is_main:
        ruling = guard.rule(history.validations[-1], history.rulings, history.ended_by is not None)
    ruling = group.agree(ruling)
    assert ruling is not None
    history.rulings.append(ruling)
    log.metrics(ruling.numbers, history.step)
    guard.follow(ruling)
    if ruling.is_trusted:
        learner.trust()
    if ruling.goes_back:
        learner.go_back()
        history.ended_by = "guard"


def _log_validation(row: dict[str, float], log: TrainingLog) -> None:
    log.metrics({f"validation/{name}": v for name, v in row.items() if name != "step"}, int(row["step"]))


def _log_again(history: History, log: TrainingLog) -> None:
    """Offer all that the checkpoint knows: what was still on its way when the training ended may be lost."""
    for row in history.losses:
        log.metrics({name: value for name, value in row.items() if name != "step"}, int(row["step"]))
    for row in history.validations:
        _log_validation(row, log)
    for ruling in history.rulings:
        log.metrics(ruling.numbers, ruling.step)


def _with_last_good(error: TrainingError, step: int, keeper: Keeper) -> TrainingError:
    path = keeper.keep_last_good()
    return error if path is None else TrainingError(f"{error}. The weights of step {step} are in {path}")
