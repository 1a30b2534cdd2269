"""Scratches, dust, cracks, folds and missing parts: where they lie, how large, how they are labelled."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordmend.degradations.cracks import sample_crack, sample_fold
from wordmend.degradations.damage_config import MissingConfig, ScratchConfig
from wordmend.degradations.fields import fractal_noise
from wordmend.degradations.missing import Kind, MissingPart, sample_missing_part
from wordmend.degradations.operation import MISSING, SCRATCHES, PrintDamage
from wordmend.degradations.scratches import Scratches, sample_dust, sample_scratches
from wordmend.images.channels import luma

SEEDS = st.integers(0, 2**32 - 1)
SAMPLERS = [sample_scratches, sample_dust, sample_crack, sample_fold]


def damage_of(step: PrintDamage, height: int = 96, width: int = 96) -> np.ndarray:
    gt = np.full((height, width, 3), 0.5, np.float32)
    return step.damage_image(gt, np.zeros((height, width), np.uint8))[1]


def missing_part(kind: str, **numbers: float) -> MissingPart:
    defaults = {
        **{"kind": kind, "x": 0.5, "y": 0.5, "size": 20.0, "aspect": 1.0, "angle": 0.0, "roughness": 0.1},
        **{"rim": 0.0, "red": 0.9, "green": 0.8, "blue": 0.7, "opacity": 1.0, "seed": 5},
    }
    return MissingPart.model_validate({**defaults, **numbers})


@pytest.mark.parametrize("sampler", [*SAMPLERS, sample_missing_part])
@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, height=st.integers(24, 150), width=st.integers(24, 150))
def test_a_layer_fits_the_picture_and_stays_in_range(sampler, seed, height, width):
    config = MissingConfig() if sampler is sample_missing_part else ScratchConfig()
    layer = sampler(np.random.default_rng(seed), height, width, config).layer(height, width)
    assert layer.opacity.shape == (height, width)
    assert layer.opacity.dtype == layer.colour.dtype == np.float32
    assert np.broadcast_shapes(layer.colour.shape, (height, width, 3)) == (height, width, 3)
    for values in (layer.opacity, layer.colour):
        assert values.min() >= 0.0
        assert values.max() <= 1.0


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_damage_of_the_scratches_family_is_thin_there_and_labelled(sampler):
    shares = []
    for seed in range(100):
        damage = damage_of(sampler(np.random.default_rng(seed), 96, 96, ScratchConfig()))
        assert set(np.unique(damage)) <= {0, SCRATCHES}
        shares.append((damage > 0).mean())
    assert 0.001 < np.mean(shares) < 0.1
    assert min(shares) > 0


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_small_and_large_pictures_are_damaged_alike(sampler):
    def mean_opacity(size: int) -> float:
        # Wide enough that the smallest width, one pixel, does not bind.
        config = ScratchConfig(
            scratch_width=(0.015, 0.02), crack_width=(0.015, 0.02), dust_size=(0.01, 0.012)
        )
        rng = np.random.default_rng(7)
        return float(np.mean([sampler(rng, size, size, config).layer(size, size).opacity for _ in range(30)]))

    # An outline is drawn half a fine pixel too wide, which shows on the smallest specks.
    assert mean_opacity(96) == pytest.approx(mean_opacity(384), rel=0.35)


def test_a_scratch_is_at_least_a_pixel_wide_and_varies():
    thin = ScratchConfig(scratch_width=(0.0, 0.0001))
    step = sample_scratches(np.random.default_rng(0), 96, 96, thin)
    assert step.width == 1.0
    scratch = Scratches(count=1, length=90, width=3.0, angle=0, spread=0, opacity=1.0, tone=1.0, seed=8)
    opacity = scratch.layer(96, 96).opacity
    across = opacity.sum(axis=0)[opacity.max(axis=0) > 0.1]
    assert len(across) > 20
    assert across.std() > 0.3


def test_missing_wins_over_scratches_in_the_damage_map():
    gt = np.full((64, 64, 3), 0.5, np.float32)
    damage = np.full((64, 64), SCRATCHES, np.uint8)
    image, damage = missing_part("blob").damage_image(gt, damage)
    assert damage[32, 32] == MISSING
    assert damage[0, 0] == SCRATCHES
    scratches = Scratches(count=20, length=90, width=3.0, angle=0, spread=45, opacity=1.0, tone=1.0, seed=8)
    assert scratches.damage_image(image, damage)[1][32, 32] == MISSING


@pytest.mark.parametrize("kind", get_args(Kind))
@pytest.mark.parametrize("seed", range(5))
def test_a_missing_part_lies_where_it_should(kind, seed):
    place = {"corner": (1.0, 0.0), "edge": (0.0, 0.4), "tear": (0.5, 1.0)}.get(kind, (0.5, 0.5))
    numbers = {"border": {"size": 10.0}, "tear": {"angle": 90.0, "size": 40.0, "roughness": 0.05}}.get(
        kind, {}
    )
    damage = damage_of(missing_part(kind, x=place[0], y=place[1], seed=seed, **numbers), 96, 128)
    lost = damage == MISSING
    assert 0.002 < lost.mean() < 0.6
    y, x = (min(int(place[1] * 96), 95), min(int(place[0] * 128), 127))
    if kind == "border":
        assert lost[[0, 0, -1, -1], [0, -1, 0, -1]].all()
        assert not lost[48, 64]
    else:
        assert lost[max(0, y - 6) : y + 6, max(0, x - 6) : x + 6].any()
    if kind == "corner":
        assert not lost[-20:].any()
    if kind == "edge":
        assert lost[:, 0].mean() > 0.9
        assert not lost[:, 64:].any()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("sampler", [*SAMPLERS, sample_missing_part])
def test_damage_lies_over_the_picture_and_leaves_the_rest_as_it_is(sampler, channels):
    config = MissingConfig() if sampler is sample_missing_part else ScratchConfig()
    step = sampler(np.random.default_rng(0), 64, 80, config)
    gt = np.random.default_rng(1).random((64, 80, channels), np.float32)
    before = gt.copy()
    image, damage = step.damage_image(gt, np.zeros((64, 80), np.uint8))
    assert np.array_equal(gt, before)
    assert np.array_equal(image[damage == 0], gt[damage == 0])
    layer = step.layer(64, 80)
    colour = np.broadcast_to(layer.colour, (64, 80, 3))
    if channels == 1:
        colour = luma(colour)
    opacity = layer.opacity[:, :, None]
    covered = damage > 0
    assert covered.any()
    expected = gt * (1 - opacity) + colour * opacity
    assert np.allclose(image[covered], expected[covered], atol=1e-6)


def test_a_missing_part_is_filled_with_its_colour():
    gt = np.zeros((64, 64, 3), np.float32)
    image, damage = missing_part("blob").damage_image(gt, np.zeros((64, 64), np.uint8))
    assert np.allclose(image[damage == MISSING].mean(axis=0), [0.9, 0.8, 0.7], atol=0.1)
    assert not image[damage == 0].any()
    gray, _ = missing_part("blob").damage_image(gt[..., :1], np.zeros((64, 64), np.uint8))
    assert gray.shape == (64, 64, 1)


def test_missing_parts_have_a_free_form():
    """A rough outline is longer than that of the ellipse, and another seed gives another one."""
    smooth, rough, other = (
        damage_of(missing_part("blob", roughness=roughness, seed=seed)) > 0
        for roughness, seed in ((0.0, 1), (0.25, 1), (0.25, 2))
    )

    def outline(mask: np.ndarray) -> int:
        return int((mask[1:] != mask[:-1]).sum() + (mask[:, 1:] != mask[:, :-1]).sum())

    assert outline(rough) > 1.1 * outline(smooth)
    assert (rough != other).mean() > 0.01


def test_a_torn_rim_is_light_beside_a_dark_gap():
    black = {"red": 0.0, "green": 0.0, "blue": 0.0, "x": 0.0, "y": 0.0}
    layer = missing_part("corner", size=60.0, rim=4.0, **black).layer(96, 96)
    gone = layer.opacity > 0.9
    assert layer.colour[gone].max() > 0.8
    assert layer.colour[2:10, 2:10].max() < 0.2


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, cell=st.floats(2.0, 60.0))
def test_fractal_noise_has_unit_scale(seed, cell):
    field = fractal_noise(np.random.default_rng(seed), 200, 160, cell=cell)
    assert field.shape == (200, 160)
    assert 0.5 < field.std() < 1.6
