"""Measured comments: the defects of an image against its ground truth, put into words."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wordmend.comments.entry import Dimension, Entry, Kind, Region, comment_id_of
from wordmend.comments.language import QualityLanguage
from wordmend.comments.measured_config import MeasuredConfig, Thresholds
from wordmend.defects.arrays import DamageMap, FloatArray, blurred
from wordmend.defects.maps import defect_maps
from wordmend.defects.measure import measure_defect, measure_defects
from wordmend.defects.regions import worst_window

MEASURED: tuple[Dimension, ...] = ("sharpness", "noise", "scratches", "missing_parts")
_TELLING_BLUR = 1.5  # pixels: a blur that anybody sees where there is something to see
_LOCAL: frozenset[Dimension] = frozenset({"scratches", "missing_parts"})  # never of the whole image


class Finding(NamedTuple):
    """What was measured clearly enough to be said."""

    dimension: Dimension
    defect: float | None
    """How large the defect is; None when there is none to speak of."""
    region: Region | None


class _Sample(NamedTuple):
    image: FloatArray
    gt: FloatArray
    damage: DamageMap | None


def measured_entries(
    *,
    sample_id: str,
    pair_id: str,
    kind: Kind,
    image: FloatArray,
    gt: FloatArray,
    damage: DamageMap | None,
    config: MeasuredConfig,
    language: QualityLanguage,
    rng: np.random.Generator,
) -> list[Entry]:
    """Say what is measured: a defect that is there, the lack of one, nothing in between.

    About each dimension there is at most one entry on the whole image and one on its worst region. The
    opposite is the other phrase of the pair. A share of the entries is a reverse evaluation: what is said is
    the opposite and `conforms` is 0. A `gt` is the measure of all: what is found is that nothing is wrong.
    Sharpness is not praised where blur could not be seen.

    Args:
        sample_id: the quality sample.
        pair_id: its pair.
        kind: what the image is; not `new`, which has nothing to be measured against.
        image: (H, W, C) float in [0, 1].
        gt: the same shape and range.
        damage: (H, W) uint8, 0 intact, 1 scratches, 2 missing parts; the image is praised for
            lacking the kinds that it doesn't hold. None when it isn't known: nothing is said of damage then.
        config: from where on and how.
        language: gives the phrases.
        rng: chooses the phrases; the same state gives the same entries.

    Raises:
        ImageError: when image, gt and damage don't fit each other.
    """
    sample = _Sample(image, gt, damage)
    found = [Finding(each, None, None) for each in MEASURED] if kind == "gt" else _findings(sample, config)
    found = [each for each in found if _can_be_told(each, gt, config)]
    height, width = image.shape[:2]
    entries = []
    for finding in found:
        phrases = language.lexicon.phrases
        pair = language.phrase_pairs(finding.dimension)
        subject = str(rng.choice(phrases.subjects))
        if finding.region is not None:
            subject = f"{language.place(finding.region, width, height)} area"
        chosen = pair[int(rng.integers(len(pair)))].filled(subject)
        defect = chosen.defect
        if finding.defect is not None and rng.random() < config.severity_share:
            severity = phrases.severities[_severity(finding.defect, _thresholds(config, finding.dimension))]
            defect = language.with_severity(defect, severity)
        said, other = (chosen.good, defect) if finding.defect is None else (defect, chosen.good)
        reverse = rng.random() < config.reversed_share
        text, opposite = (other, said) if reverse else (said, other)
        entries.append(
            Entry(
                comment_id=comment_id_of(
                    sample_id, text, finding.dimension, finding.region, source="measured"
                ),
                sample_id=sample_id,
                pair_id=pair_id,
                kind=kind,
                text=text,
                opposite=opposite,
                dimension=finding.dimension,
                region=finding.region,
                conforms=0 if reverse else 1,
                source="measured",
            )
        )
    return entries


def _can_be_told(finding: Finding, gt: FloatArray, config: MeasuredConfig) -> bool:
    """Whether a defect would have shown: a picture without edges looks the same sharp and blurred."""
    if finding.dimension != "sharpness" or finding.defect is not None:
        return True
    lost = measure_defect(blurred(gt, _TELLING_BLUR), gt, None, "sharpness")
    return lost is not None and lost >= config.sharpness.defect


def _findings(sample: _Sample, config: MeasuredConfig) -> list[Finding]:
    whole = measure_defects(*sample).as_dict()
    maps = defect_maps(*sample) if config.regions else {}
    found: list[Finding] = []
    for dimension in MEASURED:
        value = whole[dimension]
        if value is None:
            if sample.damage is not None:
                found.append(Finding(dimension, None, None))
            continue
        limits = _thresholds(config, dimension)
        # Noise in a part that was filled in is not a part that is missing.
        noise = whole["noise"] or 0.0 if dimension == "missing_parts" else 0.0
        least = limits.defect + noise
        local = _worst_region(sample, dimension, maps.get(dimension), config)
        if value >= least:
            found.append(Finding(dimension, value, None))
        elif value < limits.good and (local is None or local[1] < limits.defect):
            found.append(Finding(dimension, None, None))
        if local is not None:
            region, there = local
            worse = dimension in _LOCAL or there >= config.concentration * value
            if there >= least and worse:
                found.append(Finding(dimension, there, region))
    return found


def _worst_region(
    sample: _Sample, dimension: Dimension, local: npt.NDArray[np.float32] | None, config: MeasuredConfig
) -> tuple[Region, float] | None:
    """The place with most of a defect, and how large it is there: on the crop, as it will be judged."""
    height, width = (
        max(config.smallest_region, round(config.region_share * side)) for side in sample.image.shape[:2]
    )
    if local is None or not local.any() or height > local.shape[0] or width > local.shape[1]:
        return None
    x, y, _, _ = worst_window(local, width=width, height=height)
    inside = np.s_[y : y + height, x : x + width]
    damage = None if sample.damage is None else sample.damage[inside]
    there = measure_defect(sample.image[inside], sample.gt[inside], damage, dimension)
    return None if there is None else (Region(x, y, width, height), there)


def _thresholds(config: MeasuredConfig, dimension: Dimension) -> Thresholds:
    found = getattr(config, dimension)
    assert isinstance(found, Thresholds), dimension
    return found


def _severity(defect: float, limits: Thresholds) -> int:
    """0, 1 or 2 of the lexicon's three: from `defect`, from half the way (geometric mean), from `severe`."""
    return int(defect >= (limits.defect * limits.severe) ** 0.5) + int(defect >= limits.severe)
