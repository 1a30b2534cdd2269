"""Mending a person's pictures with the weights that were chosen."""

import logging
from collections.abc import Callable

from wordmend.config import given_paths
from wordmend.errors import WordmendError
from wordmend.restoration.before_after import write_before_after
from wordmend.restoration.config import RestoreConfig
from wordmend.restoration.folder import RestoreReport, restore_folder
from wordmend.restoration.picture_restorer import PictureRestorer
from wordmend.restorers.chosen import ChosenWeights

logger = logging.getLogger(__name__)


def restore_pictures(choose: Callable[[], ChosenWeights], config: RestoreConfig) -> RestoreReport:
    """Restore `config.input` into `config.output`, with a page that compares both.

    Args:
        choose: reads the weights; called when it is known that there is something to do.
        config: what, where to, and how.

    Raises:
        ParameterError: input or output are not given.
        WeightsError: `choose` found none.
        WordmendError: some pictures could not be restored; names each. The others are done.
    """
    source, output = given_paths("restore", config.input, config.output)
    weights = choose()
    logger.info("restoring with the weights of %s", weights.told)
    pictures = PictureRestorer(weights.restorer, config)
    report = restore_folder(pictures, source, output, config, weights.told)
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
