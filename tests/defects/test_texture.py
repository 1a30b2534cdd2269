import cv2
import numpy as np
import pytest

from wordmend.defects.measure import measure_defects
from wordmend.defects.texture import measure_texture
from wordmend.errors import ImageError

SIDE = 128


@pytest.fixture
def gt():
    """Tiles of strong contrast, and on the lower half faint grass."""
    rng = np.random.default_rng(0)
    tiles = np.kron(rng.uniform(0.1, 0.9, (4, 4, 3)), np.ones((32, 32, 1)))
    grass = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)), (0, 0), 0.8)
    grass[: SIDE // 2] = 0
    return np.clip(tiles + 0.03 * grass[:, :, None], 0, 1).astype(np.float32)


def blurred(image, sigma):
    return cv2.GaussianBlur(image, (0, 0), sigma)


def test_an_equal_image_has_lost_nothing_and_a_flat_one_everything(gt):
    assert measure_texture(gt, gt, None) == 0
    assert measure_texture(np.full_like(gt, 0.5), gt, None) == pytest.approx(1, abs=0.01)
    flat = np.full_like(gt, 0.5)
    assert measure_texture(flat, flat, None) == 0


def test_more_blur_loses_more(gt):
    found = [measure_texture(blurred(gt, sigma), gt, None) for sigma in (0.5, 0.8, 1.2, 2, 4)]
    assert found == sorted(found)
    assert found[0] > 0.05
    assert found[-1] > 0.8


def test_what_is_wiped_between_edges_that_stay_is_texture_and_hardly_sharpness(gt):
    wiped = gt.copy()
    for row in range(0, SIDE, 32):
        for column in range(0, SIDE, 32):
            tile = wiped[row : row + 32, column : column + 32]
            tile[:] = tile.mean(axis=(0, 1))
    lost = measure_texture(wiped, gt, None)
    assert lost > 0.15
    assert measure_defects(wiped, gt, None).sharpness < lost / 3


def test_noise_and_invented_texture_bring_nothing_back(gt):
    noise = np.random.default_rng(1).normal(0, 0.03, gt.shape)
    soft = blurred(gt, 1.5)
    lost = measure_texture(soft, gt, None)
    assert measure_texture(np.clip(soft + noise, 0, 1), gt, None) == pytest.approx(lost, abs=0.03)
    assert measure_texture(np.clip(gt + noise, 0, 1), gt, None) < 0.06


def test_too_much_of_it_in_one_place_does_not_make_up_for_another(gt):
    half = blurred(gt, 1.5)
    lost = measure_texture(np.where(np.arange(SIDE)[:, None, None] < 64, half, gt), gt, None)
    strong = np.clip(gt + 1.5 * (gt - half), 0, 1)
    both = np.where(np.arange(SIDE)[:, None, None] < 64, half, strong)
    assert measure_texture(both, gt, None) == pytest.approx(lost, abs=0.05)  # at the seam windows see both


def test_fading_and_damage_are_other_defects(gt):
    assert measure_texture(0.2 + 0.6 * gt, gt, None) < 0.02
    damaged, damage = gt.copy(), np.zeros((SIDE, SIDE), np.uint8)
    damaged[40:80, 40:80], damage[40:80, 40:80] = 0.95, 2
    damaged[100], damage[100] = 1.0, 1
    assert measure_texture(damaged, gt, damage) < 0.02
    assert measure_texture(damaged, gt, None) > 0.05


def test_gray_is_measured_as_its_luminance(gt):
    gray = gt @ np.float32([[0.299], [0.587], [0.114]])
    colour = gray.repeat(3, axis=2)
    of_gray, of_colour = (measure_texture(blurred(i, 1).reshape(i.shape), i, None) for i in (gray, colour))
    assert of_gray == pytest.approx(of_colour, rel=1e-4)


def test_inputs_that_do_not_fit_are_refused(gt):
    with pytest.raises(ImageError, match="differ in shape"):
        measure_texture(gt[:32], gt, None)
    with pytest.raises(ImageError, match="NaN"):
        measure_texture(np.full_like(gt, np.nan), gt, None)
