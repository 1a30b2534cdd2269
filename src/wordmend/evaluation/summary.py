"""The numbers of `metrics.json` as a table for the terminal."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wordmend.errors import TableError

COLUMNS = ("PSNR", "SSIM", "HaarPSI", "sharpness", "noise", "scratches", "missing parts")
KEYS = ("psnr", "ssim", "haarpsi", "sharpness", "noise", "scratches", "missing_parts")


def summary(metrics: Mapping[str, Any], report: Path, release: Mapping[str, Any] | None = None) -> str:
    """A table of the arms, the quality model's figures, the release and where the report is.

    Args:
        metrics: contents of `metrics.json`.
        report: `report.html`.
        release: contents of `release.json`; None where there is none.
    """
    lines = [
        "Test photographs: means over images; defects are 0 when nothing is left to mend",
        f"{'':10}" + "".join(f"{column:>14}" for column in COLUMNS),
    ]
    for arm, values in metrics["evaluation"].items():
        flat = {**values, **values["defects"]}
        cells = ("-" if flat[key] is None else f"{flat[key]:.{2 if key == 'psnr' else 4}f}" for key in KEYS)
        lines.append(f"{arm:10}" + "".join(f"{cell:>14}" for cell in cells))
    quality = ", ".join(
        f"{name.replace('_', ' ')} {'-' if value is None else f'{value:.3f}'}"
        for name, value in metrics["quality"].items()
    )
    lines.append(f"Quality model: {quality}")
    if release is not None:
        lines.append(f"Release: {release['told']}")
    return "\n".join([*lines, f"Report: {report.resolve().as_uri()}"])


def main(folder: Path) -> None:
    """Print the summary of the last evaluation.

    Raises:
        TableError: there is none yet.
    """
    path = folder / "metrics.json"
    if not path.is_file():
        raise TableError(f"{path}: not found; run the evaluation first: make run")
    of_release = folder / "release.json"
    release = json.loads(of_release.read_text(encoding="utf-8")) if of_release.is_file() else None
    print(summary(json.loads(path.read_text(encoding="utf-8")), folder / "report.html", release))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
