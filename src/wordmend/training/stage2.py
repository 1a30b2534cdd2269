"""Stage 2 from start to end, with its control and its guard."""

import logging
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from wordmend.assessment.where_fault import FindFault
from wordmend.comments.config import WordsConfig
from wordmend.comments.words import TargetText, preset_targets
from wordmend.devices import torch_device
from wordmend.pairs.library import PairLibrary
from wordmend.pairs.table import of_sample_photos
from wordmend.quality.model import QualityModel
from wordmend.restorers.config import Use
from wordmend.restorers.weights import Restorer
from wordmend.training.controlled import ControlledTask, parted
from wordmend.training.defect_loss import DefectLoss
from wordmend.training.guard import WordsGuard, guard_table, with_choice
from wordmend.training.guard_measures import GuardMeasures
from wordmend.training.launch import launch
from wordmend.training.people import People, Questions
from wordmend.training.restoration import RestorationTask
from wordmend.training.restoration_config import Stage2Config
from wordmend.training.restorer_loss import GuidedLoss, UnguidedLoss
from wordmend.training.run import TrainingRun
from wordmend.training.stages import RestorerTraining, restoration_task
from wordmend.training.text_guidance import TextGuidance
from wordmend.training.transplants import transplants_of
from wordmend.training.using import Choice, choose_use, used
from wordmend.training.visits import rows_to_table
from wordmend.training.word_source import WordSource

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stage2Training(RestorerTraining):
    """Stage 2, what guided which image in which step, and the control where one was trained.

    `visits` is a table with the columns `VISIT_TYPES`, `guard` one with `GUARD_TYPES`: what it saw and did.
    `control_share` is how much of the control the restorer's weights have taken in.
    """

    visits: pd.DataFrame
    guard: pd.DataFrame
    control_share: float
    control: RestorerTraining | None


def train_stage2(
    pairs: PairLibrary,
    restorer: Restorer,
    quality_model: QualityModel,
    words: Mapping[str, Sequence[TargetText]],
    pictures: Mapping[str, Path],
    config: Stage2Config,
    seed: int,
    run: TrainingRun | None = None,
    people: People | None = None,
    trained_control: Restorer | None = None,
    judge: QualityModel | None = None,
    first: Sequence[str] | None = None,
) -> Stage2Training:
    """Train a stage-1 restorer further, on pixels and on the words that are wanted (patent 0206-0240).

    The control, the same without words, is trained in the same steps. Where that is set, a guard compares the
    two. Without either, stage 2 is the same up to where the guard would have done something.

    Args:
        pairs: all pairs; those that words were said about come first.
        restorer: what stage 1 trained; its network is trained in place, to what it is without the control.
        quality_model: what the words guide by; fixed.
        words: target texts by pair id.
        pictures: files of the samples that they were said of.
        config: settings.
        seed: of the run.
        run: where it is followed, controlled and kept; people are asked anew when it goes on.
        people: are asked about what nothing was said of; None: nobody is.
        trained_control: the control, where it has been trained already: it is taken in, and there is no
            guard. None: it is trained, too.
        judge: a quality model that takes no part in the loss, for the guard; None: it does without.
        first: pairs that come before the others; None: those that words were said about.
    """
    asking = config.words
    questions = None if people is None else _questions(people, pairs, asking)
    preset = preset_targets(asking)
    source = WordSource(words, pictures, preset, asking.reuse_similarity, questions)
    guidance = TextGuidance(quality_model, source, config.guidance)
    first = commented_first(words) if first is None else first
    defects = DefectLoss(config.w_named, config.w_unnamed, config.w_harm, config.fade_steps)
    loss = GuidedLoss(config, guidance, defects)
    transplants = transplants_of(words, config.damage_share, config.noise_share)
    task = restoration_task("stage2", restorer, pairs, loss, config, seed, first, transplants)
    find_fault = FindFault(quality_model) if config.words_where == "fault" else None
    if trained_control is not None:
        training = launch(task, config.loop, run)
        control = _control_task(pairs, trained_control, first, config, seed)
        both = ControlledTask(task, control, None, None, config.control_share, find_fault)
        choice = _choose(both, None, config)
        final = used(restorer, trained_control, choice)
        unwatched = guard_table(training.validations, ())
        visits = rows_to_table(task.visits)
        return Stage2Training(final, training, visits, unwatched, choice.control_share, None)
    unguided = deepcopy(restorer)
    control = _control_task(pairs, unguided, first, config, seed)
    guard = measures = None
    if config.guard is not None:
        wanted = [words.get(pair.pair_id) or preset for pair in task.validation_pairs]
        guard, measures = WordsGuard(config.guard, loss), GuardMeasures(quality_model, judge, wanted)
    both = ControlledTask(task, control, guard, measures, config.control_share, find_fault)
    found = launch(both, config.loop, run)
    choice = _choose(both, guard, config)
    table = guard_table(found.validations, found.rulings, config.control_share)
    if guard is not None and (
        choice.control_share > config.control_share or choice.use.sharpness < Use().sharpness
    ):
        table = with_choice(table, choice.seen, choice.control_share, choice.use.sharpness)
    training, of_control = parted(found)
    return Stage2Training(
        used(restorer, unguided, choice),
        training,
        rows_to_table(task.visits),
        table,
        choice.control_share,
        RestorerTraining(unguided, of_control),
    )


