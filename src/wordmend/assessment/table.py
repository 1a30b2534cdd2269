"""The table of assessed pictures: a row a picture, also of those that could not be read."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from wordmend.assessment.assess import Assessment
from wordmend.comments.entry import Dimension
from wordmend.files import atomic_path

CSV_NAME = "assessment.csv"
PARQUET_NAME = "assessment.parquet"


def assessed_row(name: str, assessment: Assessment, words: str) -> dict[str, Any]:
    """The row of a picture."""
    scores, worst = assessment.scores, assessment.worst
    return {
        "picture": name,
        "width": assessment.grid.width,
        "height": assessment.grid.height,
        **{dimension: _known(scores[dimension]) for dimension in scores},
        **{f"{dimension}_worst": _known(worst[dimension]) for dimension in worst},
        "overall": _known(assessment.overall),
        "worst_dimension": assessment.worst_dimension,
        "words": words,
        "problem": None,
    }


def assessment_table(
    rows: Sequence[Mapping[str, Any]], problems: Mapping[str, str], dimensions: Sequence[Dimension]
) -> pd.DataFrame:
    """Rows of pictures and names of those that have a problem, with the reason, sorted by name.

    Returns:
        Columns `picture, width, height` (px), `<dimension>` (score of the picture) and `<dimension>_worst`
        (where it is worst) for each dimension, `overall, worst_dimension, words, problem`; null where
        nothing is known.
    """
    measured = [*dimensions, *(f"{dimension}_worst" for dimension in dimensions), "overall"]
    types = {
        **{"picture": "string", "width": "Int64", "height": "Int64"},
        **dict.fromkeys(measured, "Float64"),
        **dict.fromkeys(("worst_dimension", "words", "problem"), "string"),
    }
    failed = [{"picture": name, "problem": problem} for name, problem in problems.items()]
    table = pd.DataFrame([*rows, *failed], columns=list(types)).astype(types)
    return table.sort_values("picture", ignore_index=True)


def write_table(folder: Path, table: pd.DataFrame) -> None:
    """Write `assessment.csv` and `assessment.parquet`, each complete or not at all.

    Raises:
        WordmendError: the folder can't be written.
    """
    with atomic_path(folder / CSV_NAME) as path:
        table.to_csv(path, index=False, float_format="%.4f")
    with atomic_path(folder / PARQUET_NAME) as path:
        table.to_parquet(path, index=False)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
