import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from wordmend.defects.measure import DIMENSIONS, Defects, measure_defect, measure_defects
from wordmend.errors import ImageError

Image = npt.NDArray[np.float32]
SEEDS = st.integers(0, 2**16)

any_two_images = given(
    hnp.arrays(np.float32, (18, 18, 1), elements=st.floats(0, 1, width=32)),
    hnp.arrays(np.float32, (18, 18, 1), elements=st.floats(0, 1, width=32)),
    hnp.arrays(np.uint8, (18, 18), elements=st.integers(0, 2)),
)


def picture(seed: int = 0, size: int = 96, channels: int = 3) -> Image:
    """Soft shading, sharp-edged shapes, some fine texture on the left, a clean right: as photographs have."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.linspace(0, 1, size), np.linspace(0, 1, size))
    image = np.repeat((0.35 + 0.2 * x + 0.15 * y)[:, :, None], channels, axis=2)
    for _ in range(6):
        centre = rng.integers(0, size, 2)
        disc = (np.hypot(*(np.indices((size, size)) - centre[:, None, None])) < rng.integers(6, 18))[
            :, :, None
        ]
        image = np.where(disc, rng.uniform(0.15, 0.85, channels), image)
    image[:, : size // 3] += 0.05 * rng.standard_normal((size, size // 3, 1))
    return np.clip(image, 0, 1).astype(np.float32)


def blur(image: Image, sigma: float) -> Image:
    return cv2.GaussianBlur(image, (0, 0), sigma).reshape(image.shape)


def sharpen(image: Image, amount: float) -> Image:
    return np.clip(image + amount * (image - blur(image, 1.5)), 0, 1)


def add_noise(image: Image, sigma: float, seed: int = 0) -> Image:
    noise = np.random.default_rng(seed).standard_normal(image.shape) * sigma
    return np.clip(image + noise, 0, 1).astype(np.float32)


def lines(size: int = 96) -> npt.NDArray[np.uint8]:
    damage = np.zeros((size, size), np.uint8)
    cv2.line(damage, (5, 10), (90, 70), 1, 2)
    cv2.line(damage, (60, 0), (50, 95), 1, 1)
    return damage


def hole(size: int = 96) -> npt.NDArray[np.uint8]:
    damage = np.zeros((size, size), np.uint8)
    damage[40:70, 30:66] = 2
    return damage


def laid_over(image: Image, damage: npt.NDArray[np.uint8], opacity: float) -> Image:
    mask = (damage > 0)[:, :, None]
    return np.where(mask, image * (1 - opacity) + 0.98 * opacity, image).astype(np.float32)


@settings(max_examples=25, deadline=None)
@given(
    hnp.arrays(np.float32, (20, 23, 3), elements=st.floats(0, 1, width=32)),
    hnp.arrays(np.uint8, (20, 23), elements=st.integers(0, 2)),
)
def test_an_image_equal_to_gt_has_no_defect(image, damage):
    defects = measure_defects(image, image.copy(), damage).as_dict()
    assert all(value is None or value == 0 for value in defects.values())
    assert (defects["scratches"] is None) == (not (damage == 1).any())
    assert (defects["missing_parts"] is None) == (not (damage == 2).any())


@settings(max_examples=15, deadline=None)
@any_two_images
def test_any_two_images_give_finite_numbers_that_are_not_negative(image, gt, damage):
    values = measure_defects(image, gt, damage).as_dict().values()
    assert all(value is None or (np.isfinite(value) and value >= 0) for value in values)


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.sampled_from([1, 3]))
def test_more_blur_is_less_sharp_and_not_more_noise(seed, channels):
    gt = picture(seed, channels=channels)
    defects = [measure_defects(blur(gt, sigma), gt) for sigma in (0.5, 0.8, 1.2, 2.0, 3.5)]
    sharpness = [d.sharpness for d in defects]
    assert sharpness == sorted(sharpness)
    assert sharpness[0] > 0.02
    assert 0.4 < sharpness[-1] <= 1.0
    assert all(d.noise < 0.012 for d in defects)


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_more_noise_is_noisier_and_hardly_less_sharp(seed):
    gt = picture(seed)
    sigmas = (0.01, 0.03, 0.06, 0.12)
    defects = [measure_defects(add_noise(gt, sigma, seed), gt) for sigma in sigmas]
    noise = [d.noise for d in defects]
    assert noise == sorted(noise)
    np.testing.assert_allclose(noise, sigmas, rtol=0.15)
    assert all(d.sharpness < 0.1 for d in defects)


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_sharpening_a_blurred_image_helps_until_it_is_too_much(seed):
    gt = 0.25 + 0.5 * picture(seed)  # room for overshoot, which black and white would clip
    soft = blur(gt, 1.0)
    amounts = (0.0, 0.4, 0.8, 1.2, 1.8, 2.6, 3.6, 5.0)
    sharpness = [measure_defects(sharpen(soft, amount), gt).sharpness for amount in amounts]
    best = int(np.argmin(sharpness))
    assert 0 < best < len(amounts) - 1
    # Windows turn from soft to oversharpened one after the other, so the lowest point is a flat one.
    assert (np.diff(sharpness[: best + 1]) < 0.01).all()
    assert (np.diff(sharpness[best:]) > -0.01).all()
    assert sharpness[best] < 0.5 * sharpness[0]
    assert sharpness[-1] > 1.3 * sharpness[best]


def test_an_oversharpened_image_is_not_sharp():
    gt = picture()
    strengths = [measure_defects(sharpen(gt, amount), gt).sharpness for amount in (0.3, 0.8, 2.0)]
    assert strengths == sorted(strengths)
    assert strengths[0] > 0.05


def test_noise_does_not_pass_for_sharpness_in_a_blurred_image():
    gt = picture()
    soft = blur(gt, 1.5)
    before, after = measure_defects(soft, gt), measure_defects(add_noise(soft, 0.08), gt)
    assert after.sharpness == pytest.approx(before.sharpness, abs=0.05)


def test_smoothing_away_the_grain_of_gt_is_not_free_of_noise():
    grainy = add_noise(np.full((96, 96, 1), 0.5, np.float32), 0.012)
    plastic = measure_defects(np.full_like(grainy, 0.5), grainy)
    half = measure_defects(0.5 * grainy + 0.25, grainy)
    assert plastic.noise == pytest.approx(0.012, rel=0.25)
    assert half.noise == pytest.approx(0.006, rel=0.25)


def test_texture_that_a_blur_takes_away_is_not_noise():
    x, y = np.meshgrid(np.arange(96), np.arange(96))
    grass = (
        np.random.default_rng(0).standard_normal((96, 96)) * 0.1 + 0.1 * np.sin(x / 2) * np.sin(y / 3) + 0.5
    )
    gt = np.clip(blur(grass[:, :, None].astype(np.float32), 0.7), 0, 1)
    for kernel in (np.ones((1, 5)), np.ones((5, 1)), np.eye(5), np.ones((3, 3))):
        soft = cv2.filter2D(gt, -1, kernel / kernel.sum()).reshape(gt.shape)
        assert measure_defects(soft, gt).noise < 0.012
    assert measure_defects(add_noise(gt, 0.05, seed=1), gt).noise == pytest.approx(0.05, rel=0.15)


def test_strong_grain_on_faint_edges_is_seldom_taken_for_blur():
    found = []
    for seed in range(12):
        gt = 0.4 + 0.1 * picture(seed)
        grain = blur(np.random.default_rng(seed).standard_normal((*gt.shape[:2], 1)), 1.0) * 0.15
        assert grain.std() > 0.03  # edges are of .05 or so
        found.append(measure_defects(np.clip(gt + grain, 0, 1), gt).sharpness)
    assert np.median(found) < 0.2


def test_fading_and_tint_are_neither_blur_nor_noise_nor_damage():
    gt = picture()
    damage = np.maximum(lines(), hole())
    faded = (0.6 * gt + 0.3).astype(np.float32)
    tinted = np.clip(gt + np.array([0.06, 0.0, -0.06]), 0, 1).astype(np.float32)
    assert measure_defects(faded, gt).sharpness < 0.05
    defects = measure_defects(tinted, gt, damage)
    assert defects.sharpness < 0.02
    assert defects.noise < 0.003
    assert defects.scratches == pytest.approx(0, abs=0.003)
    assert defects.missing_parts == pytest.approx(0, abs=0.01)


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_a_fainter_scratch_is_a_smaller_defect_and_only_a_scratch(seed):
    gt = picture(seed)
    defects = [measure_defects(laid_over(gt, lines(), o), gt, lines()) for o in (0.1, 0.3, 0.6, 1.0)]
    scratches = [d.scratches for d in defects if d.scratches is not None]
    assert len(scratches) == 4
    assert scratches == sorted(scratches)
    assert scratches[0] > 0.01
    assert all(d.missing_parts is None and d.sharpness < 0.01 and d.noise < 0.005 for d in defects)


def test_noise_everywhere_is_not_a_scratch():
    gt = picture()
    assert measure_defects(add_noise(gt, 0.1), gt, lines()).scratches == pytest.approx(0, abs=0.01)


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_a_hole_that_is_filled_is_a_smaller_defect(seed):
    gt = picture(seed)
    missing = [
        measure_defects(laid_over(gt, hole(), o), gt, hole()).missing_parts for o in (1.0, 0.5, 0.2, 0.0)
    ]
    assert missing == sorted(missing, reverse=True)
    assert missing[0] > 0.1
    assert missing[-1] == 0


def test_a_map_that_is_all_damage_still_gives_numbers():
    gt = picture()
    for kind in (1, 2):
        defects = measure_defects(np.ones_like(gt), gt, np.full(gt.shape[:2], kind, np.uint8))
        assert defects.sharpness > 0.5
        assert (defects.scratches if kind == 1 else defects.missing_parts) > 0.2


def test_a_flat_gt_has_no_sharpness_to_lose():
    gt = np.full((40, 40, 3), 0.5, np.float32)
    assert measure_defects(add_noise(gt, 0.05), gt).sharpness == 0


def test_values_are_clipped_as_a_file_would_be():
    gt = np.ones((32, 32, 3), np.float32)
    assert measure_defects(gt + 0.3, gt) == Defects(0.0, 0.0, None, None)


@pytest.mark.parametrize(
    ("image", "gt", "damage", "words"),
    [
        (np.zeros((8, 8, 3)), np.zeros((8, 9, 3)), None, "differ in shape"),
        (np.zeros((8, 8)), np.zeros((8, 8)), None, r"expected \(H, W, 1\)"),
        (np.full((8, 8, 1), np.nan), np.zeros((8, 8, 1)), None, "NaN"),
        (np.zeros((8, 8, 1)), np.zeros((8, 8, 1)), np.zeros((4, 4), np.uint8), "doesn't fit"),
        (np.zeros((8, 8, 1)), np.zeros((8, 8, 1)), np.full((8, 8), 7, np.uint8), "holds 7"),
    ],
)
def test_wrong_inputs_are_named(image, gt, damage, words):
    with pytest.raises(ImageError, match=words):
        measure_defects(image, gt, damage)


@settings(max_examples=10, deadline=None)
@any_two_images
def test_one_dimension_alone_is_measured_as_with_the_others(image, gt, damage):
    together = measure_defects(image, gt, damage).as_dict()
    assert {dimension: measure_defect(image, gt, damage, dimension) for dimension in DIMENSIONS} == together
