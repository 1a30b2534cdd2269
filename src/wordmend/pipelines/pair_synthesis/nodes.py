"""Nodes of pair_synthesis."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from wordmend.pairs.config import PairSynthesisConfig

if TYPE_CHECKING:
    from PIL.Image import Image

    from wordmend.pairs.image_pair import ImagePair
    from wordmend.pairs.library import PairLibrary


def make_pairs(photos_dir: str | None, config: PairSynthesisConfig, seed: int) -> "Iterator[ImagePair]":
    """Synthesize pairs from photographs and add real ones, as they are written."""
    from wordmend.images.photos import find_photos
    from wordmend.pairs.synthesis import synthesize_pairs

    photos = find_photos(None if photos_dir is None else Path(photos_dir), min_side=config.size)
    return synthesize_pairs(photos.photos, config, seed)


def draw_contact_sheet(pairs: "PairLibrary", config: PairSynthesisConfig) -> "Image":
    """Draw some pairs with their recipes."""
    from wordmend.pairs.contact_sheet import contact_sheet

    raise NotImplementedError
