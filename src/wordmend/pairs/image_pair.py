"""One image pair, and the names pairs go by."""

import hashlib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from wordmend.images.channels import ByteImage, FloatImage
from wordmend.pairs.splits import Split

PairSource = Literal["synthesis", "real"]

SAMPLE = "sample:"
"""How the names of sample photographs begin beside a folder of one's own."""

_LONGEST_SLUG = 60


@dataclass(frozen=True, eq=False)
class ImagePair:
    """A low-quality image and its high-quality counterpart, with where they come from."""

    pair_id: str
    """Stable and unique, safe as a file name: `astronaut-0007`."""
    photo: str
    """Name of the photograph (`Photo.name`), after `SAMPLE` where it is none of one's own; of a real pair
    `real:` and the name of its `gt` file."""
    photo_sha256: str
    """Hash of the photograph's file, hexadecimal."""
    split: Split
    """Of the whole photograph."""
    lq: FloatImage
    """The low-quality image, (H, W, C) in [0, 1] in steps of 1/255."""
    gt: FloatImage
    """The high-quality image, of the same shape."""
    damage: ByteImage | None
    """Damage map (H, W): 0 intact, 1 scratches, 2 missing parts; None for real pairs."""
    recipe: str | None
    """JSON from which `replay_pair` makes the pair again; None for real pairs."""
    source: PairSource
    """Where `lq` comes from."""


def pair_slugs(photo_names: Collection[str]) -> dict[str, str]:
    """A short, unique, file-name-safe name for each photograph: the stem, or more where stems are equal.

    Slugs hold ASCII letters, digits and `_` only, and differ in more than case. A photograph's slug depends
    on its own name and on whether another has the same stem, nothing else.
    """
    plain = {name: _slug(name.rsplit("/", 1)[-1].rsplit(".", 1)[0]) for name in photo_names}
    times: dict[str, int] = {}
    for slug in plain.values():
        times[slug.casefold()] = times.get(slug.casefold(), 0) + 1
    # 64 bits of hash: equal slugs of different names don't happen, and the table refuses them if they do.
    return {
        name: slug
        if times[slug.casefold()] == 1
        else f"{slug}_{hashlib.sha256(name.encode()).hexdigest()[:16]}"
        for name, slug in plain.items()
    }


def _slug(stem: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "_", ascii_only).strip("_")[:_LONGEST_SLUG] or "photo"
