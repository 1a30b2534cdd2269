"""Finding photographs: a folder of one's own, or the samples that come with the dependencies."""

import importlib.util
import os
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from wordmend.errors import ImageError, PhotosError
from wordmend.files import sha256_of
from wordmend.images.reading import DEFAULT_MAX_PIXELS, read_image
from wordmend.progress import progress

SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".bmp", ".gif"})

# Photographs inside the installed wheels: those in colour, and black and white ones of textures, without
# which a restorer learns to take fine structure for scratches and noise. The right half of the motorcycle
# stereo pair shows the same scene as the left one and is left out, so that no scene is in two splits.
SAMPLE_PHOTOGRAPHS = (
    ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
    ("skimage", "data/astronaut.png"),
    ("skimage", "data/brick.png"),
    ("skimage", "data/camera.png"),
    ("skimage", "data/chelsea.png"),
    ("skimage", "data/coffee.png"),
    ("skimage", "data/coins.png"),
    ("skimage", "data/grass.png"),
    ("skimage", "data/gravel.png"),
    ("skimage", "data/hubble_deep_field.jpg"),
    ("skimage", "data/ihc.png"),
    ("skimage", "data/motorcycle_left.png"),
    ("skimage", "data/retina.jpg"),
    ("skimage", "data/rocket.jpg"),
    ("sklearn", "datasets/images/china.jpg"),
    ("sklearn", "datasets/images/flower.jpg"),
)


@dataclass(frozen=True)
class Photo:
    """A photograph that was decoded once and found whole."""

    name: str
    """Path relative to its folder, with "/", unique within a scan: `holiday/beach.jpg`."""
    path: Path
    """Where the file is."""
    sha256: str
    """Hash of the file's bytes, hexadecimal."""


@dataclass(frozen=True)
class PhotoScan:
    """What `find_photos` found."""

    photos: list[Photo]
    """Usable photographs, sorted by name."""
    rejected: list[tuple[Path, str]]
    """Files that look like photographs and can't be used, each with the reason."""


def find_photos(
    folder: Path | None, min_side: int = 1, *, max_pixels: int = DEFAULT_MAX_PIXELS, threads: int = 4
) -> PhotoScan:
    """Find the photographs in a folder and below it, and decode each one to see that it is whole.

    Hidden files and folders and linked folders are passed over. A link that leaves the folder is rejected, as
    is a file of the same bytes as an earlier one: it could come into two splits.

    Args:
        folder: where to look; None for the sample photographs.
        min_side: smallest side in pixels of a usable photograph.
        max_pixels: largest number of pixels of a usable photograph.
        threads: how many files are decoded at the same time; each holds a whole picture in memory.

    Raises:
        PhotosError: the folder doesn't exist, or no usable photograph is in it.
    """
    rejected: list[tuple[Path, str]] = []
    if folder is None:
        candidates = _sample_files()
    else:
        candidates, rejected = list_pictures(folder)
    photos: list[Photo] = []
    first_name: dict[str, str] = {}
    with ThreadPoolExecutor(threads) as executor:
        names, paths = [name for name, _ in candidates], [path for _, path in candidates]
        checks = executor.map(lambda name, path: _check(name, path, min_side, max_pixels), names, paths)
        for checked, (name, path) in zip(
            progress(checks, "photographs", len(candidates)), candidates, strict=True
        ):
            if isinstance(checked, str):
                rejected.append((path, checked))
            elif checked.sha256 in first_name:
                rejected.append((path, f"{path}: the same file as {first_name[checked.sha256]}"))
            else:
                first_name[checked.sha256] = name
                photos.append(checked)
    if not photos:
        raise PhotosError(_nothing_usable(folder, rejected))
    return PhotoScan(photos, rejected)


def list_photographs(folder: Path | None) -> list[tuple[str, Path]]:
    """The files that may be photographs, as (name, path) sorted by name; None: the sample photographs.

    Raises:
        PhotosError: the folder doesn't exist or is a file.
    """
    return _sample_files() if folder is None else list_pictures(folder)[0]


def list_pictures(
    folder: Path, suffixes: Collection[str] = SUFFIXES
) -> tuple[list[tuple[str, Path]], list[tuple[Path, str]]]:
    """Files in and below a folder with such suffixes, as (name, path) sorted by name; and rejected ones.

    Nothing is decoded. Hidden files and folders and linked folders are passed over; links that leave the
    folder and names that can't be printed are rejected.

    Raises:
        PhotosError: the folder doesn't exist or is a file.
    """
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        raise PhotosError(
            f"the folder of photographs {folder} {what}; give the path of a folder with pictures"
        )
    root = folder.resolve()
    found: list[tuple[str, Path]] = []
    rejected: list[tuple[Path, str]] = []
    for path in _walk(folder, suffixes):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            rejected.append((path, f"{path}: a link that leaves the folder; copy the file"))
        elif not name.isprintable():  # holds for undecodable bytes too, which no table can store
            rejected.append(
                (path, f"{path!r}: the name has characters that can't be printed; rename the file")
            )
        else:
            found.append((name, path))
    return sorted(found), rejected


def given_pictures(
    path: Path, suffixes: Collection[str] = SUFFIXES
) -> tuple[list[tuple[str, Path]], list[tuple[Path, str]]]:
    """The pictures that a person names by a file or a folder, as `list_pictures` gives them.

    Raises:
        PhotosError: there is nothing at `path`, or no picture in the folder.
    """
    if path.is_file():
        return [(path.name, path)], []
    files, rejected = list_pictures(path, suffixes)
    if not files:
        first = f" ({len(rejected)} files rejected, first: {rejected[0][1]})" if rejected else ""
        raise PhotosError(f"no pictures in {path}{first}; give a picture, or a folder with pictures")
    return files, rejected


def _walk(folder: Path, suffixes: Collection[str]) -> Iterable[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in suffixes:
                yield Path(parent) / name


def _sample_files() -> list[tuple[str, Path]]:
    """Sample photographs as (name, path), found without importing the packages, which would take a second."""
    files = []
    for package, relative in SAMPLE_PHOTOGRAPHS:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.submodule_search_locations:
            path = Path(spec.submodule_search_locations[0]) / relative
            files.append((path.name, path))
    return sorted(files)


def _check(name: str, path: Path, min_side: int, max_pixels: int) -> Photo | str:
    """The photograph, or the reason why it can't be used."""
    try:
        read_image(path, min_side=min_side, max_pixels=max_pixels)
        return Photo(name, path, sha256_of(path))
    except (ImageError, OSError, MemoryError) as error:
        return str(error) or f"{path}: {type(error).__name__}"


def _nothing_usable(folder: Path | None, rejected: list[tuple[Path, str]]) -> str:
    where = "the sample photographs" if folder is None else str(folder)
    first = f" (first: {rejected[0][1]})" if rejected else ""
    way_out = (
        "reinstall scikit-image and scikit-learn, or set photos_dir"
        if folder is None
        else f"put photographs ({', '.join(sorted(SUFFIXES))}) there, or set photos_dir to null"
    )
    return f"no usable photograph in {where}: {len(rejected)} files rejected{first}; {way_out}"
