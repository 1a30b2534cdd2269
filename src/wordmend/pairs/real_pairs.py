"""Image pairs that somebody made for real: a degraded picture and its good counterpart in two files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from wordmend.errors import ImageError, PhotosError
from wordmend.files import sha256_of
from wordmend.images.channels import FloatImage, rounded_to_bytes
from wordmend.images.photos import list_pictures
from wordmend.images.reading import read_image
from wordmend.pairs.config import PairSynthesisConfig
from wordmend.pairs.image_pair import ImagePair, pair_slugs
from wordmend.pairs.splits import SPLITS, Split, assign_splits
from wordmend.progress import progress

# How many times smaller than `gt` a real `lq` may be: what super-resolution sets have.
MAX_UPSCALE = 8


@dataclass(frozen=True)
class RealPair:
    """Two files that fit together."""

    name: str
    """Path of the `gt` file relative to `gt/`."""
    lq_path: Path
    gt_path: Path
    sha256: str
    """Hash of the `gt` file, hexadecimal."""
    split: Split


@dataclass(frozen=True)
class RealPairScan:
    """What `find_real_pairs` found."""

    pairs: list[RealPair]
    """Usable pairs, sorted by name."""
    rejected: list[tuple[Path, str]]
    """Files that can't be used, each with the reason."""


def find_real_pairs(
    folder: Path, config: PairSynthesisConfig, seed: int, photo_splits: Mapping[str, Split] | None = None
) -> RealPairScan:
    """Find pictures of equal names (suffixes may differ) in and below `lq/` and `gt/`; each is read once.

    Splits are by photograph. Of one or two pairs all go to train, as they can't be divided.

    Args:
        folder: has `lq/` and `gt/`.
        config: set size, channels and shares.
        seed: for the splits.
        photo_splits: splits of photographs that are divided already, by SHA-256: a `gt` that is one of them
            stays in its split.

    Raises:
        PhotosError: a folder is missing, or no usable pair is left.
    """
    lq_files, lq_rejected = list_pictures(folder / "lq")
    gt_files, gt_rejected = list_pictures(folder / "gt")
    rejected = lq_rejected + gt_rejected
    lq_by_key, gt_by_key = _by_key(lq_files, rejected), _by_key(gt_files, rejected)
    rejected += [
        (lq_by_key[key][1], f"{lq_by_key[key][1]}: no picture of that name in gt/")
        for key in sorted(lq_by_key.keys() - gt_by_key.keys())
    ]
    rejected += [
        (gt_by_key[key][1], f"{gt_by_key[key][1]}: no picture of that name in lq/")
        for key in sorted(gt_by_key.keys() - lq_by_key.keys())
    ]
    usable: list[tuple[str, Path, Path, str]] = []
    for key in progress(sorted(lq_by_key.keys() & gt_by_key.keys()), "real pairs", unit="pair"):
        lq_path, (name, gt_path) = lq_by_key[key][1], gt_by_key[key]
        try:
            read_real_pair(lq_path, gt_path, config)
            usable.append((name, lq_path, gt_path, sha256_of(gt_path)))
        except (ImageError, OSError) as error:
            rejected.append((lq_path, str(error)))
    if not usable:
        first = f" (first: {rejected[0][1]})" if rejected else ""
        raise PhotosError(
            f"no usable real pair in {folder}: {len(rejected)} files rejected{first}; put pictures of equal "
            "names into lq/ and gt/, or set real_pairs_dir to null"
        )
    splits = _splits([(name, sha256) for name, _, _, sha256 in usable], config, seed, photo_splits or {})
    return RealPairScan([RealPair(*entry, splits[entry[0]]) for entry in usable], rejected)


