"""Side-by-side judgements as people made them; read without the server."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wordmend.errors import TableError
from wordmend.files import atomic_path
from wordmend.labelstudio.annotations import AnnotatedTask
from wordmend.labelstudio.answers import Part, choices_of, parts_of

LETTERS = "abc"
"""What the pictures of a task are called, from the left."""
BEST = "best"
"""The control at which the best is chosen."""
NO_DIFFERENCE = "no_difference"


class Order(BaseModel):
    """Whose pictures a task shows, in the order in which it shows them; the server never learns it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pair_id: str
    arms: tuple[str, ...] = Field(min_length=2, max_length=len(LETTERS))
    weights: dict[str, str]
    """SHA-256 of each arm's weights: a judgement is about these, not about those of a later training."""


def judgements_of(
    tasks: Sequence[AnnotatedTask], orders: Mapping[str, Order], weights: Mapping[str, str]
) -> pd.DataFrame:
    """What people found, of the weights that there are now.

    Returns:
        Columns `pair_id, annotator, best`, one row a judgement; `best` is an arm, None for no difference.
    """
    rows = []
    for task in tasks:
        order = orders.get(task.image_sha256)
        if order is None or order.weights != dict(weights):
            continue
        for annotation in task.annotations:
            parts = [part for part in parts_of(annotation.result) if isinstance(part, Part)]
            chosen = choices_of(parts, BEST)
            if (
                annotation.skipped
                or not chosen
                or chosen[0] not in (*LETTERS[: len(order.arms)], NO_DIFFERENCE)
            ):
                continue
            best = None if chosen[0] == NO_DIFFERENCE else order.arms[LETTERS.index(chosen[0])]
            rows.append((task.pair_id, annotation.annotator, best))
    return pd.DataFrame(rows, columns=["pair_id", "annotator", "best"])


def read_orders(annotations_folder: Path) -> dict[str, Order]:
    """Whose pictures the tasks show, by `image_sha256`; none where nothing was put up.

    Raises:
        TableError: the file is damaged.
    """
    path = annotations_folder / "orders.json"
    if not path.is_file():
        return {}
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return {str(key): Order.model_validate(order) for key, order in raw.items()}
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError, ValidationError) as error:
        raise TableError(
            f"{path}: not the orders of judgements ({' '.join(str(error).split())[:200]}); restore it, or "
            "delete it and lose the judgements made so far"
        ) from error


def write_orders(annotations_folder: Path, orders: Mapping[str, Order]) -> None:
    """Keep whose pictures the tasks show, whole or not at all."""
    content = {key: order.model_dump(mode="json") for key, order in sorted(orders.items())}
    with atomic_path(annotations_folder / "orders.json") as path:
        path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
