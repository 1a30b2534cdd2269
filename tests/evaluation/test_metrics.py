import numpy as np
import pandas as pd
import pytest

from wordmend.errors import ImageError, TableError
from wordmend.evaluation.metrics import METRICS, evaluate_restoration, measure_images, summarize


def picture(seed, channels=3, size=48):
    rng = np.random.default_rng(seed)
    tiles = np.kron(rng.random((8, 8, channels)), np.ones((size // 8, size // 8, 1)))
    return tiles.astype(np.float32)


def noisy(image, sigma):
    noise = np.random.default_rng(7).normal(0, sigma, image.shape)
    return np.clip(image + noise, 0, 1).astype(np.float32)


def test_equal_images_are_perfect_and_stay_finite():
    found = evaluate_restoration([(picture(0), picture(0), None), (picture(1, 1), picture(1, 1), None)])
    assert found == {
        "psnr": 100.0,
        "ssim": pytest.approx(1.0),
        "haarpsi": pytest.approx(1.0),
        "defects": {"sharpness": 0.0, "noise": 0.0, "scratches": None, "missing_parts": None},
    }


def test_psnr_is_that_of_the_mean_squared_error():
    gt = np.full((32, 32, 3), 0.5, np.float32)
    table = measure_images("lq", [("a", gt + 0.1, gt, None, None)])
    assert table["psnr"].item() == pytest.approx(20.0, abs=1e-3)


def test_more_noise_is_worse_in_every_way():
    gt = picture(2)
    images = {str(s): ("a", noisy(gt, s), gt, None, None) for s in (0.02, 0.08, 0.2)}
    table = pd.concat([measure_images(arm, [image]) for arm, image in images.items()])
    assert all(table[name].is_monotonic_decreasing for name in ("psnr", "ssim", "haarpsi"))
    assert table["noise"].is_monotonic_increasing


def test_defects_are_means_over_the_images_that_have_them():
    gt = picture(3)
    scratched, damage = gt.copy(), np.zeros((48, 48), np.uint8)
    damage[20] = 1
    scratched[20] = 1.0
    images = [("a", scratched, gt, damage, None), ("b", gt, gt, None, None)]
    table = measure_images("control", images)
    assert list(table.columns) == ["pair_id", "arm", *METRICS]
    assert set(table["arm"]) == {"control"}
    assert table["scratches"].isna().tolist() == [False, True]
    summary = summarize(table)
    assert summary["defects"]["scratches"] == table["scratches"][0] > 0.2
    assert summary["defects"]["missing_parts"] is None
    assert summary["psnr"] == pytest.approx(table["psnr"].mean())


def test_harm_is_told_where_the_input_is_known():
    gt = picture(5)
    painted = gt.copy()
    painted[:24] = 0.5
    table = measure_images("control", [("a", painted, gt, None, gt), ("b", gt, gt, None, None)])
    assert 0.3 < table["harm"][0] < 0.55
    assert table["harm"].isna().tolist() == [False, True]
    assert not {"harm", "texture"} & summarize(table).keys()  # metrics.json keeps its contract


def test_images_are_clipped_as_a_written_file_would_be():
    gt = np.ones((32, 32, 1), np.float32)
    assert evaluate_restoration([(gt + 0.5, gt, None)])["psnr"] == 100.0


def test_nothing_to_evaluate_is_an_error():
    with pytest.raises(TableError, match="test split empty"):
        evaluate_restoration([])


def test_too_small_images_are_named():
    gt = np.zeros((12, 40, 3), np.float32)
    with pytest.raises(ImageError, match="12 x 40"):
        evaluate_restoration([(gt, gt, None)])
