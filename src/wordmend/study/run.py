"""The study from start to end, as far as the time of one command takes it."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import pandas as pd

from wordmend.study.arms import first_arms, seeds_of
from wordmend.study.budget import Budget, estimated_seconds
from wordmend.study.kept import Kept, Thing
from wordmend.study.making import MEASURED, SeedMaker, StoppedError
from wordmend.study.project import OpenRun, Project

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Step:
    """Something to make for one seed, once `needs` are there."""

    maker: SeedMaker
    title: str
    thing: Thing
    needs: list[Thing]
    fill: Callable[[Path], None]


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
        open_run: opens what surrounds a training.
        budget: what fits; None: the minutes of the parameters.
    """
    budget = budget or Budget(project.study.minutes)
    makers = [
        SeedMaker(project, seed, Kept(folder / f"seed-{seed}"), open_run) for seed in project.study.seeds
    ]
    left_out: list[str] = []
    steps = list(steps_of(project, makers))
    for step in steps:
        kept = step.maker.kept
        if kept.has(step.thing):
            continue
        name = f"seed {step.maker.seed}: {step.title}"
        needed = all(kept.has(thing) for thing in step.needs)
        if not needed or not budget.allows(estimated_seconds(step.thing, [m.kept for m in makers])):
            left_out.append(name)
            continue
        logger.info("study: %s", _progress(step, project, budget))
        try:
            with kept.make(step.thing) as place:
                step.fill(place)
        except StoppedError:
            logger.info("study: ended by a person; the same command goes on with it")
            left_out += [f"seed {s.maker.seed}: {s.title}" for s in steps if not s.maker.kept.has(s.thing)]
            break
    return Study(_gathered(project, makers), list(dict.fromkeys(left_out)))


def steps_of(project: Project, makers: list[SeedMaker]) -> Iterator[Step]:
    """All steps in their order: of every seed the main comparison first, then arm by arm on all seeds."""
    arms = project.arms
    first = first_arms(arms)
    for maker in makers:
        yield from _ground(maker)
        yield from chain.from_iterable(_arm(maker, place) for place, arm in enumerate(arms) if arm in first)
    for place, arm in enumerate(arms):
        if arm not in first:
            for maker in makers:
                if maker.seed in seeds_of(arm, project.study):
                    yield from _arm(maker, place)


def _ground(maker: SeedMaker) -> Iterator[Step]:
    before: list[Thing] = []
    for thing, fill in maker.ground:
        yield Step(maker, thing.name, thing, list(before), fill)
        before.append(thing)


def _arm(maker: SeedMaker, place: int) -> Iterator[Step]:
    arms, things = maker.project.arms, maker.things
    arm = arms[place]
    title = f"arm {place + 1} of {len(arms)} ({arm.name})"
    trained = things.trained(arm)
    if arm.is_trained:
        yield Step(maker, title, trained, things.ground, partial(maker.train, arm))
    needs = [*things.ground, trained]
    yield Step(maker, title, things.measured(arm), needs, partial(maker.measure, arm))


def _progress(step: Step, project: Project, budget: Budget) -> str:
    seeds = project.study.seeds
    place = seeds.index(step.maker.seed) + 1
    return f"seed {place} of {len(seeds)}, {step.title}, {budget.spent:.0f} of {budget.minutes:g} minutes"


def _gathered(project: Project, makers: list[SeedMaker]) -> pd.DataFrame:
    """The rows of all arms that are measured by now."""
    tables = []
    for arm in project.arms:
        for maker in makers:
            measured = maker.things.measured(arm)
            if maker.seed in seeds_of(arm, project.study) and maker.kept.has(measured):
                tables.append(pd.read_parquet(maker.kept.path(measured) / MEASURED))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["seed", "arm"])
