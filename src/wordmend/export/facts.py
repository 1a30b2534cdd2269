"""What is known of a run, and what of it a model card tells. What isn't known is None, and left out."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from wordmend.comments.entry import DIMENSIONS as COMMENT_DIMENSIONS
from wordmend.comments.entry import SOURCES
from wordmend.defects.measure import DIMENSIONS
from wordmend.evaluation.differences import paired_differences
from wordmend.evaluation.verdict import NAMES
from wordmend.pages.formatting import number, percent
from wordmend.pairs.replay import PairRecipe
from wordmend.pairs.table import of_sample_photos


@dataclass(frozen=True)
class RunFacts:
    """The tables and numbers that a run left, as far as they are there."""

    pairs: pd.DataFrame | None = None
    """The table of pairs."""
    comments: pd.DataFrame | None = None
    """The comments table."""
    images: pd.DataFrame | None = None
    """Rows of `measure_images` of the test split, by arm."""
    metrics: Mapping[str, Any] | None = None
    """Contents of `metrics.json`."""
    guard: pd.DataFrame | None = None
    """What the guard of stage 2 saw and did."""
    parameters: Mapping[str, Any] | None = None
    """Every parameter of the whole way."""
    losses: Mapping[str, pd.DataFrame | None] = field(default_factory=dict)
    """Curves by training; their last step is how long it was."""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """Where the weights come from: `sha256`, and tags of the training's MLflow run."""


def data_facts(pairs: pd.DataFrame) -> dict[str, Any]:
    """Of what the pairs are: `photographs`, `samples` among them, `splits` (split, pairs, photographs),
    `sizes`, `damage`, `real`.

    `damage` is how often each operation was applied to pairs of the train split, the most frequent first.
    """
    parts = [(split, pairs[pairs["split"] == split]) for split in ("train", "validation", "test")]
    train = parts[0][1]
    recipes = [recipe for recipe in train["recipe"] if isinstance(recipe, str)]
    operations = Counter(
        operation
        for recipe in recipes
        for operation in {step["operation"] for step in PairRecipe.from_json(recipe).degradations}
    )
    sides = sorted({*pairs["height"].astype(int), *pairs["width"].astype(int)})
    return {
        "photographs": int(pairs["photo"].nunique()),
        "samples": int(pairs.loc[of_sample_photos(pairs["photo"]), "photo"].nunique()),
        "splits": [(split, len(rows), int(rows["photo"].nunique())) for split, rows in parts if len(rows)],
        "sizes": f"{sides[0]} px" if len(sides) == 1 else f"{sides[0]} to {sides[-1]} px",
        "gray": int((pairs["channels"] == 1).sum()),
        "real": len(train) - len(recipes),
        "damage": [
            (name.replace("_", " "), f"{100 * count / len(recipes):.0f} %")
            for name, count in operations.most_common()
        ],
    }


def word_facts(comments: pd.DataFrame) -> dict[str, Any]:
    """How many comments there are: `total`, `people`, and `rows` of counts by source and dimension."""
    counts = comments.groupby(["source", "dimension"]).size()
    return {
        "total": len(comments),
        "people": int(comments.loc[comments["source"] == "person", "annotator"].nunique()),
        "columns": [NAMES.get(name, name) for name in COMMENT_DIMENSIONS],
        "rows": [
            (source, [int(counts.get((source, name), 0)) for name in COMMENT_DIMENSIONS])
            for source in SOURCES
            if (comments["source"] == source).any()
        ],
    }


def limits_of(images: pd.DataFrame, arm: str) -> list[str]:
    """What test pictures say against the arm, in sentences; none where they weren't measured."""
    if not {"lq", arm} <= set(images["arm"]):
        return []
    wide = images.pivot(index="pair_id", columns="arm")
    gain = (wide["psnr"][arm] - wide["psnr"]["lq"]).dropna()
    if gain.empty:
        return []
    lost = gain[gain < 0]
    sentences = [
        f"Of {len(gain)} test pictures, {len(lost)} ({100 * len(lost) / len(gain):.0f} %) were less like the "
        f"original after restoring than before (PSNR)"
        + (f"; the largest loss was {number('psnr', -lost.min())} dB." if len(lost) else ".")
    ]
    for name in DIMENSIONS:
        both = wide[name][["lq", arm]].dropna()
        before, after = both["lq"].mean(), both[arm].mean()
        if len(both) and before > 0:
            more = int((both[arm] > both["lq"]).sum())
            sentences.append(
                f"{NAMES[name][0].upper()}{NAMES[name][1:]}: {100 * after / before:.0f} % of the defect is "
                f"left on average; on {more} of {len(both)} pictures there was more of it than before."
            )
    if arm == "stage2" and "control" in wide["psnr"]:
        sentences += [
            f"Worse than its control, which was trained as long without words: {NAMES[row['metric']]} "
            f"({number(row['metric'], row['mean'], signed=True)}, "
            f"{percent(row['mean'], row['baseline_mean'])}; 95 % interval "
            f"{number(row['metric'], row['low'], signed=True)} to "
            f"{number(row['metric'], row['high'], signed=True)})."
            for row in paired_differences(images).to_dict("records")
            if row["better"] is False
        ]
    return sentences
