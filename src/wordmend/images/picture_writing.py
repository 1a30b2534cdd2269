"""Pictures into files that keep their depth, transparency and metadata, and are either whole or not there."""

import io
import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from wordmend.errors import ImageError
from wordmend.files import atomic_path
from wordmend.images.channels import Pixels
from wordmend.images.metadata import DESCRIPTIVE_TAGS, SUB_DIRECTORIES, XMP_TEXT
from wordmend.images.picture import Metadata, Picture

LOSSLESS = {"PNG": ".png", "TIFF": ".tif", "WEBP": ".webp"}
"""Formats that a picture keeps, and the suffix of their files; all others become PNG."""
_XMP_TAG, _INCH = 700, 2
_CLASSIC, _BIG = b"II*\0" + bytes(4), b"II+\0" + bytes(12)  # headers
_LARGE = 3_900_000_000  # bytes; offsets in TIFF have 32 bits


def write_pictures(path: Path, pictures: Iterable[Picture], count: int = 1) -> None:
    """Write PNG, TIFF (several pages, if there are more pictures than one) or lossless WebP, by the suffix.

    Args:
        path: ends in .png, .tif or .webp; folders are made.
        pictures: taken one by one; one at least, and for PNG and WebP just one.
        count: about how many they are: more than 4 GB need another kind of TIFF, which fewer programs read.

    Raises:
        ImageError: another suffix, or pictures that the format can't hold.
        WordmendError: the file can't be written.
    """
    suffix = path.suffix.lower()
    if suffix not in LOSSLESS.values():
        raise ImageError(f"{path}: pictures are written as {', '.join(LOSSLESS.values())}")
    with atomic_path(path) as temporary:
        if suffix == LOSSLESS["TIFF"]:
            _write_tiff(temporary, iter(pictures), count)
            return
        picture, *more = pictures
        if more:
            raise ImageError(f"{path}: {len(more) + 1} pictures in one file need {LOSSLESS['TIFF']}")
        if suffix == LOSSLESS["WEBP"] and (picture.levels > 255 or max(picture.pixels.shape[:2]) > 16383):
            raise ImageError(f"{path}: WebP holds 8 bits and 16383 pixels a side at most; write .png")
        if suffix == LOSSLESS["WEBP"]:
            _by_pillow(picture, temporary, "WEBP", lossless=True, exact=True)
        elif picture.levels == 255:
            _by_pillow(picture, temporary, "PNG")
        else:
            _write_16_bit_png(picture, temporary)


def _write_16_bit_png(picture: Picture, path: Path) -> None:
    """By OpenCV, as Pillow has no such pixels; which in turn has no metadata."""
    samples = _samples(picture)
    ordered = (
        samples[..., [2, 1, 0, *range(3, samples.shape[2])]] if samples.shape[2] >= 3 else samples
    )  # BGR
    encoded, data = cv2.imencode(".png", ordered)
    assert encoded, f"PNG encoder refused {ordered.shape} {ordered.dtype}"
    one_pixel = Picture(np.zeros((1, 1, picture.pixels.shape[2]), np.uint8), metadata=picture.metadata)
    telling = io.BytesIO()
    _by_pillow(one_pixel, telling, "PNG")
    path.write_bytes(_with_chunks(data.tobytes(), telling.getvalue()))


def _by_pillow(picture: Picture, file: Path | io.BytesIO, kind: str, **options: Any) -> None:
    metadata, samples = picture.metadata, _samples(picture)
    image = Image.fromarray(samples[..., 0] if samples.shape[2] == 1 else samples)
    told: dict[str, Any] = {"icc_profile": metadata.icc, "exif": metadata.exif, "dpi": metadata.dpi}
    if kind == "PNG":
        told["pnginfo"] = texts = PngInfo()
        for name, text in metadata.texts.items():
            texts.add_itxt(name, text)
        if metadata.xmp is not None:
            texts.add_itxt(XMP_TEXT, metadata.xmp.decode("utf-8", "replace"))
    else:
        told["xmp"] = metadata.xmp
    image.save(file, kind, **{name: value for name, value in told.items() if value is not None}, **options)


