"""The errors that a person calls blur and noise, pixel by pixel."""

import numpy as np
import pytest
import torch

from wordmend.training.defect_errors import edge_error, noise_error

SIDE = 64
CENTRE = SIDE // 2


def test_edge_strength_is_compared_in_a_square_around_each_pixel():
    ramp = torch.linspace(0, 1, SIDE).expand(1, 1, SIDE, SIDE).contiguous()
    spotted = ramp.clone()
    spotted[..., CENTRE, CENTRE] += 0.5
    rows, columns = (edge_error(spotted, ramp)[0] > 1e-4).nonzero(as_tuple=True)
    reach = 16 + 1  # half the window, and half the gradient's filter
    for places in (rows, columns):
        assert (int(places.min()), int(places.max())) == (CENTRE - reach, CENTRE + reach)


def test_fine_detail_is_what_a_gaussian_takes_away():
    flat = torch.full((1, 3, SIDE, SIDE), 0.5)
    spotted = flat.clone()
    spotted[..., CENTRE, CENTRE] += 0.25
    fine, smooth = noise_error(spotted, flat, torch.zeros(1, SIDE, SIDE))
    along = np.exp(-0.5 * (np.arange(-6, 7) / 2.0) ** 2)
    expected = 0.25 * np.outer(along, along) / along.sum() ** 2
    expected[6, 6] = 0.25 - expected[6, 6]
    found = fine[0, CENTRE - 6 : CENTRE + 7, CENTRE - 6 : CENTRE + 7]
    assert found.numpy() == pytest.approx(expected, abs=1e-6)
    assert smooth.all()


def test_noise_is_not_judged_near_damage():
    flat = torch.full((1, 3, SIDE, SIDE), 0.5)
    damage = torch.zeros(1, SIDE, SIDE)
    damage[0, CENTRE, CENTRE] = 1
    _, judged = noise_error(flat, flat, damage)
    assert int((~judged).sum()) == 9 * 9
    assert not judged[0, CENTRE - 4 : CENTRE + 5, CENTRE - 4 : CENTRE + 5].any()
