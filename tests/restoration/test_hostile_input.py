"""A thousand damaged and hostile files: each is reported, nothing crashes, hangs, grows or gets out."""

import io
import os
import resource
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from tests.registry import quality_model, restorer
from wordmend.assessment.where_fault import Beside, in_use
from wordmend.restoration.config import RestoreConfig
from wordmend.restoration.folder import restore_folder
from wordmend.restoration.manifest import MANIFEST_NAME, Manifest
from wordmend.restoration.picture_restorer import PictureRestorer

COUNT = 1000
MOST_MEMORY = 1_500_000_000  # bytes that the whole of it may add
RNG = np.random.default_rng(20)
NOISE = RNG.integers(0, 256, (48, 64, 4)).astype(np.uint8)


def whole_files() -> dict[str, bytes]:
    """One file of each kind that is read."""
    files = {}
    rgb, rgba = Image.fromarray(NOISE[..., :3]), Image.fromarray(NOISE)
    exif = Image.Exif()
    exif[271], exif[0x0112], exif[0x8769] = "Maker", 6, {0x9003: "1943:05:01 12:00:00"}
    for suffix, image, options in (
        ("jpg", rgb, {"exif": exif.tobytes(), "icc_profile": bytes(300)}),
        ("jpg", rgb.convert("CMYK"), {}),
        ("png", rgba, {"exif": exif.tobytes()}),
        ("png", rgb.convert("P"), {}),
        ("tif", rgb, {"compression": "tiff_lzw"}),
        ("webp", rgb, {"exif": exif.tobytes()}),
        ("gif", rgb, {"save_all": True, "append_images": [rgba]}),
        ("bmp", rgb, {}),
    ):
        data = io.BytesIO()
        image.save(data, {"jpg": "jpeg", "tif": "tiff"}.get(suffix, suffix), **options)
        files[f"{len(files)}.{suffix}"] = data.getvalue()
    deep = NOISE.astype(np.uint16) * 257
    files[f"{len(files)}.png"] = cv2.imencode(".png", deep)[1].tobytes()
    data = io.BytesIO()
    with tifffile.TiffWriter(data) as tiff:
        for page in (deep[..., :3], NOISE[..., 0], NOISE):
            tiff.write(page, photometric="rgb" if page.ndim == 3 else "minisblack", compression="zlib")
    files[f"{len(files)}.tif"] = data.getvalue()
    return files


def bombs() -> Iterator[tuple[str, bytes]]:
    """Small files of enormous pictures."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    for depth in (8, 16):
        header = struct.pack(">IIBBBBB", 60_000, 60_000, depth, 2, 0, 0, 0)
        body = chunk(b"IDAT", zlib.compress(bytes(10_000_000)))
        yield f"bomb{depth}.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")
    text = chunk(b"zTXt", b"Title\0\0" + zlib.compress(bytes(300_000_000)))
    small = io.BytesIO()
    Image.new("RGB", (4, 4)).save(small, "PNG")
    yield "text.png", small.getvalue()[:33] + text + small.getvalue()[33:]
    for name, first in (("loop.tif", 8), ("far.tif", 2**31)):  # directories that lead to themselves, or away
        entries = struct.pack("<H", 1) + struct.pack("<HHII", 256, 4, 1, 9) + struct.pack("<I", 8)
        yield name, b"II*\0" + struct.pack("<I", first) + entries
    yield "wide.bmp", b"BM" + bytes(16) + struct.pack("<III", 40, 2**31 - 1, 2**31 - 1) + bytes(30)


def damaged(count: int) -> Iterator[tuple[str, bytes]]:
    """Bit flips, truncations, foreign ends and wrong suffixes, over all kinds in turn."""
    files = whole_files()
    names = list(files)
    for index in range(count):
        name = names[index % len(names)]
        data = bytearray(files[name])
        how = index // len(names) % 4
        if how == 0:
            for _ in range(int(RNG.integers(1, 30))):
                data[RNG.integers(len(data))] ^= 1 << int(RNG.integers(8))
        elif how == 1:
            del data[int(RNG.integers(1, len(data))) :]
        elif how == 2:  # within the first bytes, where sizes and offsets stand
            for _ in range(int(RNG.integers(1, 6))):
                data[RNG.integers(min(80, len(data)))] = int(RNG.integers(256))
        else:
            other = bytes(files[names[int(RNG.integers(len(names)))]])
            data[int(RNG.integers(len(data))) :] = other[int(RNG.integers(len(other))) :]
        suffix = Path(names[int(RNG.integers(len(names)))]).suffix if index % 5 == 0 else Path(name).suffix
        yield f"{index:04}{suffix}", bytes(data)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Pillow's, about what it finds
def test_a_thousand_hostile_files(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    (source / "sub").mkdir(parents=True)
    for name, data in [*bombs(), *damaged(COUNT)]:
        (source / name).write_bytes(data)
    secret = tmp_path / "secret.png"
    Image.new("RGB", (4, 4)).save(secret)
    (source / "away.png").symlink_to(secret)
    (source / "sub" / "up.png").symlink_to("../../secret.png")
    (source / "nowhere.png").symlink_to("gone.png")
    (source / "round").symlink_to(source)
    (source / "folder.png").mkdir()
    (source / "line\nbreak.png").write_bytes(secret.read_bytes())
    os.mkfifo(source / "pipe.jpg")
    Image.new("RGB", (40, 30), "teal").save(source / "good.png")
    there = sum(1 for path in source.rglob("*") if not path.is_dir())
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(output)}
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    config = RestoreConfig(device="cpu", tile=64, overlap=16, max_pixels=50_000_000)
    stage2 = in_use(restorer(0), Beside(restorer(1), quality_model()))  # as it is used by default
    report = restore_folder(PictureRestorer(stage2, config), source, output, config)

    assert len(report.done) + len(report.failed) == there
    assert output / "good.png" in report.done
    assert 100 < len(report.done) < COUNT  # some damage is none, as of texts
    assert all(str(reason) for _, reason in report.failed)
    failed = {path.name for path, _ in report.failed}
    assert {"bomb8.png", "bomb16.png", "loop.tif", "far.tif", "wide.bmp", "pipe.jpg"} <= failed
    assert {"away.png", "up.png", "nowhere.png", "line\nbreak.png"} <= failed
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(output)} == before
    made = {path for path in output.rglob("*") if path.is_file()}
    assert made == {*report.done, output / MANIFEST_NAME}
    Manifest.open(output / MANIFEST_NAME, source)
    for path in report.done[::10]:
        with Image.open(path) as image:
            image.load()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used) * 1024
    assert grown < MOST_MEMORY
