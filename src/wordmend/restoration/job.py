"""Mending a person's pictures with the best weights that there are."""

import logging
from pathlib import Path

from wordmend.config import given_paths
from wordmend.errors import ParameterError, WeightsError, WordmendError
from wordmend.restoration.before_after import write_before_after
from wordmend.restoration.config import RestoreConfig
from wordmend.restoration.folder import RestoreReport, restore_folder
from wordmend.restoration.picture_restorer import PictureRestorer
from wordmend.restorers.interpolation import between
from wordmend.restorers.weights import CONFIG_NAME, Restorer, fingerprint, load_restorer

logger = logging.getLogger(__name__)

BY_PREFERENCE = ("stage2", "control", "stage1")


def restore_pictures(models_folder: Path, config: RestoreConfig) -> RestoreReport:
    """Restore `config.input` into `config.output`, with a page that compares both.

    Args:
        models_folder: holds the folders stage1, control and stage2.
        config: what, where to, with which weights.

    Raises:
        ParameterError: input or output are not given.
        WeightsError: the weights asked for are not there.
        WordmendError: some pictures could not be restored; names each. The others are done.
    """
    source, output = given_paths("restore", config.input, config.output)
    restorer, called = _restorer(models_folder, config)
    logger.info("restoring with the weights of %s (%s)", called, restorer.config.architecture)
    weights = f"{called}, {restorer.config.architecture}, {fingerprint(restorer.network)}"
    pictures = PictureRestorer(restorer, config)
    report = restore_folder(pictures, source, output, config, weights)
    logger.info(
        "%d pictures restored into %s, %d were there already",
        len(report.done),
        output,
        len(report.kept),
    )
    if config.before_after:
        logger.info("before and after: %s", write_before_after(source, output, config))
    if report.failed:
        listed = "\n".join(f"  {path}: {reason}" for path, reason in report.failed)
        raise WordmendError(f"{len(report.failed)} pictures could not be restored:\n{listed}")
    return report


def _restorer(models_folder: Path, config: RestoreConfig) -> tuple[Restorer, str]:
    """The restorer that is asked for, and what it is called."""
    chosen = choose_weights(models_folder, config.weights)
    restorer = load_restorer(models_folder / chosen)
    if config.words == 1:
        return restorer, chosen
    if chosen != "stage2":
        raise ParameterError(
            f"words={config.words}: the weights of {chosen} were trained without words; "
            "set words to 1, or weights to stage2"
        )
    control = load_restorer(models_folder / choose_weights(models_folder, "control"))
    return between(control, restorer, config.words), f"{config.words:g} stage2 + {1 - config.words:g} control"


def choose_weights(models_folder: Path, wanted: str) -> str:
    """The training whose weights are used: the one asked for, or the best that is there.

    Best is stage 2 before control before stage 1, as each was trained on from the former.

    Raises:
        WeightsError: there are none.
    """
    there = [name for name in BY_PREFERENCE if (models_folder / name / CONFIG_NAME).is_file()]
    if wanted == "best" and there:
        return there[0]
    if wanted in there:
        return wanted
    known = f"there are {', '.join(there)}" if there else "there are none yet: train some with `make run`"
    raise WeightsError(f"{models_folder}: no weights of {wanted!r}; {known}")
