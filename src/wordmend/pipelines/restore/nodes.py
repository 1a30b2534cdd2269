"""Nodes of restore."""

from pathlib import Path
from typing import Any

from wordmend.restoration.config import RestoreConfig


def mend_pictures(models_folder: Path, config: RestoreConfig) -> dict[str, Any]:
    """Mend a picture or a folder of pictures, and list what was written."""
    from wordmend.restoration.job import restore_pictures

    report = restore_pictures(models_folder, config)
    return {"done": [str(path) for path in report.done], "kept": [str(path) for path in report.kept]}
