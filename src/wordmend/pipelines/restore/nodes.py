"""Nodes of restore."""

from pathlib import Path
from typing import Any

from wordmend.restoration.config import RestoreConfig


def mend_pictures(
    models_folder: Path, release: dict[str, Any] | None, config: RestoreConfig
) -> dict[str, Any]:
    """Mend a picture, a video or a folder of them, and list what was written."""
    from wordmend.mlflow_weights import choose_weights
    from wordmend.restoration.job import restore_pictures
    from wordmend.restorers.chosen import ChosenWeights

    def choose() -> ChosenWeights:
        return choose_weights(config.weights, models_folder, release, config.words, config.words_where)

    report = restore_pictures(choose, config)
    return {"done": [str(path) for path in report.done], "kept": [str(path) for path in report.kept]}
