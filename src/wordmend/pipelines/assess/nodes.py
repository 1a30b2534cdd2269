"""Nodes of assess."""

from pathlib import Path
from typing import Any

from wordmend.assessment.config import AssessConfig


def tell_quality(
    models_folder: Path, config: AssessConfig, quality_language: dict[str, Any]
) -> dict[str, Any]:
    """Tell the quality of a picture or a folder of pictures, and say where table and page are."""
    from wordmend.assessment.job import assess_pictures
    from wordmend.comments.language import QualityLanguage

    report = assess_pictures(models_folder, config, QualityLanguage(quality_language))
    return {"pictures": report.table["picture"].tolist(), "output": config.output}
