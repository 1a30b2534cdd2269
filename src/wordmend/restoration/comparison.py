"""A restored picture beside its input, as both stand on a page."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from wordmend.comments.entry import Region
from wordmend.errors import ImageError
from wordmend.images.picture import Picture
from wordmend.images.reading import DEFAULT_MAX_PIXELS, count_pictures, read_pictures
from wordmend.pages.pictures import LOSSLESS_SIDE
from wordmend.restoration.difference import Difference, measure_difference
from wordmend.restoration.preview import preview_url

_SIDE = 1000  # px of the longer side; larger pictures are scaled down


@dataclass(frozen=True)
class View:
    """Input and result, or the same part of both, as URLs."""

    before: str
    after: str


@dataclass(frozen=True)
class Comparison:
    """One picture of a file, before and after."""

    page: int
    """Which one, from 0."""
    bits: int
    """A channel: 8 or 16."""
    kind: str
    """In words: gray or in colour, with or without transparency."""
    difference: Difference
    """How far the result is from the input."""
    whole: View
    """Scaled down, if it is large."""
    place: Region
    """Where it changed most."""
    place_mean: float
    """How much there."""
    detail: View
    """That place, pixel by pixel and without loss."""


def compare_files(
    source: Path, target: Path, pages: Collection[int], max_pixels: int = DEFAULT_MAX_PIXELS
) -> Iterator[Comparison]:
    """Compare pictures of an input file with those of its result.

    Args:
        source: the input.
        target: the result.
        pages: which pictures, from 0.
        max_pixels: see `read_pictures`.

    Raises:
        ImageError: a file can't be read, or they have not as many pictures, or not of the same size.
    """

    def compared(page: int, before: Picture, after: Picture) -> Comparison | None:
        return _compare(page, before, after) if page in pages else None

    # no picture is kept here while the next one is read: it may be large
    found = map(compared, range(max(pages, default=-1) + 1), *_both(source, target, max_pixels))
    return (comparison for comparison in found if comparison is not None)


def mean_differences(source: Path, target: Path, max_pixels: int = DEFAULT_MAX_PIXELS) -> list[float]:
    """`Difference.mean` of each picture of an input file and its result.

    Raises:
        ImageError: as above.
    """

    def mean(before: Picture, after: Picture) -> float:
        return measure_difference(before, after).mean

    return list(map(mean, *_both(source, target, max_pixels)))


def _both(source: Path, target: Path, max_pixels: int) -> tuple[Iterator[Picture], Iterator[Picture]]:
    pages = count_pictures(source), count_pictures(target)
    if pages[0] != pages[1]:
        raise ImageError(f"the input has {pages[0]} pictures, the result {pages[1]}")
    return read_pictures(source, max_pixels=max_pixels), read_pictures(target, max_pixels=max_pixels)


def _compare(page: int, before: Picture, after: Picture) -> Comparison:
    difference = measure_difference(before, after)
    place, place_mean = difference.largest(LOSSLESS_SIDE)
    rows, columns = slice(place.y, place.y + place.height), slice(place.x, place.x + place.width)
    colours = "gray" if before.pixels.shape[2] == 1 else "colour"
    return Comparison(
        page=page,
        bits=8 * before.pixels.itemsize,
        kind=colours if before.alpha is None else f"{colours} with transparency",
        difference=difference,
        whole=View(preview_url(before, _SIDE), preview_url(after, _SIDE)),
        place=place,
        place_mean=place_mean,
        detail=View(
            preview_url(before.part(rows, columns), LOSSLESS_SIDE),
            preview_url(after.part(rows, columns), LOSSLESS_SIDE),
        ),
    )