def cut_real_pairs(pairs: Sequence[RealPair], config: PairSynthesisConfig) -> Iterator[ImagePair]:
    """Cut each real pair into up to `config.real_crops` image pairs of the set size, the same place in both.

    Crops lie on a grid and don't overlap; where there are more than wanted, they are spread over the picture.

    Raises:
        ImageError: a file can't be read any more.
    """
    slugs = pair_slugs([pair.name for pair in pairs])
    for pair in progress(pairs, "cutting real pairs", unit="pair"):
        lq, gt = read_real_pair(pair.lq_path, pair.gt_path, config)
        for index, (y, x) in enumerate(_grid(gt.shape[0], gt.shape[1], config)):
            window = np.s_[y : y + config.size, x : x + config.size]
            yield ImagePair(
                # Slugs hold no "-", so no synthesised pair is called like this.
                pair_id=f"real-{slugs[pair.name]}-{index:04d}",
                photo=f"real:{pair.name}",
                photo_sha256=pair.sha256,
                split=pair.split,
                lq=rounded_to_bytes(lq[window]),
                gt=rounded_to_bytes(gt[window]),
                damage=None,
                recipe=None,
                source="real",
            )


def read_real_pair(
    lq_path: Path, gt_path: Path, config: PairSynthesisConfig
) -> tuple[FloatImage, FloatImage]:
    """Read `lq` and `gt` (H, W, C) of one size; a smaller `lq` is scaled up (bicubic) by a whole number.

    Raises:
        ImageError: a file can't be read, is smaller than the set size, or the sizes don't fit together.
    """
    gt = read_image(gt_path, config.channel_count, min_side=config.size)
    lq = read_image(lq_path, config.channel_count)
    (height, width), (lq_height, lq_width) = gt.shape[:2], lq.shape[:2]
    factor = max(height // lq_height, 1)
    if (lq_height * factor, lq_width * factor) != (height, width) or factor > MAX_UPSCALE:
        raise ImageError(
            f"{lq_path}: {lq_width} x {lq_height} pixels don't fit the {width} x {height} of {gt_path}; "
            f"both must be of one size, or lq smaller by a whole number up to {MAX_UPSCALE}"
        )
    if factor > 1:
        scaled = cv2.resize(lq, (width, height), interpolation=cv2.INTER_CUBIC).reshape(gt.shape)
        lq = np.clip(scaled, 0.0, 1.0)
    return lq, gt


def _by_key(
    files: Sequence[tuple[str, Path]], rejected: list[tuple[Path, str]]
) -> dict[str, tuple[str, Path]]:
    """(name, path) by name without suffix; names that two files share are rejected."""
    by_key: dict[str, list[tuple[str, Path]]] = {}
    for name, path in files:
        by_key.setdefault(PurePosixPath(name).with_suffix("").as_posix(), []).append((name, path))
    for same in by_key.values():
        if len(same) > 1:
            names = " and ".join(name for name, _ in same)
            rejected += [(path, f"{path}: {names} have one name; keep one of them") for _, path in same]
    return {key: same[0] for key, same in by_key.items() if len(same) == 1}


def _splits(
    photos: Sequence[tuple[str, str]], config: PairSynthesisConfig, seed: int, known: Mapping[str, Split]
) -> dict[str, Split]:
    """Split by name, for photographs as (name, SHA-256); the same bytes under two names get one split."""
    first_name: dict[str, str] = {}
    for name, sha256 in photos:
        if sha256 not in known:
            first_name.setdefault(sha256, name)
    new = sorted(first_name.values())
    divided: dict[str, Split] = (
        assign_splits(new, config, seed) if len(new) >= len(SPLITS) else dict.fromkeys(new, "train")
    )
    return {name: known.get(sha256) or divided[first_name[sha256]] for name, sha256 in photos}


def _grid(height: int, width: int, config: PairSynthesisConfig) -> list[tuple[int, int]]:
    """Upper left corners (y, x) of the crops of one picture."""
    corners = [
        (y, x)
        for y in range(0, height - config.size + 1, config.size)
        for x in range(0, width - config.size + 1, config.size)
    ]
    if len(corners) <= config.real_crops:
        return corners
    chosen = np.linspace(0, len(corners) - 1, config.real_crops).round().astype(int)
    return [corners[index] for index in chosen]
