"""The arms of the comparison on the test split: inputs, stage 1, control and stage 2."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from wordmend.comments.language import QualityLanguage
from wordmend.comments.table import region_of
from wordmend.comments.target_table import table_to_targets
from wordmend.comments.words import TargetText
from wordmend.defects.kept import measure_kept
from wordmend.evaluation.changes import changes_of, largest_changes
from wordmend.evaluation.config import ReleaseConfig
from wordmend.evaluation.gains import select_examples
from wordmend.evaluation.goal import Goal
from wordmend.evaluation.metrics import (
    FloatImage,
    measure_image,
    metrics_table,
    summarize,
)
from wordmend.evaluation.release import protocol_goals
from wordmend.evaluation.report_data import ARMS, Example, GuidingWords, Trail
from wordmend.evaluation.trail import comments_by_pair, cut, trail_row, trail_table
from wordmend.pairs.image_pair import ImagePair
from wordmend.pairs.library import PairLibrary
from wordmend.pairs.replay import PairRecipe
from wordmend.progress import progress
from wordmend.restorers.weights import Restorer
from wordmend.training.stages import restore_pairs


def measure_arms(
    pairs: PairLibrary,
    restorers: Mapping[str, Restorer],
    comments: pd.DataFrame,
    language: QualityLanguage,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure the inputs and what each restorer makes of them, whole and where comments were made.

    Args:
        pairs: of the test split.
        restorers: by arm (stage1, control, stage2).
        comments: the comments table.
        language: tells what a comment wishes for.

    Returns:
        The rows of `measure_images` of all arms, and those of `trail_table`.
    """
    said = comments_by_pair(comments, pairs.pair_ids)
    rows, trail = [], []
    measuring = _measured(pairs, restorers, ARMS)
    for pair, images, measured in progress(
        measuring, "measuring the test pictures", total=len(pairs), unit="pair"
    ):
        rows += [(pair.pair_id, arm, measured[arm]) for arm in ARMS]
        trail += [trail_row(pair, entry, images, measured, language) for entry in said.get(pair.pair_id, ())]
    rows.sort(key=lambda row: ARMS.index(row[1]))
    return metrics_table(rows), trail_table(trail)


def _measured(
    pairs: PairLibrary, restorers: Mapping[str, Restorer], arms: Sequence[str]
) -> Iterator[tuple[ImagePair, dict[str, FloatImage], dict[str, dict[str, float | None]]]]:
    """Every pair with its pictures, and the metrics of some arms, with what restorers leave of originals."""
    both = (restore_with_all(pairs, restorers, originals=originals) for originals in (False, True))
    for (pair, images), (_, of_originals) in zip(*both, strict=True):
        measured = {arm: measure_image(images[arm], pair.gt, pair.damage, pair.lq) for arm in arms}
        for arm in restorers:
            measured[arm]["kept"] = measure_kept(of_originals[arm], pair.gt)
        yield pair, images, measured


def restore_with_all(
    pairs: PairLibrary, restorers: Mapping[str, Restorer], originals: bool = False
) -> Iterator[tuple[ImagePair, dict[str, FloatImage]]]:
    """Every pair with its pictures by arm: the input, and what each restorer makes of it, or of the original.

    They come a few at a time.
    """
    restored = [restore_pairs(restorer, pairs, originals=originals) for restorer in restorers.values()]
    for pair, *found in zip(pairs, *restored, strict=True):  # strict: each goes on to its end
        images = (image for _, image in found)
        yield pair, {"lq": pair.lq, **dict(zip(restorers, images, strict=True))}


def metrics_of(per_image: pd.DataFrame, quality: Mapping[str, float | None]) -> dict[str, object]:
    """The contents of `metrics.json`: means of the arms, and the quality model's figures."""
    arms = {arm: summarize(per_image[per_image["arm"] == arm]) for arm in ARMS}
    return {"evaluation": arms, "quality": dict(quality)}