def _samples(picture: Picture) -> Pixels:
    """Pixels and alpha as `(H, W, C)`; 16-bit gray with alpha, which few programs read, as RGB with alpha."""
    if picture.alpha is None:
        return picture.pixels
    colours = picture.pixels
    if picture.levels > 255 and colours.shape[2] == 1:
        colours = colours.repeat(3, axis=2)
    return np.concatenate([colours, picture.alpha[..., np.newaxis]], axis=2)


def _with_chunks(png: bytes, telling: bytes) -> bytes:
    """A PNG file with what another tells about itself: all chunks but those of the pixels."""
    about = [chunk for kind, chunk in _chunks(telling) if kind not in (b"IHDR", b"IDAT", b"IEND")]
    header, *rest = [chunk for _, chunk in _chunks(png)]
    return b"".join([png[:8], header, *about, *rest])


def _chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and bytes of each chunk: length 4, kind 4, data, checksum 4 (PNG 5.3)."""
    chunks, place = [], 8
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        chunks.append((png[place + 4 : place + 8], png[place : place + length + 12]))
        place += length + 12
    return chunks


def _write_tiff(path: Path, pictures: Iterator[Picture], count: int) -> None:
    first = next(pictures)
    directories: list[dict[int, dict[int, Any]]] = []
    with tifffile.TiffWriter(path, byteorder="<", bigtiff=_samples(first).nbytes * count > _LARGE) as file:
        for picture in chain([first], pictures):
            samples, exif = _samples(picture), _exif(picture.metadata)
            directories.append({tag: exif[tag] for tag in SUB_DIRECTORIES if tag in exif})
            file.write(
                samples[..., 0] if samples.shape[2] == 1 else samples,
                photometric="minisblack" if samples.shape[2] <= 2 else "rgb",
                planarconfig="contig" if samples.shape[2] > 1 else None,
                extrasamples=None if picture.alpha is None else ["unassalpha"],
                compression="zlib",
                predictor=True,
                rowsperstrip=64,
                iccprofile=picture.metadata.icc,
                resolution=picture.metadata.dpi,
                resolutionunit=None if picture.metadata.dpi is None else _INCH,
                metadata=None,
                software=False,
                extratags=_extra_tags(picture.metadata, exif, directories[-1]),
            )
    _append_directories(path, directories)


def _exif(metadata: Metadata) -> Image.Exif:
    exif = Image.Exif()
    if metadata.exif is not None:
        exif.load(metadata.exif)
        for tag in SUB_DIRECTORIES:
            if tag in exif:
                exif[tag] = exif.get_ifd(tag)
    return exif


def _extra_tags(
    metadata: Metadata, exif: Image.Exif, directories: dict[int, dict[int, Any]]
) -> list[tuple[int, int, int, Any, bool]]:
    """Texts, XMP, places for the directories that follow: (tag, type, count, value, first page only)."""
    texts = {int(tag): str(exif[tag]).encode() + b"\0" for tag in DESCRIPTIVE_TAGS if tag in exif}
    tags: list[tuple[int, int, int, Any, bool]] = [
        (tag, 2, len(text), text, False) for tag, text in texts.items()
    ]
    if metadata.xmp is not None:
        tags.append((_XMP_TAG, 1, len(metadata.xmp), metadata.xmp, False))
    # tifffile writes no tags of directories: they are called otherwise until `_append_directories`
    return tags + [(tag - 1, 4, 1, 0, False) for tag in directories]


def _append_directories(path: Path, pages: Sequence[dict[int, dict[int, Any]]]) -> None:
    """Put the EXIF and GPS directories of each page at the end of the file, and say so in its place."""
    if not any(pages):
        return
    with tifffile.TiffFile(path, mode="r+") as file:
        for page, directories in zip(file.pages, pages, strict=True):
            assert isinstance(page, tifffile.TiffPage)
            for tag, entries in directories.items():
                directory = ImageFileDirectory_v2(_BIG if file.is_bigtiff else _CLASSIC, group=tag)
                for name, value in entries.items():
                    directory[name] = value
                end = file.filehandle.seek(0, 2)
                offset = end + end % 2
                file.filehandle.seek(offset)
                file.filehandle.write(directory.tobytes(offset))
                place = page.tags[tag - 1]
                place.overwrite(offset)
                file.filehandle.seek(place.offset)
                file.filehandle.write(struct.pack("<H", tag))
