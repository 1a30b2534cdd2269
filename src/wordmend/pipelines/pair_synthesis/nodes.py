"""Nodes of pair_synthesis."""

from collections.abc import Iterator
from pathlib import Path

from wordmend.pairs.config import PairSynthesisConfig
from wordmend.pipelines.types import DataFrame, Image, ImagePair, PairLibrary


def make_pairs(
    photos_dir: str | None, config: PairSynthesisConfig, seed: int
) -> tuple[Iterator[ImagePair], DataFrame]:
    """Make pairs from photographs and real pairs, and list the files that could not be used."""
    from wordmend.pairs.making import make_all_pairs

    return make_all_pairs(None if photos_dir is None else Path(photos_dir), config, seed)


def draw_contact_sheet(pairs: PairLibrary, config: PairSynthesisConfig) -> Image:
    """Draw some pairs with their recipes, for people to look at."""
    from PIL import Image

    from wordmend.images.channels import to_bytes
    from wordmend.pairs.contact_sheet import contact_sheet

    step = max(1, len(pairs) // config.preview_pairs)
    shown = [pairs.read(pair_id) for pair_id in pairs.pair_ids[::step][: config.preview_pairs]]
    return Image.fromarray(to_bytes(contact_sheet(shown, columns=4)))
