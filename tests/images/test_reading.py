import io
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from wordmend.errors import ImageError
from wordmend.images.reading import read_image

RGB = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)
DEEP = (np.arange(6 * 8).reshape(6, 8) * 1365).astype(np.uint16)


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)
    return path


@pytest.mark.parametrize("suffix", ["png", "tiff", "bmp", "webp", "gif", "jpg"])
def test_every_format_gives_float_rgb(tmp_path: Path, suffix: str) -> None:
    flat = np.full((6, 8, 3), (200, 100, 50), dtype=np.uint8)
    options = {"webp": {"lossless": True}, "jpg": {"quality": 100, "subsampling": 0}}.get(suffix, {})
    image = read_image(saved(tmp_path / f"a.{suffix}", Image.fromarray(flat), **options))
    assert image.shape == (6, 8, 3)
    assert image.dtype == np.float32
    assert image.flags.c_contiguous
    assert np.abs(image * 255 - flat).max() <= 2


def test_8_bit_values_are_exact(tmp_path: Path) -> None:
    image = read_image(saved(tmp_path / "a.png", Image.fromarray(RGB)))
    np.testing.assert_array_equal(image, RGB.astype(np.float32) / np.float32(255))


def test_gray_of_rgb_is_luma_and_rgb_of_gray_is_repeated(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.fromarray(RGB))
    expected = RGB.astype(np.float64) @ [0.299, 0.587, 0.114] / 255
    np.testing.assert_allclose(read_image(path, 1)[..., 0], expected, atol=1e-6)
    gray = read_image(saved(tmp_path / "g.png", Image.fromarray(RGB[..., 0])), 3)
    np.testing.assert_array_equal(gray[..., 0], gray[..., 2])


@pytest.mark.parametrize("mode", ["1", "P", "CMYK", "YCbCr", "LA", "RGBA", "PA"])
def test_other_modes_become_rgb(tmp_path: Path, mode: str) -> None:
    image = Image.new("RGB", (8, 6), (255, 255, 255)).convert("RGBA" if mode == "PA" else mode)
    image = image.convert(mode)
    suffix = "jpg" if mode in ("CMYK", "YCbCr") else "tiff" if mode == "PA" else "png"
    pixels = read_image(saved(tmp_path / f"a.{suffix}", image))
    assert pixels.shape == (6, 8, 3)
    assert pixels.min() > 0.98


def test_transparent_pixels_lie_over_white(tmp_path: Path) -> None:
    rgba = np.zeros((2, 3, 4), dtype=np.uint8)
    rgba[..., 3] = [[0, 128, 255]] * 2
    image = read_image(saved(tmp_path / "a.png", Image.fromarray(rgba)))
    np.testing.assert_allclose(image[0, :, 0], [1.0, 1 - 128 / 255, 0.0], atol=1e-6)


def test_transparent_palette_colour_is_white(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 1]], dtype=np.uint8), "L").convert("P")
    image.putpalette([0, 0, 0, 255, 0, 0])
    pixels = read_image(saved(tmp_path / "a.png", image, transparency=0))
    np.testing.assert_allclose(pixels[0], [[1, 1, 1], [1, 0, 0]])


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_16_bit_keeps_its_depth(tmp_path: Path, suffix: str) -> None:
    rgb = np.stack([DEEP, DEEP[::-1], DEEP[:, ::-1]], axis=-1)
    cv2.imwrite(str(tmp_path / f"rgb.{suffix}"), rgb[..., ::-1])
    cv2.imwrite(str(tmp_path / f"gray.{suffix}"), DEEP)
    np.testing.assert_allclose(read_image(tmp_path / f"rgb.{suffix}"), rgb / 65535, atol=1e-7)
    np.testing.assert_allclose(read_image(tmp_path / f"gray.{suffix}", 1)[..., 0], DEEP / 65535, atol=1e-7)


def test_16_bit_alpha_lies_over_white(tmp_path: Path) -> None:
    bgra = np.zeros((2, 2, 4), dtype=np.uint16)
    bgra[..., 2], bgra[..., 3] = 65535, 32768
    cv2.imwrite(str(tmp_path / "a.png"), bgra)
    np.testing.assert_allclose(read_image(tmp_path / "a.png")[0, 0], [1, 0.5, 0.5], atol=1e-4)


