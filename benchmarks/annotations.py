"""Ten thousand annotations read into comments, against reading their file alone."""

import json
import tracemalloc
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from benchmarks.timing import compare
from wordmend.comments.language import QualityLanguage
from wordmend.files import sha256_of
from wordmend.images.writing import write_image
from wordmend.labelstudio.annotations import AnnotatedTask, Annotation, read_annotations, write_annotations
from wordmend.labelstudio.people import people_comments
from wordmend.samples.quality_samples import SAMPLE_COLUMNS

TASKS = 10_000
SAYINGS = (
    "the hair of person {} is not clear",
    "a scratch is left on cheek {}",
    "there is too much noise in sky {}",
    "sky {} is clean, but the corner is missing",
    "no detail in coat {}",
)
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def annotations_to_comments(folder: Path, rounds: int) -> dict[str, Any]:
    """Time as a ratio, and the most memory that was in use at once (MiB)."""
    file, samples = folder / "annotations.json", _samples(folder)
    write_annotations(file, _tasks(samples, folder))
    lexicon = yaml.safe_load(Path("conf/base/quality_language.yml").read_text())["quality_language"]

    def read() -> None:
        language = QualityLanguage(lexicon)  # a new one, which has read nothing yet
        people_comments(read_annotations(file), samples, folder, language)

    found = compare(read, lambda: json.loads(file.read_text()), rounds, "the JSON file alone")
    tracemalloc.start()
    read()
    found["peak_mib"] = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return found


def _samples(folder: Path) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = []
    for number in range(TASKS):
        name = f"pair-{number:05}"
        write_image(folder / f"{name}.png", rng.random((8, 8, 3)).astype(np.float32))
        rows.append((f"{name}.restored", name, "photo", "train", "restored", f"{name}.png", None))
    return pd.DataFrame(rows, columns=SAMPLE_COLUMNS).astype({"last_trained": "Int64"})


def _tasks(samples: pd.DataFrame, folder: Path) -> list[AnnotatedTask]:
    tasks = []
    for number, (row, saying) in enumerate(zip(samples.itertuples(), cycle(SAYINGS), strict=False)):
        value = {"text": [saying.format(number)]}
        words = {"id": "w", "from_name": "words", "type": "textarea", "value": value}
        box = {"x": 10, "y": 20, "width": 30, "height": 40, "rectanglelabels": ["noise"]}
        region = {"id": "r", "from_name": "region", "value": box, "original_width": 96, "original_height": 96}
        answer = Annotation(
            annotation_id=number,
            annotator="ada@example.org",
            created_at=MOMENT,
            updated_at=MOMENT,
            skipped=False,
            lead_time=4.0,
            result=[words, region],
        )
        tasks.append(
            AnnotatedTask(
                project="p",
                task_id=number,
                sample_id=str(row.sample_id),
                pair_id=str(row.pair_id),
                kind="restored",
                image_sha256=sha256_of(folder / str(row.image_path)),
                updated_at=MOMENT,
                suggestions=[],
                annotations=[answer],
            )
        )
    return tasks
