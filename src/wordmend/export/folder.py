"""A folder with all that another person needs to use a restorer."""

import logging
from dataclasses import replace
from pathlib import Path

from wordmend.export.config import ExportConfig
from wordmend.export.facts import RunFacts
from wordmend.export.model_card import render_model_card
from wordmend.files import atomic_path, sha256_of
from wordmend.restorers.chosen import ChosenWeights
from wordmend.restorers.onnx_export import ONNX_NAME, export_onnx
from wordmend.restorers.weights import CONFIG_NAME, WEIGHTS_NAME, Restorer, save_restorer

CARD_NAME = "README.md"

logger = logging.getLogger(__name__)


def export_restorer(weights: ChosenWeights, facts: RunFacts, config: ExportConfig) -> list[Path]:
    """Write `restorer.safetensors`, `config.json`, `restorer.onnx` and the model card `README.md`.

    Args:
        weights: what is written.
        facts: what is known of their run; its `provenance` is filled in here.
        config: where to, with ONNX or not.

    Returns:
        The files, the card last.

    Raises:
        WeightsError: the weights can't be written as ONNX.
        WordmendError: a package for ONNX is missing, or the folder can't be written.
    """
    output = Path(config.output)
    save_restorer(output, Restorer(weights.restorer.network, weights.restorer.config))
    files = [output / WEIGHTS_NAME, output / CONFIG_NAME]
    onnx_file = output / ONNX_NAME
    onnx_file.unlink(missing_ok=True)  # one of other weights must not stay
    if config.onnx:
        export_onnx(weights.restorer, onnx_file)
        files.append(onnx_file)
    known = {**weights.lineage, "sha256": sha256_of(output / WEIGHTS_NAME)}
    card = render_model_card(
        weights.restorer,
        weights.training,
        replace(facts, provenance=known),
        with_onnx=config.onnx,
        control_share=weights.control_share,
    )
    with atomic_path(output / CARD_NAME) as path:
        path.write_text(card, encoding="utf-8")
    logger.info("the weights of %s lie in %s, with %s", weights.told, output, CARD_NAME)
    return [*files, output / CARD_NAME]