def test_16_bit_tiff_that_counts_from_white(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", DEEP, photometric="miniswhite")
    np.testing.assert_allclose(read_image(tmp_path / "a.tif", 1)[..., 0], 1 - DEEP / 65535, atol=1e-6)


def test_tiff_with_separate_planes(tmp_path: Path) -> None:
    planes = np.stack([DEEP, DEEP[::-1], DEEP[:, ::-1]])
    tifffile.imwrite(tmp_path / "deep.tif", planes, photometric="rgb", planarconfig="separate")
    with pytest.raises(ImageError, match="interleaved"):
        read_image(tmp_path / "deep.tif")
    flat = (planes // 257).astype(np.uint8)
    tifffile.imwrite(tmp_path / "flat.tif", flat, photometric="rgb", planarconfig="separate")
    np.testing.assert_allclose(read_image(tmp_path / "flat.tif"), flat.transpose(1, 2, 0) / 255, atol=1e-6)


def test_32_bit_pixels_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.tiff", Image.fromarray(np.zeros((4, 4), dtype=np.float32)))
    with pytest.raises(ImageError, match="32-bit"):
        read_image(path)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff"])
def test_exif_orientation_is_applied(tmp_path: Path, orientation: int, suffix: str) -> None:
    ramp = np.linspace(0, 255, 48).reshape(6, 8).astype(np.uint8)
    image = Image.fromarray(ramp)
    image.getexif()[0x0112] = orientation
    path = saved(tmp_path / f"a.{suffix}", image, exif=image.getexif())
    turned = {
        1: ramp, 2: ramp[:, ::-1], 3: ramp[::-1, ::-1], 4: ramp[::-1], 5: ramp.T,
        6: np.rot90(ramp, -1), 7: ramp[::-1, ::-1].T, 8: np.rot90(ramp),
    }[orientation]  # fmt: skip
    pixels = read_image(path, 1)[..., 0]
    assert pixels.shape == turned.shape
    assert np.abs(pixels * 255 - turned).max() < 16  # JPEG changes values a little


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_exif_orientation_of_16_bit(tmp_path: Path, orientation: int, suffix: str) -> None:
    deep = Image.fromarray(DEEP)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / f"deep.{suffix}", deep, exif=exif)
    flat = saved(tmp_path / f"flat.{suffix}", Image.fromarray((DEEP // 257).astype(np.uint8)), exif=exif)
    np.testing.assert_allclose(read_image(path, 1), read_image(flat, 1), atol=1 / 255)


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_animations_give_their_first_picture(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("red", "lime", "blue")]
    options = {"webp": {"lossless": True}}.get(suffix, {})
    path = saved(tmp_path / f"a.{suffix}", frames[0], save_all=True, append_images=frames[1:], **options)
    np.testing.assert_allclose(read_image(path)[3, 3], [1, 0, 0], atol=0.01)


def test_one_pixel(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.new("RGB", (1, 1), "white"))
    assert read_image(path).shape == (1, 1, 3)
    with pytest.raises(ImageError, match=r"a\.png.*1 x 1.*at least 32"):
        read_image(path, min_side=32)


def test_max_pixels_is_checked_before_decoding(tmp_path: Path) -> None:
    bomb = b"BM" + (54).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
    bomb += (40).to_bytes(4, "little") + (60_000).to_bytes(4, "little") * 2 + b"\x01\x00\x18\x00" + bytes(24)
    path = tmp_path / "a.bmp"
    path.write_bytes(bomb)
    with pytest.raises(ImageError, match=r"a\.bmp.*max_pixels=250000000"):
        read_image(path)
    with pytest.raises(ImageError, match="max_pixels=47"):
        read_image(saved(tmp_path / "b.png", Image.fromarray(RGB)), max_pixels=47)


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg"])
def test_limit_of_pillow_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert read_image(saved(tmp_path / f"a.{suffix}", Image.fromarray(RGB))).shape == (6, 8, 3)
    assert Image.MAX_IMAGE_PIXELS == 10


@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff", "webp", "gif", "bmp"])
def test_truncated_files_are_refused(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = io.BytesIO()
    Image.fromarray(noise).save(data, {"jpg": "jpeg"}.get(suffix, suffix))
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(data.getvalue()[: len(data.getvalue()) // 2])
    with pytest.raises(ImageError, match=rf"a\.{suffix}"):
        read_image(path)


def test_truncated_16_bit_png_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 65536, (64, 64, 3), dtype=np.uint16)
    data = cv2.imencode(".png", noise)[1].tobytes()
    (tmp_path / "a.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(ImageError, match="damaged or truncated"):
        read_image(tmp_path / "a.png")


@pytest.mark.filterwarnings("ignore:.*:UserWarning")  # Pillow's own, about what it finds in damaged TIFF
def test_damaged_bytes_never_raise_anything_else(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    path = tmp_path / "a"
    for kind in ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP"):
        data = io.BytesIO()
        Image.fromarray(RGB).save(data, kind)
        for _ in range(40):
            damaged = bytearray(data.getvalue())
            for position in rng.integers(0, len(damaged), 4):
                damaged[position] = rng.integers(256)
            path.write_bytes(bytes(damaged))
            try:
                image = read_image(path, max_pixels=1_000_000)
            except ImageError as error:
                assert str(path) in str(error)
            else:
                assert np.isfinite(image).all()
                assert image.min() >= 0
                assert image.max() <= 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"hello, I am no picture", "not an image"), (bytes(100), "not an image")],
)
def test_not_an_image(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=rf"a\.jpg.*{reason}"):
        read_image(path)


def test_missing_and_directory(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"b\.jpg: no such file"):
        read_image(tmp_path / "b.jpg")
    with pytest.raises(ImageError, match="is a directory"):
        read_image(tmp_path)
    with pytest.raises(ImageError, match="can't be read"):
        read_image(tmp_path / ("x" * 300 + ".jpg"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_no_permission(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.fromarray(RGB))
    path.chmod(0)
    with pytest.raises(ImageError, match=r"a\.png.*can't be read"):
        read_image(path)


def test_wrong_number_of_channels(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="channels must be 1"):
        read_image(saved(tmp_path / "a.png", Image.fromarray(RGB)), 2)
