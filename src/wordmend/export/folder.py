"""A folder with all that another person needs to use a restorer."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from wordmend.export.config import ExportConfig
from wordmend.export.facts import RunFacts
from wordmend.export.model_card import render_model_card
from wordmend.files import atomic_path, sha256_of
from wordmend.restoration.job import choose_weights
from wordmend.restorers.onnx_export import ONNX_NAME, export_onnx
from wordmend.restorers.weights import CONFIG_NAME, WEIGHTS_NAME, fingerprint, load_restorer, save_restorer

CARD_NAME = "README.md"

logger = logging.getLogger(__name__)


def export_restorer(
    models_folder: Path, facts: RunFacts, lineage: Callable[[str], dict[str, str]], config: ExportConfig
) -> list[Path]:
    """Write `restorer.safetensors`, `config.json`, `restorer.onnx` and the model card `README.md`.

    Args:
        models_folder: holds the folders stage1, control and stage2.
        facts: what is known of the run; its `provenance` is filled in here.
        lineage: gives what is known of the training that made weights, by their fingerprint.
        config: which weights, where to, with ONNX or not.

    Returns:
        The files, the card last.

    Raises:
        WeightsError: the weights asked for are not there, or can't be written as ONNX.
        WordmendError: a package for ONNX is missing, or the folder can't be written.
    """
    chosen = choose_weights(models_folder, config.weights)
    restorer = load_restorer(models_folder / chosen)
    output = Path(config.output)
    save_restorer(output, restorer)
    files = [output / WEIGHTS_NAME, output / CONFIG_NAME]
    onnx_file = output / ONNX_NAME
    onnx_file.unlink(missing_ok=True)  # one of other weights must not stay
    if config.onnx:
        export_onnx(restorer, onnx_file)
        files.append(onnx_file)
    known = lineage(fingerprint(restorer.network)) | {"sha256": sha256_of(output / WEIGHTS_NAME)}
    card = render_model_card(restorer, chosen, replace(facts, provenance=known), with_onnx=config.onnx)
    with atomic_path(output / CARD_NAME) as path:
        path.write_text(card, encoding="utf-8")
    logger.info("the weights of %s lie in %s, with %s", chosen, output, CARD_NAME)
    return [*files, output / CARD_NAME]
