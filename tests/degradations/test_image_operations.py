"""Blur, resolution, noise, tone and compression do to pixels what they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import convolve

from wordmend.degradations.blur import DefocusBlur, GaussianBlur, MotionBlur
from wordmend.degradations.compression import Jpeg
from wordmend.degradations.noise import FilmGrain, GaussianNoise, PoissonNoise
from wordmend.degradations.operation import Image
from wordmend.degradations.resolution import LowResolution
from wordmend.degradations.tone import Fading, Sepia

GRAY = np.full((128, 128, 3), 0.5, np.float32)


def spot(size: int = 41) -> Image:
    image = np.zeros((size, size, 1), np.float32)
    image[size // 2, size // 2] = 1.0
    return image


def spread(image: Image, angle: float) -> float:
    """Standard deviation of an image's light along `angle` (degrees), px."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]] - (image.shape[0] // 2)
    along = x * np.cos(np.radians(angle)) + y * np.sin(np.radians(angle))
    return float(np.sqrt((image[:, :, 0] * along**2).sum() / image.sum()))


@settings(max_examples=30, deadline=None)
@given(
    blur=st.one_of(
        st.builds(
            GaussianBlur, sigma=st.floats(0.3, 4), minor_sigma=st.floats(0.3, 4), angle=st.floats(0, 179.9)
        ),
        st.builds(MotionBlur, length=st.floats(1, 20), angle=st.floats(0, 179.9)),
        st.builds(DefocusBlur, radius=st.floats(0.5, 8)),
    )
)
def test_blur_keeps_light_and_flat_areas(blur):
    assert blur.apply(spot()).sum() == pytest.approx(1.0, abs=1e-4)
    assert np.allclose(blur.apply(GRAY), 0.5, atol=1e-5)


def test_gaussian_blur_is_wider_along_its_angle():
    blurred = GaussianBlur(sigma=3.0, minor_sigma=1.0, angle=30.0).apply(spot())
    assert spread(blurred, 30.0) == pytest.approx(3.0, rel=0.1)
    assert spread(blurred, 120.0) == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize("size", [(24, 40, 3), (24, 40, 1)])
@pytest.mark.parametrize(
    "blur",
    [
        DefocusBlur(radius=4.0),  # 11 px
        DefocusBlur(radius=8.0),  # 19 px
        GaussianBlur(sigma=1.0, minor_sigma=1.0, angle=30.0),  # 7 px
        GaussianBlur(sigma=3.5, minor_sigma=3.5, angle=0.0),  # 19 px
    ],
)
def test_blur_is_the_same_however_large_the_kernel(blur, size):
    image = (np.random.default_rng(0).random(size) > 0.9).astype(np.float32)
    blurred = blur.apply(image)
    direct = np.stack(
        [convolve(image[:, :, c], blur.kernel(), mode="mirror") for c in range(size[2])], axis=-1
    )
    assert blurred.dtype == np.float32
    assert np.allclose(blurred, direct, atol=1e-6)
    assert -1e-6 <= blurred.min() <= blurred.max() <= 1 + 1e-6


@pytest.mark.parametrize("angle", [0.0, 45.0, 100.0])
def test_motion_blur_is_a_line(angle):
    blurred = MotionBlur(length=11.0, angle=angle).apply(spot())
    assert spread(blurred, angle) == pytest.approx(11.0 / np.sqrt(12), rel=0.15)
    assert spread(blurred, angle + 90.0) < 0.7


def test_defocus_blur_is_a_disc():
    blurred = DefocusBlur(radius=5.0).apply(spot())[:, :, 0]
    assert (blurred > 1e-4).sum() == pytest.approx(np.pi * 25, rel=0.25)
    assert blurred.max() == pytest.approx(blurred[20, 20])


@pytest.mark.parametrize("gray", [True, False])
def test_gaussian_noise_has_its_sigma_and_gray_noise_no_colour(gray):
    noise = GaussianNoise(sigma=0.05, gray=gray, seed=1).apply(GRAY) - GRAY
    assert noise.std() == pytest.approx(0.05, rel=0.05)
    assert np.allclose(noise[..., 0], noise[..., 1], atol=1e-6) == gray


@pytest.mark.parametrize("gray", [True, False])
def test_poisson_noise_grows_with_brightness(gray):
    step = PoissonNoise(peak=100.0, gray=gray, seed=1)
    dark, light = (step.apply(np.full((128, 128, 3), level, np.float32)).std() for level in (0.1, 0.9))
    assert dark == pytest.approx(np.sqrt(0.1 / 100), rel=0.05)
    assert light == pytest.approx(np.sqrt(0.9 / 100), rel=0.05)


