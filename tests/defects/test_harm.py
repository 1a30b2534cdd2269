import numpy as np
import pytest

from wordmend.defects.harm import measure_harm
from wordmend.errors import ImageError

SIDE = 64


@pytest.fixture
def gt():
    tiles = np.random.default_rng(0).uniform(0.2, 0.8, (8, 8, 3))
    return np.kron(tiles, np.ones((8, 8, 1))).astype(np.float32)


def test_what_stays_or_gets_better_is_no_harm(gt):
    damaged = gt.copy()
    damaged[16:32, 16:32] = 0.95
    half = (damaged + gt) / 2
    assert [measure_harm(image, damaged, gt) for image in (damaged, half, gt)] == [0, 0, 0]


def test_harm_is_the_share_that_was_painted_over(gt):
    painted = gt.copy()
    painted[:, :16] = np.where(gt[:, :16] > 0.5, 0.1, 0.9)
    assert measure_harm(painted, gt, gt) == pytest.approx(0.25, abs=0.04)
    assert measure_harm(np.clip(gt + 0.08, 0, 1), gt, gt) == pytest.approx(1)  # a tint is everywhere


def test_noise_and_softness_are_other_defects(gt):
    noisy = np.clip(gt + np.random.default_rng(1).normal(0, 0.05, gt.shape), 0, 1)
    assert measure_harm(noisy, gt, gt) < 0.001
    lq = np.clip(gt + 0.3, 0, 1)
    assert measure_harm(np.clip(lq + 0.01, 0, 1), lq, gt) == 0


def test_inputs_of_another_shape_are_refused(gt):
    with pytest.raises(ImageError, match="differ in shape"):
        measure_harm(gt, gt[:32], gt)
