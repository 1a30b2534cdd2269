"""Dividing photographs into train, validation and test."""

import hashlib
from collections.abc import Collection
from typing import Literal

from wordmend.errors import PhotosError
from wordmend.pairs.config import PairSynthesisConfig

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def assign_splits(photo_names: Collection[str], config: PairSynthesisConfig, seed: int) -> dict[str, Split]:
    """Give each photograph a split, by the shares of *photographs* in `config`; each split gets at least one.

    Photographs are ordered by a hash of seed and name. So the order in which they come doesn't matter, and
    one that is added or taken away moves few others.

    Args:
        photo_names: unique names.
        config: the shares.
        seed: another seed, another division.

    Returns:
        Split by name, in the order of the sorted names.

    Raises:
        PhotosError: fewer than three photographs.
    """
    count = len(photo_names)
    if count < len(SPLITS):
        raise PhotosError(
            f"{count} photographs can't be divided into train, validation and test: no photograph may be "
            "in two of them, so at least 3 are needed; add photographs, or set photos_dir to null"
        )
    test = max(1, round(config.test_share * count))
    validation = max(1, round(config.validation_share * count))
    while test + validation >= count:  # rounding up in small sets: train gets one photograph too
        test, validation = (test, validation - 1) if validation >= test else (test - 1, validation)
    ordered = sorted(photo_names, key=lambda name: _rank(name, seed))
    in_test, in_validation = set(ordered[:test]), set(ordered[test : test + validation])
    return {
        name: "test" if name in in_test else "validation" if name in in_validation else "train"
        for name in sorted(photo_names)
    }


def _rank(name: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{name}".encode()).digest()
