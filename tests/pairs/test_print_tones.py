import numpy as np
import pytest
from pydantic import ValidationError

from wordmend.pairs.config import PrintTonesConfig
from wordmend.pairs.print_tones import PrintTones, sample_print_tones


@pytest.fixture
def image():
    return np.random.default_rng(0).random((16, 16, 3), dtype=np.float32)


def test_without_tones_a_photograph_stays_as_it_is(image):
    np.testing.assert_array_equal(PrintTones().apply(image), image)


def test_black_and_white_has_equal_channels_and_warm_paper_lacks_blue(image):
    gray = PrintTones(monochrome=True).apply(image)
    np.testing.assert_allclose(gray[..., 0], gray[..., 2], atol=1e-6)
    warm = PrintTones(monochrome=True, warmth=0.3).apply(image)
    np.testing.assert_allclose(warm, gray * np.array([1, 0.9, 0.7]), atol=1e-6)
    assert PrintTones(monochrome=True, warmth=0.3).apply(image[..., :1]) == pytest.approx(image[..., :1])


def test_a_stop_is_twice_the_light(image):
    lighter = PrintTones(exposure=1).apply(image)
    np.testing.assert_allclose(lighter**2.2, np.minimum(1, 2 * image**2.2), rtol=1e-4)
    assert lighter.max() == 1
    assert (PrintTones(exposure=-1).apply(image) <= image).all()


def test_hard_paper_has_more_contrast_about_mid_gray(image):
    hard = PrintTones(contrast=3).apply(image)
    np.testing.assert_allclose(hard, np.clip(0.5 + 3 * (image - 0.5), 0, 1), atol=1e-6)
    assert (hard == 1).mean() > 0.2 < (hard == 0).mean()


@pytest.mark.parametrize("channels", [1, 3])
def test_tones_are_drawn_as_often_as_is_set(channels):
    rng, config = np.random.default_rng(0), PrintTonesConfig()
    drawn = [sample_print_tones(rng, config, channels) for _ in range(2000)]
    assert np.mean([tones.exposure != 0 for tones in drawn]) == pytest.approx(0.5, abs=0.05)
    assert np.mean([tones.contrast != 1 for tones in drawn]) == pytest.approx(0.5, abs=0.05)
    assert np.mean([tones.monochrome for tones in drawn]) == pytest.approx(0.3 * (channels == 3), abs=0.05)
    assert np.mean([tones.warmth > 0 for tones in drawn]) == pytest.approx(0.15 * (channels == 3), abs=0.05)


def test_ranges_are_checked():
    with pytest.raises(ValidationError, match="exposure"):
        PrintTonesConfig.model_validate({"exposure": [1, -1]})
