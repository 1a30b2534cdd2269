"""Image pairs from photographs: a crop is `gt`, and `lq` is what a recipe makes of it.

Each pair has random numbers of its own, drawn from (seed, photograph, index). So neither the number of
processes nor the other photographs change it.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from wordmend.degradations.recipe import apply_recipe, sample_recipe
from wordmend.errors import ParameterError
from wordmend.images.channels import FloatImage
from wordmend.images.photos import Photo
from wordmend.images.reading import read_image
from wordmend.pairs.config import PairSynthesisConfig
from wordmend.pairs.crops import draw_crop
from wordmend.pairs.image_pair import ImagePair, pair_slugs
from wordmend.pairs.print_tones import sample_print_tones
from wordmend.pairs.replay import PairRecipe, check_unchanged
from wordmend.pairs.splits import Split, assign_splits
from wordmend.processes import map_in_processes, usable_cores
from wordmend.progress import progress

# Pairs of one photograph that one process makes in one go: enough to make up for decoding the photograph,
# few enough for the work to spread over the processes, and of large images few enough to wait in memory.
CHUNK = 20
PIXELS_PER_CHUNK = 5_000_000

# Starting a process takes some seconds, in which one makes pairs of about 5 million pixels.
PIXELS_PER_PROCESS = 20_000_000


@dataclass(frozen=True)
class _Chunk:
    """Pairs of one photograph, made by one process."""

    photo: Photo
    slug: str
    split: Split
    indices: range
    config: PairSynthesisConfig
    seed: int


def synthesize_pairs(
    photos: Sequence[Photo], config: PairSynthesisConfig, seed: int, sample_photos: Sequence[Photo] = ()
) -> Iterator[ImagePair]:
    """Make `config.pairs` pairs, spread evenly over the photographs and in their order.

    Those of the test give `config.test_pairs` instead, where that is set; the others stay the same.

    Made while they are taken: at most a few chunks wait in memory. Images are rounded to 8 bit, so that they
    are equal to what is read back from files. With more than one process, a script that calls this needs the
    usual `if __name__ == "__main__":`.

    Args:
        photos: photographs with unique names, both sides at least `config.size`.
        config: sizes, shares, degradations.
        seed: at least 0; all randomness comes from it and the photographs' names.
        sample_photos: others, of other names, of which `config.sample_photo_pairs` follow, all to train on.

    Raises:
        ParameterError: fewer pairs than photographs, or of the test fewer than it has; or a negative seed.
        PhotosError: fewer than three photographs.
        ImageError: a photograph can't be read any more, has changed or is too small.
        WordmendError: a process was killed.
    """
    if seed < 0:
        raise ParameterError(f"seed={seed} must be at least 0")
    _check_enough("pairs", config.pairs, len(photos), "photographs")
    chunks = _chunks(photos, config, seed, sample_photos)
    count = sum(len(chunk.indices) for chunk in chunks)
    workers = config.workers or _useful_workers(count, config.size)
    made = map_in_processes(_make_chunk, chunks, workers, "make pairs")
    pairs = (pair for chunk in made for pair in chunk)
    return progress(pairs, "pairs", total=count, unit="pair")


def _chunks(
    photos: Sequence[Photo], config: PairSynthesisConfig, seed: int, sample_photos: Sequence[Photo] = ()
) -> list[_Chunk]:
    splits = assign_splits([photo.name for photo in photos], config, seed)
    splits |= {photo.name: "train" for photo in sample_photos}
    slugs = pair_slugs(splits)
    tested = [photo for photo in photos if splits[photo.name] == "test"]
    counts = _spread(config.pairs, photos)
    if config.test_pairs is not None:
        _check_enough("test_pairs", config.test_pairs, len(tested), "photographs of the test")
        counts |= _spread(config.test_pairs, tested)
    counts |= _spread(config.sample_photo_pairs, sample_photos)
    chunk = max(1, min(CHUNK, PIXELS_PER_CHUNK // config.size**2))
    return [
        _Chunk(
            photo,
            slugs[photo.name],
            splits[photo.name],
            range(start, min(start + chunk, counts[photo.name])),
            config,
            seed,
        )
        for photo in (*photos, *sample_photos)
        for start in range(0, counts[photo.name], chunk)
    ]


def _check_enough(name: str, pairs: int, least: int, photographs: str) -> None:
    if pairs < least:
        raise ParameterError(
            f"{name}={pairs} is fewer than the {least} {photographs}, so some would not be used; "
            f"set {name} to {least} or more"
        )


def _spread(pairs: int, photos: Sequence[Photo]) -> dict[str, int]:
    """How many pairs each photograph gives: the first ones one more, where it doesn't come out even."""
    each, more = divmod(pairs, max(1, len(photos)))
    return {photo.name: each + (position < more) for position, photo in enumerate(photos)}


def _useful_workers(pairs: int, size: int) -> int:
    """As many processes as there are cores and enough work for."""
    return max(1, min(usable_cores(), pairs * size**2 // PIXELS_PER_PROCESS))


def _make_chunk(chunk: _Chunk) -> list[ImagePair]:
    config = chunk.config
    check_unchanged(chunk.photo.path, chunk.photo.sha256)
    photo = read_image(chunk.photo.path, config.channel_count, min_side=config.size)
    return [_make_pair(chunk, photo, index) for index in chunk.indices]


def _make_pair(chunk: _Chunk, photo: FloatImage, index: int) -> ImagePair:
    config = chunk.config
    photo_key = int.from_bytes(hashlib.sha256(chunk.photo.name.encode()).digest()[:8])
    rng = np.random.default_rng([chunk.seed, photo_key, index])
    tones = sample_print_tones(rng, config.print_tones, config.channel_count)
    crop, gt = draw_crop(rng, photo, config, tones)
    recipe = sample_recipe(rng, config.size, config.size, config.degradations)
    degraded = apply_recipe(gt, recipe)
    steps = PairRecipe(
        crop=crop,
        size=config.size,
        channels=config.channel_count,
        tones=tones,
        degradations=json.loads(recipe.to_json()),
    )
    return ImagePair(
        pair_id=f"{chunk.slug}-{index:04d}",
        photo=chunk.photo.name,
        photo_sha256=chunk.photo.sha256,
        split=chunk.split,
        lq=degraded.lq,
        gt=gt,
        damage=degraded.damage,
        recipe=steps.to_json(),
        source="synthesis",
    )
