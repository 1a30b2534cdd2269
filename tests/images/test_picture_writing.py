"""What a file has is there again after it was read and written: pixels, depth, transparency, metadata."""

import io
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from wordmend.errors import ImageError
from wordmend.images.picture import Metadata, Picture
from wordmend.images.picture_writing import write_pictures
from wordmend.images.reading import read_pictures

RNG = np.random.default_rng(0)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><note>r\xc3\xa9sum\xc3\xa9</note></x:xmpmeta>'


def exif() -> Image.Exif:
    found = Image.Exif()
    found[271], found[315], found[306] = "Nikon", "Ren\u00e9e", "1999:12:31 23:59:59"
    found[0x8769] = {0x9003: "1943:05:01 12:00:00", 0x829A: 0.125, 0x927C: b"maker's own\0\1\2"}
    found[0x8825] = {1: "N", 2: (48.0, 51.0, 29.5)}
    return found


METADATA = Metadata(PROFILE, exif().tobytes(), XMP, (600.0, 300.0))


def sample(channels: int, depth: int, alpha: bool, metadata: Metadata = METADATA) -> Picture:
    kind = np.uint8 if depth == 8 else np.uint16
    pixels = RNG.integers(0, 2**depth, (70, 50, channels)).astype(kind)
    over = RNG.integers(0, 2**depth, (70, 50)).astype(kind) if alpha else None
    return Picture(pixels, over, metadata)


def back(path: Path) -> Picture:
    (picture,) = read_pictures(path)
    return picture


@pytest.mark.parametrize(
    ("suffix", "channels", "depth"),
    [*((suffix, channels, depth) for suffix in (".png", ".tif") for channels in (1, 3) for depth in (8, 16)),
     (".webp", 3, 8)],
)  # fmt: skip
@pytest.mark.parametrize("alpha", [False, True])
def test_everything_is_there_again(tmp_path: Path, suffix: str, channels: int, depth: int, alpha: bool):
    written = sample(channels, depth, alpha)
    write_pictures(tmp_path / f"a{suffix}", [written])
    found = back(tmp_path / f"a{suffix}")
    np.testing.assert_array_equal(colours(found, channels), written.pixels)
    assert found.pixels.dtype == written.pixels.dtype
    if alpha:
        np.testing.assert_array_equal(found.alpha, written.alpha)
    else:
        assert found.alpha is None
    assert found.metadata.icc == PROFILE
    assert found.metadata.xmp == XMP
    assert found.changes == ()
    assert found.metadata.dpi == (pytest.approx((600, 300), abs=0.02) if suffix != ".webp" else None)
    assert told(found) == told(written)


def colours(picture: Picture, channels: int) -> np.ndarray:
    """Gray with alpha and 16 bits is written as RGB."""
    assert (picture.pixels == picture.pixels[..., :1]).all() or channels == 3
    return picture.pixels[..., :channels]


def told(picture: Picture) -> dict[str, object]:
    found = Image.Exif()
    found.load(picture.metadata.exif)
    names = {tag: str(value) for tag, value in found.items() if not isinstance(value, (int, dict))}
    taken, place = found.get_ifd(0x8769), found.get_ifd(0x8825)
    return {
        "names": names,
        "taken": (taken[0x9003], float(taken[0x829A]), bytes(taken[0x927C])),
        "place": (place[1], [float(part) for part in place[2]]),
    }


def test_pages_keep_their_order_depth_and_metadata(tmp_path: Path):
    pages = [
        sample(3, 16, False),
        sample(1, 8, True, Metadata(dpi=(72.0, 72.0))),
        sample(3, 8, False, Metadata(exif=exif().tobytes())),
    ]
    write_pictures(tmp_path / "a.tif", iter(pages))
    found = list(read_pictures(tmp_path / "a.tif"))
    assert len(found) == 3
    for page, written in zip(found, pages, strict=True):
        np.testing.assert_array_equal(page.pixels, written.pixels)
        assert (page.alpha is None) == (written.alpha is None)
    assert [page.metadata.dpi for page in found] == [(600, 300), (72, 72), None]
    assert told(found[2]) == told(pages[2])
    assert found[1].metadata.exif is None
    assert [page.shape for page in tifffile.TiffFile(tmp_path / "a.tif").pages] == [
        (70, 50, 3), (70, 50, 2), (70, 50, 3)
    ]  # fmt: skip