def test_film_grain_is_correlated_and_strongest_in_the_mid_tones():
    grain = FilmGrain(sigma=0.05, size=1.0, gray=True, seed=3)
    noise = grain.apply(GRAY)[:, :, 0] - 0.5
    assert noise.std() == pytest.approx(0.05, rel=0.05)
    assert np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1] > 0.5
    black = grain.apply(np.zeros_like(GRAY))
    assert 0.2 < black.std() / noise.std() < 0.5
    assert np.array_equal(black[..., 0], black[..., 2])


def test_colour_grain_differs_between_channels():
    noise = FilmGrain(sigma=0.05, size=0.8, gray=False, seed=3).apply(GRAY) - GRAY
    assert abs(np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1]) < 0.1


@pytest.mark.parametrize("upscaling", ["nearest", "linear", "cubic", "area", "lanczos"])
def test_low_resolution_loses_detail_and_keeps_the_size(upscaling):
    checks = np.indices((64, 50)).sum(0)[:, :, None].astype(np.float32) % 2
    low = LowResolution(factor=3.0, downscaling="area", upscaling=upscaling).apply(checks)
    assert low.shape == checks.shape
    assert low.std() < 0.5 * checks.std()


def test_low_resolution_of_a_tiny_image_leaves_a_pixel():
    assert LowResolution(factor=16.0, downscaling="area", upscaling="nearest").apply(spot(5)).shape == (
        5,
        5,
        1,
    )


@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_gets_worse_with_lower_quality_and_keeps_colours_in_place(channels):
    x = np.linspace(0, 6, 64, dtype=np.float32)
    image = np.stack([0.5 + 0.5 * np.sin(x[:, None] * (c + 1) + x) for c in range(channels)], axis=2)
    errors = [np.abs(Jpeg(quality=q, subsampling=False).apply(image) - image).mean() for q in (10, 50, 95)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.02
    if channels == 3:
        subsampled = Jpeg(quality=95, subsampling=True).apply(image)
        assert np.abs(subsampled - image).mean() > errors[2]


def test_fading_lifts_blacks_lowers_contrast_and_is_uneven():
    image = np.tile(np.array([0.0, 1.0], np.float32), (64, 32))[:, :, None]
    even = Fading(amount=0.3, haze=0.6, unevenness=0.0, seed=1).apply(image)
    assert np.allclose([even.min(), even.max()], [0.18, 0.88], atol=1e-5)
    uneven = Fading(amount=0.3, haze=0.6, unevenness=0.5, seed=1).apply(image)
    assert uneven[:, ::2].std() > 0.02


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "step",
    [
        GaussianBlur(sigma=1.0, minor_sigma=1.0, angle=0.0),
        MotionBlur(length=5.0, angle=30.0),
        DefocusBlur(radius=8.0),
        LowResolution(factor=1.0, downscaling="area", upscaling="linear"),
        Fading(amount=0.2, haze=0.5, unevenness=0.5, seed=1),
        Sepia(monochrome=0.0, warmth=0.0),
        *(GaussianNoise(sigma=0.1, gray=gray, seed=1) for gray in (True, False)),
        *(PoissonNoise(peak=50.0, gray=gray, seed=1) for gray in (True, False)),
        *(FilmGrain(sigma=0.1, size=0.5, gray=gray, seed=1) for gray in (True, False)),
        Jpeg(quality=90, subsampling=True),
    ],
    ids=lambda step: step.operation,
)
def test_a_step_gives_a_new_image_and_leaves_the_old_one(step, channels):
    image = np.random.default_rng(0).random((24, 40, channels), np.float32)
    before = image.copy()
    degraded = step.apply(image)
    assert degraded.shape == image.shape
    assert degraded.dtype == np.float32
    assert not np.shares_memory(degraded, image)
    assert np.array_equal(image, before)


def test_sepia_takes_colour_and_warms():
    rng = np.random.default_rng(0)
    image = rng.random((16, 16, 3), np.float32)
    toned = Sepia(monochrome=1.0, warmth=0.3).apply(image)
    ratios = toned / toned[..., :1]
    assert np.allclose(ratios, [1.0, 0.9, 0.7], atol=1e-4)
    gray = Sepia(monochrome=1.0, warmth=0.3).apply(image[..., :1])
    assert gray.shape == (16, 16, 1)
    assert (gray < image[..., :1] + 1e-6).all()