def _questions(people: People, pairs: PairLibrary, asking: WordsConfig) -> Questions:
    """What people are asked: nothing about sample photographs that came beside their own."""
    table = pairs.table
    beside = frozenset(table.loc[of_sample_photos(table["photo"]), "pair_id"])
    return Questions(people, asking.countdown, asking.live_tasks, unasked=beside)


def _choose(task: ControlledTask, guard: WordsGuard | None, config: Stage2Config) -> Choice:
    """How stage 2 is used, by the validation pictures; they aren't asked where nothing depends on them."""
    if config.control_margin is None and guard is None:
        return Choice(config.control_share, Use(), {})
    # whoever has others train on Ray may have no such device
    task.to(str(torch_device(config.loop.device if config.loop.launcher == "local" else "auto")))
    choice = choose_use(task, config.control_margin, None if guard is None else guard.trusts)
    task.to("cpu")  # where trainings leave the networks
    if choice.control_share > config.control_share:
        logger.info("stage2 takes in %g of the control, as it was too far from it", choice.control_share)
    if choice.use.sharpness < Use().sharpness:
        logger.info("%g of stage2 is used where sharpness alone is at fault", choice.use.sharpness)
    return choice


def train_control(
    pairs: PairLibrary,
    restorer: Restorer,
    first: Sequence[str],
    config: Stage2Config,
    seed: int,
    run: TrainingRun | None = None,
) -> RestorerTraining:
    """Train the control by itself: bit by bit as beside stage 2, on a CPU.

    Args:
        pairs: as for stage 2.
        restorer: what stage 1 trained; its network is trained in place.
        first: pairs that come before the others: those that words were said about.
        config: of stage 2.
        seed: of the run.
        run: where it is followed, controlled and kept.
    """
    task = _control_task(pairs, restorer, first, config, seed)
    return RestorerTraining(restorer, launch(task, config.loop, run))


def _control_task(
    pairs: PairLibrary, restorer: Restorer, first: Sequence[str], config: Stage2Config, seed: int
) -> RestorationTask:
    """On the same batches as stage 2, but for what comes on its pairs."""
    return restoration_task("stage2", restorer, pairs, UnguidedLoss(config), config, seed, first)


def commented_first(words: Mapping[str, Sequence[TargetText]]) -> list[str]:
    """The pairs that somebody or something said words about; preset words don't count (M14)."""
    return [pair_id for pair_id, targets in words.items() if any(t.source != "preset" for t in targets)]
