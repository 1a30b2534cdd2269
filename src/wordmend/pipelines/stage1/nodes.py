"""Nodes of stage1."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wordmend.pipelines.types import DataFrame, PairLibrary, QualityModel, RestoredImage, Restorer
from wordmend.training.restoration_config import Stage1Config


def train_on_pixels(
    pairs: PairLibrary,
    checkpoints_folder: Path,
    config: Stage1Config,
    quality_language: dict[str, Any],
    seed: int,
) -> tuple[Restorer, list[QualityModel], DataFrame, DataFrame, list[str]]:
    """Train the stage-1 restorer; gives weights, a quality model if one learned, curves, last pairs."""
    from wordmend.comments.language import QualityLanguage
    from wordmend.config import fingerprint_of
    from wordmend.tracking import log_quality_model, log_restorer, training_run
    from wordmend.training.stages import train_stage1

    data: dict[str, DataFrame | str] = {"pairs": pairs.table}
    if config.quality is not None:
        data["quality_language"] = fingerprint_of(quality_language)
    with training_run("stage1", config, seed, data, checkpoints_folder) as run:
        trained = train_stage1(pairs, config, seed, run, QualityLanguage(quality_language))
        log_restorer(trained.restorer, "stage1")
        models = [] if trained.quality_model is None else [trained.quality_model]
        for model in models:
            log_quality_model(model)
    training = trained.training
    return trained.restorer, models, training.losses, training.validations, trained.last_pair_ids


def restore_all_pairs(
    restorer: Restorer, pairs: PairLibrary, last_pairs: list[str]
) -> Iterator[RestoredImage]:
    """Restore the `lq` of every pair, and note which were trained on last."""
    from wordmend.progress import progress
    from wordmend.samples.restored import restored_images
    from wordmend.training.stages import restore_pairs

    restored = restore_pairs(restorer, pairs)
    shown = progress(restored, "restoring the pairs", total=len(pairs), unit="pair")
    return restored_images(shown, last_pairs)
