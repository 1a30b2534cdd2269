"""Nodes of export."""

from pathlib import Path
from typing import Any

from wordmend.export.config import ExportConfig
from wordmend.pipelines.types import DataFrame


def export_weights(
    models_folder: Path,
    release: dict[str, Any] | None,
    pairs: DataFrame | None,
    comments: DataFrame | None,
    images: DataFrame | None,
    metrics: dict[str, Any] | None,
    guard: DataFrame | None,
    parameters: dict[str, Any] | None,
    stage1_losses: DataFrame | None,
    control_losses: DataFrame | None,
    stage2_losses: DataFrame | None,
    config: ExportConfig,
) -> dict[str, Any]:
    """Write weights for other programs, with a card of what is known of them; lists the files."""
    from wordmend.export.facts import RunFacts
    from wordmend.export.folder import export_restorer
    from wordmend.mlflow_weights import choose_weights
    from wordmend.tracking import log_page

    weights = choose_weights(config.weights, models_folder, release)
    losses = {"stage1": stage1_losses, "control": control_losses, "stage2": stage2_losses}
    facts = RunFacts(pairs, comments, images, metrics, guard, parameters, losses)
    # tables and numbers here are not about weights of another run
    files = export_restorer(weights, facts if weights.lies_in(models_folder) else RunFacts(), config)
    log_page(files[-1].read_text(encoding="utf-8"), files[-1].name)
    return {"files": [str(path) for path in files]}
