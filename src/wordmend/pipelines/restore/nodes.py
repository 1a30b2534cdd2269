"""Nodes of restore."""

from pathlib import Path
from typing import Any

from wordmend.restoration.config import RestoreConfig


def mend_pictures(
    models_folder: Path, release: dict[str, Any] | None, config: RestoreConfig
) -> dict[str, Any]:
    """Mend a picture, a video or a folder of them, and list what was written."""
    from wordmend.assessment.where_fault import FindFault
    from wordmend.mlflow_weights import choose_weights
    from wordmend.quality.weights import load_quality_model
    from wordmend.restoration.job import restore_pictures
    from wordmend.restorers.chosen import ChosenWeights

    def choose() -> ChosenWeights:
        judged = config.words_where == "fault"
        find_fault = FindFault(load_quality_model(models_folder / "quality")) if judged else None
        return choose_weights(config.weights, models_folder, release, config.words, find_fault)

    report = restore_pictures(choose, config)
    return {"done": [str(path) for path in report.done], "kept": [str(path) for path in report.kept]}
