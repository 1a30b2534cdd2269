"""The study from start to end, as far as the time of one command takes it."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import pandas as pd

from wordmend.memory import give_back_freed_memory
from wordmend.processes import killed_error
from wordmend.progress import progress_of
from wordmend.study.arms import first_arms, made_arms, seeds_of
from wordmend.study.budget import Budget, estimated_seconds
from wordmend.study.kept import Kept, Thing
from wordmend.study.making import MEASURED, SeedMaker, StoppedError
from wordmend.study.project import OpenRun, Project
from wordmend.study.workers import usual_workers, workers_at_once

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Step:
    """Something to make for one seed."""

    maker: SeedMaker
    title: str
    thing: Thing
    fill: Callable[[Path], None]

    @property
    def name(self) -> str:
        """What it is called where it is left out."""
        return f"seed {self.maker.seed}: {self.title}"

    def needs_any_of(self, others: Iterable["Step"]) -> bool:
        """Whether one of the others makes what this is made of."""
        return any(other.maker is self.maker and other.thing in self.thing.before for other in others)

    def make(self) -> None:
        """Make it, and keep it once it is whole."""
        with progress_of(f"seed {self.maker.seed}"), self.maker.kept.make(self.thing) as place:
            self.fill(place)
        give_back_freed_memory()


@dataclass(frozen=True)
class Study:
    """What is known by now: a row an image, arm and seed; and what is left to the next command."""

    images: pd.DataFrame
    left_out: list[str]


def run_study(project: Project, folder: Path, open_run: OpenRun, budget: Budget | None = None) -> Study:
    """Make what isn't there yet, for all seeds first what the main comparison needs.

    Everything finished is kept under a key of what it depends on, so that another command goes on where this
    one ends, and a changed parameter redoes only what depends on it. A training that is interrupted goes on
    from its checkpoint; one that a person ends is not as long as the others and is not kept.

    Args:
        project: parameters and photographs.
        folder: keeps what is finished, in `seed-<n>`.
        open_run: opens what surrounds a training; of a module, where several processes make things.
        budget: what fits; None: the minutes of the parameters.

    Raises:
        WordmendError: a process was killed.
    """
    budget = budget or Budget(project.study.minutes)
    makers = [
        SeedMaker(project, seed, Kept(folder / f"seed-{seed}"), open_run) for seed in project.study.seeds
    ]
    waiting = [step for step in steps_of(project, makers) if not step.maker.kept.has(step.thing)]
    left_out: list[str] = []
    running: dict[Future[None], Step] = {}
    workers = project.study.workers or usual_workers(len(project.study.seeds), project.stage2.loop.device)
    with workers_at_once(workers) as executor:
        while True:
            while len(running) < workers and (step := _next_of(waiting, running.values())) is not None:
                waiting.remove(step)
                is_possible = all(map(step.maker.kept.has, step.thing.before))
                seconds = estimated_seconds(step.thing, [maker.kept for maker in makers])
                if is_possible and budget.allows(seconds):
                    logger.info("study: %s", _progress(step, project, budget))
                    running[executor.submit(step.make)] = step
                else:
                    left_out.append(step.name)
            if not running:
                break
            left_out += [step.name for step in _ended(running, waiting, workers)]
    return Study(_gathered(project, makers), list(dict.fromkeys(left_out)))


def _next_of(waiting: Sequence[Step], running: Iterable[Step]) -> Step | None:
    """The first that waits for no other."""
    pending = [*waiting, *running]
    return next((step for step in waiting if not step.needs_any_of(pending)), None)


def _ended(running: dict["Future[None]", Step], waiting: list[Step], workers: int) -> list[Step]:
    """Wait until something is made; gives what is left out as a person has ended it, and all that waited.

    Raises:
        WordmendError: a process was killed.
        Exception: what went wrong with a step, once what is made beside it is finished.
    """
    is_over = False
    try:
        done = wait(running, return_when=FIRST_COMPLETED).done
    except KeyboardInterrupt:  # the processes have heard it, too: trainings end after their step
        logger.warning("study: ends with what is being made; Ctrl-C again ends it at once")
        done, is_over = wait(running).done, True
    ended = []
    for future in done:
        step = running.pop(future)
        try:
            future.result()
        except (StoppedError, KeyboardInterrupt):
            ended.append(step)
        except BrokenProcessPool as error:
            way_out = "what is finished is kept; set study.workers to a smaller number"
            raise killed_error(workers, "make a study", way_out) from error
        except Exception:
            if running:
                logger.error("study: %s failed; what is made beside it is finished first", step.name)
            raise
    if not (is_over or ended):
        return []
    logger.info("study: ended by a person; the same command goes on with it")
    ended += waiting
    waiting.clear()
    return ended


def steps_of(project: Project, makers: list[SeedMaker]) -> Iterator[Step]:
    """All steps in their order: of every seed the main comparison first, then arm by arm on all seeds."""
    arms = made_arms(project.arms)
    first = first_arms(arms)
    for maker in makers:
        for thing, fill in maker.ground:
            yield Step(maker, thing.name, thing, fill)
        yield from chain.from_iterable(_arm(maker, place) for place, arm in enumerate(arms) if arm in first)
    for place, arm in enumerate(arms):
        if arm not in first:
            for maker in makers:
                if maker.seed in seeds_of(arm, project.study):
                    yield from _arm(maker, place)


def _arm(maker: SeedMaker, place: int) -> Iterator[Step]:
    arms, things = made_arms(maker.project.arms), maker.things
    arm = arms[place]
    title = f"arm {place + 1} of {len(arms)} ({arm.name})"
    if arm.is_trained:
        yield Step(maker, title, things.trained(arm), partial(maker.train, arm))
    yield Step(maker, title, things.measured(arm), partial(maker.measure, arm))


def _progress(step: Step, project: Project, budget: Budget) -> str:
    seeds = project.study.seeds
    place = seeds.index(step.maker.seed) + 1
    return f"seed {place} of {len(seeds)}, {step.title}, {budget.spent:.0f} of {budget.minutes:g} minutes"


def _gathered(project: Project, makers: list[SeedMaker]) -> pd.DataFrame:
    """The rows of all arms that are measured by now."""
    tables = []
    for arm in made_arms(project.arms):
        for maker in makers:
            measured = maker.things.measured(arm)
            if maker.seed in seeds_of(arm, project.study) and maker.kept.has(measured):
                tables.append(pd.read_parquet(maker.kept.path(measured) / MEASURED))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["seed", "arm"])
