"""The arms of the comparison on the test split: inputs, stage 1, control and stage 2."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pandas as pd

from wordmend.comments.words import TargetText
from wordmend.evaluation.gains import select_examples
from wordmend.evaluation.metrics import DamageMap, FloatImage, measure_images, summarize
from wordmend.evaluation.report_data import ARMS, Example, GuidingWords
from wordmend.pairs.library import PairLibrary
from wordmend.pairs.replay import PairRecipe
from wordmend.progress import progress
from wordmend.restorers.weights import Restorer
from wordmend.training.stages import restore_pairs


def measure_arms(pairs: PairLibrary, restorers: Mapping[str, Restorer]) -> pd.DataFrame:
    """Measure the inputs and what each restorer makes of them; rows as `measure_images` gives them.

    Args:
        pairs: of the test split.
        restorers: by arm (stage1, control, stage2).
    """

    def images(arm: str) -> Iterator[tuple[str, FloatImage, FloatImage, DamageMap | None]]:
        inputs = ((pair.pair_id, pair.lq) for pair in pairs)
        found: Iterable[tuple[str, FloatImage]] = (
            inputs if arm == "lq" else restore_pairs(restorers[arm], pairs)
        )
        for pair_id, image in progress(found, f"measuring {arm}", total=len(pairs), unit="image"):
            pair = pairs.read(pair_id)
            yield pair_id, image, pair.gt, pair.damage

    return pd.concat([measure_images(arm, images(arm)) for arm in ARMS], ignore_index=True)


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


def choose_examples(
    pairs: PairLibrary,
    restorers: Mapping[str, Restorer],
    per_image: pd.DataFrame,
    words: Mapping[str, Sequence[TargetText]],
    count: int,
) -> tuple[Example, ...]:
    """The test pairs that gained and lost most, with their pictures and words."""
    chosen = pairs.select(select_examples(per_image, named_defects(words), count))
    pictures = {arm: dict(restore_pairs(restorer, chosen)) for arm, restorer in restorers.items()}
    return tuple(
        Example(
            pair_id=pair.pair_id,
            images={"lq": pair.lq, **{arm: pictures[arm][pair.pair_id] for arm in pictures}, "gt": pair.gt},
            words=tuple(_guiding(target) for target in words.get(pair.pair_id, ())),
            photo=pair.photo,
            recipe="a real pair"
            if pair.recipe is None
            else PairRecipe.from_json(pair.recipe).recipe().summary(),
        )
        for pair in chosen
    )


def _guiding(target: TargetText) -> GuidingWords:
    region = target.region
    corners = None if region is None else (region.x, region.y, region.width, region.height)
    return GuidingWords(target.text, target.dimension, corners, target.source)
