"""Recipes: drawn, written, read and replayed to the same bytes."""

import hashlib
import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordmend.degradations.config import DegradationConfig
from wordmend.degradations.operation import Image, PrintDamage
from wordmend.degradations.recipe import OPERATIONS, Recipe, apply_recipe, sample_recipe
from wordmend.errors import ImageError, ParameterError

SEEDS = st.integers(0, 2**32 - 1)

WEAKEST = {
    "blur": {
        "sigma": (0.1, 0.1),
        "anisotropy": (0.05, 0.05),
        "motion_length": (1, 1),
        "defocus_radius": (0.5, 0.5),
    },
    "low_resolution": {"factor": (1, 1)},
    "noise": {
        "gaussian_sigma": (0, 0),
        "poisson_peak": (1, 1),
        "grain_sigma": (0, 0),
        "grain_size": (0.1, 0.1),
    },
    "fading": {"amount": (0, 0), "haze": (0, 0)},
    "sepia": {"warmth": (0, 0)},
    "scratches": {
        **{
            "opacity": (0.1, 0.1),
            "scratch_count": (1, 1),
            "scratch_length": (0.01, 0.01),
            "scratch_width": (0, 0),
        },
        **{"dust_count": (1, 1), "dust_size": (0, 0), "crack_width": (0, 0), "flaking": (0, 0)},
    },
    "missing": {"size": (0, 0), "roughness": (0, 0)},
    "jpeg": {"quality": (1, 1)},
}
STRONGEST = {
    "blur": {
        "sigma": (50, 50),
        "anisotropy": (1, 1),
        "motion_length": (200, 200),
        "defocus_radius": (50, 50),
    },
    "low_resolution": {"factor": (16, 16)},
    "noise": {
        "gaussian_sigma": (1, 1),
        "poisson_peak": (1e5, 1e5),
        "grain_sigma": (1, 1),
        "grain_size": (20, 20),
    },
    "fading": {"amount": (1, 1), "haze": (1, 1), "unevenness": (1, 1)},
    "sepia": {"warmth": (1, 1)},
    "scratches": {
        **{
            "opacity": (1, 1),
            "scratch_count": (200, 200),
            "scratch_length": (5, 5),
            "scratch_width": (0.2, 0.2),
        },
        **{"dust_count": (1000, 1000), "dust_size": (0.2, 0.2), "crack_width": (0.2, 0.2), "flaking": (1, 1)},
    },
    "missing": {"count": (20, 20), "size": (1, 1), "roughness": (1, 1)},
    "jpeg": {"quality": (100, 100)},
}