def test_texts_of_png(tmp_path: Path):
    texts = PngInfo()
    texts.add_text("Title", "At the beach")
    texts.add_itxt("Author", "Ren\u00e9e")
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png", pnginfo=texts)
    write_pictures(tmp_path / "b.png", [back(tmp_path / "a.png")])
    assert Image.open(tmp_path / "b.png").text == {"Title": "At the beach", "Author": "Ren\u00e9e"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
def test_turned_pictures_stand_upright_and_say_so_no_more(tmp_path: Path, orientation: int, suffix: str):
    about = exif()
    about[0x0112] = orientation
    ramp = np.linspace(0, 255, 48).reshape(6, 8).astype(np.uint8)
    options = {"webp": {"lossless": True}}.get(suffix, {})
    Image.fromarray(ramp).convert("RGB").save(tmp_path / f"a.{suffix}", exif=about.tobytes(), **options)
    picture = back(tmp_path / f"a.{suffix}")
    target = tmp_path / f"b.{'png' if suffix == 'jpg' else suffix}"
    write_pictures(target, [picture])
    assert Image.open(target).getexif().get(0x0112, 1) == 1
    assert Image.open(target).size == ((8, 6) if orientation < 5 else (6, 8))
    assert told(back(target))["place"] == ("N", [48.0, 51.0, 29.5])


def test_the_thumbnail_of_what_the_picture_was_is_gone(tmp_path: Path):
    thumbnail = io.BytesIO()
    Image.new("RGB", (16, 12), "red").save(thumbnail, "JPEG")
    data = bytearray(exif().tobytes())
    # a second directory, with where the thumbnail is, at the end; the first one's last 4 bytes point to it
    count = int.from_bytes(data[14:16], "big" if data[6:8] == b"MM" else "little")
    order = "big" if data[6:8] == b"MM" else "little"
    link = 16 + 12 * count
    start = len(data) - 6
    data[link : link + 4] = start.to_bytes(4, order)
    entries = [(0x0201, start + 2 + 24 + 4), (0x0202, len(thumbnail.getvalue()))]
    data += (2).to_bytes(2, order)
    for tag, value in entries:
        data += (
            tag.to_bytes(2, order)
            + (4).to_bytes(2, order)
            + (1).to_bytes(4, order)
            + value.to_bytes(4, order)
        )
    data += bytes(4) + thumbnail.getvalue()
    Image.new("RGB", (64, 48)).save(tmp_path / "a.jpg", exif=bytes(data))
    assert thumbnail.getvalue() in (tmp_path / "a.jpg").read_bytes()
    write_pictures(tmp_path / "b.png", [back(tmp_path / "a.jpg")])
    assert thumbnail.getvalue() not in (tmp_path / "b.png").read_bytes()
    assert told(back(tmp_path / "b.png"))["names"]


@pytest.mark.parametrize(
    ("mode", "suffix", "change"),
    [
        ("CMYK", "jpg", "CMYK became RGB"),
        ("P", "png", "a palette became RGB"),
        ("1", "tif", "black and white became gray"),
        ("LAB", "tif", "Lab became RGB"),
        ("L", "jpg", None),
        ("RGB", "jpg", None),
    ],
)
def test_what_is_converted_is_said(tmp_path: Path, mode: str, suffix: str, change: str | None):
    image = Image.new(mode, (8, 6)) if mode == "LAB" else Image.new("RGB", (8, 6)).convert(mode)
    image.save(tmp_path / f"a.{suffix}")
    assert back(tmp_path / f"a.{suffix}").changes == (() if change is None else (change,))


def test_a_profile_of_cmyk_is_applied_and_not_kept(tmp_path: Path):
    Image.new("CMYK", (8, 6), (0, 0, 0, 255)).save(tmp_path / "a.jpg", icc_profile=PROFILE)  # of another kind
    picture = back(tmp_path / "a.jpg")
    assert picture.metadata.icc is None
    assert picture.changes == ("CMYK became RGB",)
    assert picture.pixels.max() <= 2


def test_of_animations_the_first_frame_is_said_to_be_taken(tmp_path: Path):
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], lossless=True)
    assert back(tmp_path / "a.webp").changes == ("the first of 3 frames was taken",)


def test_damaged_exif_is_left_out_and_said(tmp_path: Path):
    Image.new("RGB", (8, 6)).save(tmp_path / "a.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(40))
    picture = back(tmp_path / "a.jpg")
    assert picture.pixels.shape == (6, 8, 3)


def test_what_a_format_can_not_hold_is_refused(tmp_path: Path):
    with pytest.raises(ImageError, match=r"a\.webp: WebP holds 8 bits"):
        write_pictures(tmp_path / "a.webp", [sample(3, 16, False)])
    with pytest.raises(ImageError, match=r"a\.png: 2 pictures in one file need \.tif"):
        write_pictures(tmp_path / "a.png", [sample(3, 8, False)] * 2)
    with pytest.raises(ImageError, match=r"a\.jpg: pictures are written as \.png, \.tif, \.webp"):
        write_pictures(tmp_path / "a.jpg", [sample(3, 8, False)])
    assert list(tmp_path.iterdir()) == []


def test_more_than_4_gb_of_pages_become_big_tiff(tmp_path: Path):
    write_pictures(tmp_path / "a.tif", [sample(3, 8, False)], count=10**6)
    assert tifffile.TiffFile(tmp_path / "a.tif").is_bigtiff
    assert told(back(tmp_path / "a.tif"))["taken"][1] == 0.125


def test_16_bit_png_is_read_by_others(tmp_path: Path):
    written = sample(3, 16, True)
    write_pictures(tmp_path / "a.png", [written])
    others = cv2.imread(str(tmp_path / "a.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(others[..., [2, 1, 0]], written.pixels)
    assert Image.open(tmp_path / "a.png").info["icc_profile"] == PROFILE
    assert Fraction(1, 8) == Fraction(told(back(tmp_path / "a.png"))["taken"][1])
