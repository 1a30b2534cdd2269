import cv2
import numpy as np

from wordmend.defects.maps import defect_maps


def checkered(size=128):
    tiles = np.indices((size, size)) // 7
    return np.repeat((0.3 + 0.4 * (tiles.sum(axis=0) % 2))[:, :, None], 3, axis=2).astype(np.float32)


def test_maps_are_zero_where_nothing_is_wrong_and_leave_out_what_was_not_damaged():
    gt = checkered()
    maps = defect_maps(gt, gt)
    assert set(maps) == {"sharpness", "noise"}
    assert all(m.shape == (128, 128) and m.dtype == np.float32 and not m.any() for m in maps.values())


def test_each_map_peaks_where_its_defect_is():
    gt = checkered()
    gt[:, 84:] = 0.5
    damage = np.zeros((128, 128), np.uint8)
    damage[100, 5:60], damage[110:125, 70:90] = 1, 2
    image = gt.copy()
    image[:48, :48] = cv2.GaussianBlur(gt, (0, 0), 2.0)[:48, :48]
    image[:40, 100:] += np.random.default_rng(0).normal(0, 0.1, (40, 28, 3)).astype(np.float32)
    image[damage > 0] = 1.0
    maps = defect_maps(image, gt, damage)

    def peak(dimension):
        return np.unravel_index(maps[dimension].argmax(), (128, 128))

    assert max(peak("sharpness")) < 64
    y, x = peak("noise")
    assert y < 48 and x > 90
    assert damage[peak("scratches")] == 1
    assert damage[peak("missing_parts")] == 2
    assert not maps["scratches"][damage != 1].any()
    assert not maps["missing_parts"][damage != 2].any()