def picture(height: int = 96, width: int = 96, channels: int = 3) -> Image:
    """Smooth shapes with texture, from black to white."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = [
        np.sin(x / (5 + 3 * c)) * np.cos(y / (7 + 2 * c)) + 0.3 * np.sin((x + y) / 2) for c in range(channels)
    ]
    image = np.stack(waves, axis=2)
    return ((image - image.min()) / (image.max() - image.min())).astype(np.float32)


def recipe_of(seed: int, height: int = 96, width: int = 96) -> Recipe:
    return sample_recipe(np.random.default_rng(seed), height, width, DegradationConfig())


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, channels=st.sampled_from([1, 3]), height=st.integers(32, 130), width=st.integers(32, 130))
def test_a_degraded_image_is_an_8_bit_image_of_the_same_shape(seed, channels, height, width):
    gt = picture(height, width, channels)
    before = gt.copy()
    degraded = apply_recipe(gt, recipe_of(seed, height, width))
    assert degraded.lq.shape == gt.shape
    assert degraded.lq.dtype == np.float32
    stored = np.rint(degraded.lq * 255).astype(np.uint8)
    assert np.array_equal(stored.astype(np.float32) / np.float32(255), degraded.lq)
    assert degraded.damage.shape == (height, width)
    assert degraded.damage.dtype == np.uint8
    assert set(np.unique(degraded.damage)) <= {0, 1, 2}
    assert np.array_equal(gt, before)


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS)
def test_a_recipe_read_from_json_gives_the_same_bytes(seed):
    recipe = recipe_of(seed)
    read = Recipe.from_json(recipe.to_json())
    assert read == recipe
    first, second = apply_recipe(picture(), recipe), apply_recipe(picture(), read)
    assert first.lq.tobytes() == second.lq.tobytes()
    assert first.damage.tobytes() == second.damage.tobytes()


def test_another_process_and_another_thread_count_give_the_same_bytes():
    recipes = [recipe_of(seed, 200, 260) for seed in range(12)]
    gt = picture(200, 260)

    def digest() -> str:
        digests = hashlib.sha256()
        for recipe in recipes:
            degraded = apply_recipe(gt, recipe)
            digests.update(degraded.lq.tobytes() + degraded.damage.tobytes())
        return digests.hexdigest()

    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        alone = digest()
        cv2.setNumThreads(4)
        assert digest() == alone
    finally:
        cv2.setNumThreads(threads)
    code = (
        "import hashlib, json, sys; import numpy as np\n"
        "from wordmend.degradations.recipe import Recipe, apply_recipe\n"
        "given = json.load(sys.stdin)\n"
        "gt = np.frombuffer(bytes.fromhex(given['gt']), np.float32).reshape(200, 260, 3)\n"
        "digests = hashlib.sha256()\n"
        "for text in given['recipes']:\n"
        "    degraded = apply_recipe(gt, Recipe.from_json(text))\n"
        "    digests.update(degraded.lq.tobytes() + degraded.damage.tobytes())\n"
        "print(digests.hexdigest())\n"
    )
    given_text = json.dumps({"gt": gt.tobytes().hex(), "recipes": [recipe.to_json() for recipe in recipes]})
    run = subprocess.run(
        [sys.executable, "-c", code], input=given_text, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == alone


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_pixels_that_the_damage_map_calls_intact_are_not_touched_by_damage(seed):
    recipe = recipe_of(seed)
    damage_only = Recipe(tuple(step for step in recipe.operations if isinstance(step, PrintDamage)))
    gt = np.rint(picture() * 255).astype(np.uint8).astype(np.float32) / np.float32(255)
    degraded = apply_recipe(gt, damage_only)
    intact = degraded.damage == 0
    assert np.array_equal(degraded.lq[intact], gt[intact])


def test_one_degradation_at_least_and_frequencies_as_set():
    recipes = [recipe_of(seed) for seed in range(600)]
    assert all(recipe.operations for recipe in recipes)
    kinds = [{step.operation for step in recipe.operations} for recipe in recipes]

    def frequency(*names: str) -> float:
        return sum(bool(kind & set(names)) for kind in kinds) / len(kinds)

    # Where nothing else came one is drawn, so each is a little above its probability.
    expected = DegradationConfig().probabilities()
    for kind, names in {
        "blur": ("gaussian_blur", "motion_blur", "defocus_blur"),
        "noise": ("gaussian_noise", "poisson_noise", "film_grain"),
        "scratches": ("scratches", "dust", "crack", "fold"),
        "missing": ("missing_part",),
    }.items():
        assert frequency(*names) == pytest.approx(expected[kind], abs=0.08)
    assert set().union(*kinds) == set(OPERATIONS)


def test_a_rare_degradation_alone_still_degrades_every_image():
    off = {name: {"probability": 0.0} for name in DegradationConfig().probabilities()}
    config = DegradationConfig.model_validate({**off, "jpeg": {"probability": 0.01}})
    rng = np.random.default_rng(0)
    assert all(sample_recipe(rng, 64, 64, config).summary().startswith("JPEG") for _ in range(50))


def test_the_default_mix_is_moderate():
    errors = []
    for seed in range(150):
        gt = picture()
        errors.append(np.mean((apply_recipe(gt, recipe_of(seed)).lq - gt) ** 2))
    psnr = -10 * np.log10(errors)
    assert 17.0 < psnr.mean() < 27.0  # a third is clean, a quarter sharp
    assert min(errors) > 1e-5


@pytest.mark.parametrize("ranges", [WEAKEST, STRONGEST], ids=["weakest", "strongest"])
@pytest.mark.parametrize("size", [1, 7, 40])
def test_what_the_parameters_allow_can_be_drawn_stored_and_applied(ranges, size):
    config = DegradationConfig.model_validate(
        {name: {**group, "probability": 0.5} for name, group in ranges.items()}
    )
    for seed in range(10):
        recipe = sample_recipe(np.random.default_rng(seed), size, size, config)
        degraded = apply_recipe(np.full((size, size, 3), 0.5, np.float32), Recipe.from_json(recipe.to_json()))
        assert np.isfinite(degraded.lq).all()


def test_the_order_is_that_of_a_photograph():
    config = DegradationConfig.model_validate(
        {name: {"probability": 1.0} for name in DegradationConfig().probabilities()}
    )
    names = [step.operation for step in sample_recipe(np.random.default_rng(1), 96, 96, config).operations]
    assert names[0].endswith("_blur")
    assert names[1:4] == ["low_resolution", "fading", "sepia"]
    assert names[-2:] == ["missing_part", "jpeg"]


def test_a_summary_counts_what_comes_more_than_once():
    part = {
        **{"operation": "missing_part", "kind": "corner", "x": 0.0, "y": 0.0, "size": 9.0, "aspect": 1.0},
        **{"angle": 0.0, "roughness": 0.1, "rim": 0.0, "red": 1.0, "green": 1.0, "blue": 1.0, "opacity": 1.0},
    }
    steps = [
        {"operation": "motion_blur", "length": 7.0, "angle": 10.0},
        {**part, "seed": 1},
        {**part, "seed": 2},
    ]
    assert Recipe.from_json(json.dumps(steps)).summary() == "motion blur 7 px, lost corner (x2)"
    assert Recipe(()).summary() == "nothing done"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ('{"operation": "jpeg"}', "a JSON list"),
        ("[3]", "operation 0: 3 is no object"),
        ('[{"quality": 3}]', "no object with the key 'operation'"),
        ('[{"operation": "jpg"}]', "unknown operation 'jpg'; did you mean 'jpeg'"),
        ('[{"operation": ["jpeg"]}]', "unknown operation"),
        ('[{"operation": "jpeg", "quality": 50}]', r"operation 0 \(jpeg\): key 'subsampling'"),
        ('[{"operation": "jpeg", "quality": 0, "subsampling": true}]', "key 'quality'"),
        (
            '[{"operation": "jpeg", "quality": 5, "subsampling": true, "qualty": 5}]',
            "unknown parameter 'qualty'",
        ),
    ],
)
def test_a_recipe_that_can_not_be_read_says_why(text, message):
    with pytest.raises(ParameterError, match=message):
        Recipe.from_json(text)


@pytest.mark.parametrize(
    "gt",
    [
        np.zeros((8, 8), np.float32),
        np.zeros((8, 8, 4), np.float32),
        np.zeros((0, 8, 3), np.float32),
        np.zeros((8, 8, 3), np.float64),
        np.full((8, 8, 3), 255, np.float32),
        np.full((8, 8, 3), np.nan, np.float32),
    ],
)
def test_what_is_no_image_is_refused(gt):
    with pytest.raises(ImageError, match="can't be degraded"):
        apply_recipe(gt, recipe_of(1))