def named_defects(words: Mapping[str, Sequence[TargetText]]) -> pd.DataFrame:
    """Which dimensions somebody named on which pair (`pair_id`, `dimension`); the preset names nothing."""
    rows = [
        (pair_id, target.dimension)
        for pair_id, targets in words.items()
        for target in targets
        if target.source != "preset"
    ]
    return pd.DataFrame(rows, columns=["pair_id", "dimension"]).drop_duplicates(ignore_index=True)


def named_on(pairs: PairLibrary, words: pd.DataFrame) -> pd.DataFrame:
    """`named_defects` of some pairs, from the table of target texts."""
    return named_defects(table_to_targets(words[words["pair_id"].isin(pairs.pair_ids)]))


def measure_restorer(pairs: PairLibrary, restorer: Restorer, arm: str) -> pd.DataFrame:
    """The rows of `measure_images` of one more restorer."""
    measuring = _measured(pairs, {arm: restorer}, [arm])
    shown = progress(measuring, f"measuring the {arm}", total=len(pairs), unit="pair")
    return metrics_table((pair.pair_id, arm, measured[arm]) for pair, _, measured in shown)


def compare_with_champion(
    pairs: PairLibrary,
    champion: Restorer,
    arm: str,
    per_image: pd.DataFrame,
    words: pd.DataFrame,
    config: ReleaseConfig,
    seed: int,
) -> list[Goal]:
    """What must hold for an arm to take the place of the champion, by the same test pictures.

    Args:
        pairs: of the test split.
        champion: the restorer that is the champion until now.
        arm: whose place it may be.
        per_image: rows of `measure_images` of the arm.
        words: the table of target texts.
        config: the margins.
        seed: of the intervals.
    """
    both = pd.concat([per_image, measure_restorer(pairs, champion, "champion")], ignore_index=True)
    named = named_on(pairs, words)
    return protocol_goals(both, named, config, arm=arm, baseline="champion", seed=seed)


def choose_examples(
    pairs: PairLibrary,
    restorers: Mapping[str, Restorer],
    per_image: pd.DataFrame,
    words: Mapping[str, Sequence[TargetText]],
    count: int,
) -> tuple[Example, ...]:
    """The test pairs that gained and lost most, with their pictures and words."""
    chosen = pairs.select(select_examples(per_image, named_defects(words), count))
    return tuple(
        Example(
            pair_id=pair.pair_id,
            images={**images, "gt": pair.gt},
            words=tuple(_guiding(target) for target in words.get(pair.pair_id, ())),
            photo=pair.photo,
            recipe="a real pair"
            if pair.recipe is None
            else PairRecipe.from_json(pair.recipe).recipe().summary(),
        )
        for pair, images in restore_with_all(chosen, restorers)
    )


def show_trail(
    pairs: PairLibrary,
    restorers: Mapping[str, Restorer],
    comments: pd.DataFrame,
    visits: pd.DataFrame,
    count: int,
) -> Trail:
    """What the report shows of the trail, with pictures of the largest changes.

    Args:
        pairs: of the test split.
        restorers: by arm.
        comments: rows of `trail_table`.
        visits: what guided stage 2.
        count: at most so many comments with pictures.
    """
    largest = largest_changes(changes_of(comments), count)
    chosen = pairs.select(list(largest["pair_id"]))
    restored = {
        pair.pair_id: {**images, "gt": pair.gt} for pair, images in restore_with_all(chosen, restorers)
    }
    regions = {
        row["comment_id"]: {
            arm: cut(image, region_of(row)) for arm, image in restored[row["pair_id"]].items()
        }
        for row in largest.to_dict("records")
    }
    table = pairs.table
    photos = dict(zip(table["pair_id"].astype(str), table["photo"].astype(str), strict=True))
    return Trail(comments, photos, visits, regions)


def _guiding(target: TargetText) -> GuidingWords:
    region = target.region
    corners = None if region is None else (region.x, region.y, region.width, region.height)
    return GuidingWords(target.text, target.dimension, corners, target.source, target.comment_id)
