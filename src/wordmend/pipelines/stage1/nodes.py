"""Nodes of stage1."""

from collections.abc import Iterator
from pathlib import Path

from wordmend.pipelines.types import DataFrame, PairLibrary, RestoredImage, Restorer
from wordmend.training.restoration_config import Stage1Config


def train_on_pixels(
    pairs: PairLibrary, checkpoints_folder: Path, config: Stage1Config, seed: int
) -> tuple[Restorer, DataFrame, DataFrame, list[str]]:
    """Train the stage-1 restorer; gives weights, curves and the pairs seen last."""
    from wordmend.tracking import log_restorer, training_run
    from wordmend.training.stages import train_stage1

    with training_run("stage1", config, seed, {"pairs": pairs.table}, checkpoints_folder) as run:
        trained = train_stage1(pairs, config, seed, run)
        log_restorer(trained.restorer)
    training = trained.training
    return trained.restorer, training.losses, training.validations, trained.last_pair_ids


def restore_all_pairs(
    restorer: Restorer, pairs: PairLibrary, last_pairs: list[str]
) -> Iterator[RestoredImage]:
    """Restore the `lq` of every pair, and note which were trained on last."""
    from wordmend.samples.restored import restored_images
    from wordmend.training.stages import restore_pairs

    return restored_images(restore_pairs(restorer, pairs), last_pairs)
