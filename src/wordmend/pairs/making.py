"""All pairs of a run, synthesised and real, and the files that could not be used."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pandas as pd

from wordmend.errors import PhotosError
from wordmend.images.photos import Photo, find_photos
from wordmend.pairs.config import PairSynthesisConfig
from wordmend.pairs.image_pair import SAMPLE, ImagePair
from wordmend.pairs.real_pairs import cut_real_pairs, find_real_pairs
from wordmend.pairs.splits import assign_splits
from wordmend.pairs.synthesis import synthesize_pairs

logger = logging.getLogger(__name__)

REJECTED_COLUMNS = ["file", "reason"]


def make_all_pairs(
    photos_dir: Path | None, config: PairSynthesisConfig, seed: int
) -> tuple[Iterator[ImagePair], pd.DataFrame]:
    """Find photographs and real pairs, and make image pairs of them, each when it is taken.

    Args:
        photos_dir: a folder with photographs; None: the sample photographs, which otherwise come beside them
            where `config.sample_photo_pairs` says so.
        config: sizes, shares, degradations, and where real pairs lie.
        seed: where all randomness comes from.

    Returns:
        The pairs, and a table (`file`, `reason`) of the files that could not be used.

    Raises:
        PhotosError: nothing usable was found.
    """
    scan = find_photos(photos_dir, min_side=config.size)
    sample_photos = [] if photos_dir is None else _sample_photos_beside(scan.photos, config)
    pairs = synthesize_pairs(scan.photos, config, seed, sample_photos)
    rejected = list(scan.rejected)
    if config.real_pairs_dir is not None:
        split_of = assign_splits([photo.name for photo in scan.photos], config, seed)
        known = {photo.sha256: split_of[photo.name] for photo in scan.photos}
        known |= {photo.sha256: "train" for photo in sample_photos}
        real = find_real_pairs(Path(config.real_pairs_dir), config, seed, known)
        pairs = chain(pairs, cut_real_pairs(real.pairs, config))
        rejected += real.rejected
    for _, reason in rejected:
        logger.warning("not used: %s", reason)
    rows = [(str(path), reason) for path, reason in rejected]
    return pairs, pd.DataFrame(rows, columns=REJECTED_COLUMNS)


def _sample_photos_beside(photos: Sequence[Photo], config: PairSynthesisConfig) -> list[Photo]:
    """The sample photographs that are large enough and not among one's own, by names of their own."""
    if config.sample_photo_pairs == 0:
        return []
    try:
        found = find_photos(None, min_side=config.size).photos
    except PhotosError as error:
        logger.warning("no pairs of sample photographs: %s", error)
        return []
    own = {photo.sha256 for photo in photos}
    return [replace(photo, name=SAMPLE + photo.name) for photo in found if photo.sha256 not in own]
