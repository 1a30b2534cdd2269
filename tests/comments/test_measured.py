import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from wordmend.comments.measured import MEASURED, measured_entries
from wordmend.comments.measured_config import MeasuredConfig, Thresholds

SAID_STRAIGHT = MeasuredConfig(reversed_share=0)


def picture(seed=0, size=112):
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.linspace(0, 1, size), np.linspace(0, 1, size))
    image = np.repeat((0.3 + 0.2 * x + 0.1 * y)[:, :, None], 3, axis=2)
    for _ in range(25):
        centre, radius = rng.integers(0, size, 2), rng.integers(3, 12)
        disc = (np.hypot(*(np.indices((size, size)) - centre[:, None, None])) < radius)[:, :, None]
        image = np.where(disc, rng.uniform(0.15, 0.8, 3), image)
    return image.astype(np.float32)


def degraded(defects, gt, seed=0):
    """A picture with the defects that are named, and its damage map."""
    rng = np.random.default_rng(seed)
    damage = np.zeros(gt.shape[:2], np.uint8)
    cv2.line(damage, (10, 5), (100, 90), 1, 2)
    damage[70:100, 12:50] = 2
    image = cv2.GaussianBlur(gt, (0, 0), 1.8) if "sharpness" in defects else gt.copy()
    if "noise" in defects:
        image = image + rng.normal(0, 0.07, gt.shape)
    if "scratches" in defects:
        image[damage == 1] = 1.0
    if "missing_parts" in defects:
        image[damage == 2] = 0.0
    return np.clip(image, 0, 1).astype(np.float32), damage


def comment(language, image, gt, damage, *, kind="restored", config=SAID_STRAIGHT, seed=0):
    return measured_entries(
        sample_id="pair0-restored",
        pair_id="pair0",
        kind=kind,
        image=image,
        gt=gt,
        damage=damage,
        config=config,
        language=language,
        rng=np.random.default_rng(seed),
    )


@settings(max_examples=12, deadline=None)
@given(st.sets(st.sampled_from(MEASURED)), st.integers(0, 1000))
def test_what_is_said_of_the_whole_image_is_what_was_done_to_it(language, defects, seed):
    gt = picture(seed % 5)
    image, damage = degraded(defects, gt)
    said = {e.dimension: e for e in comment(language, image, gt, damage, seed=seed) if e.region is None}
    for dimension in MEASURED:
        entry = said.get(dimension)
        if dimension in defects:
            assert entry is not None
            assert language.read(entry.text).polarity == "defect"
        elif entry is not None:
            assert language.read(entry.text).polarity == "good"
    if not defects:
        assert set(said) == set(MEASURED)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**20), st.sampled_from([0.0, 0.3, 1.0]))
def test_every_text_is_read_as_it_is_meant(language, seed, reversed_share):
    gt = picture(1)
    image, damage = degraded(MEASURED[: 1 + seed % 4], gt)
    config = MeasuredConfig(reversed_share=reversed_share)
    for entry in comment(language, image, gt, damage, config=config, seed=seed):
        said, other = language.read(entry.text), language.read(entry.opposite)
        assert said.dimension == other.dimension == entry.dimension
        assert {said.polarity, other.polarity} == {"defect", "good"}
        if reversed_share in (0.0, 1.0):
            assert entry.conforms == 1 - reversed_share


def test_reverse_evaluation_says_the_opposite_of_the_same_findings(language):
    gt = picture()
    image, damage = degraded({"noise", "scratches"}, gt)
    straight = comment(language, image, gt, damage)
    turned = comment(language, image, gt, damage, config=MeasuredConfig(reversed_share=1))
    assert [(e.text, e.opposite) for e in turned] == [(e.opposite, e.text) for e in straight]
    assert {e.conforms for e in turned} == {0}


def test_both_classes_occur_by_default(language):
    gt = picture()
    image, damage = degraded({"sharpness", "noise"}, gt)
    classes = [
        e.conforms
        for seed in range(30)
        for e in comment(language, image, gt, damage, config=MeasuredConfig(), seed=seed)
    ]
    assert 0.1 < 1 - np.mean(classes) < 0.4


def test_gt_is_praised_as_a_whole(language):
    gt = picture()
    entries = comment(language, gt, gt, None, kind="gt")
    assert {e.dimension for e in entries} == set(MEASURED)
    assert all(e.region is None and e.conforms == 1 for e in entries)
    assert all(language.read(e.text).polarity == "good" for e in entries)


def test_a_picture_without_edges_is_not_praised_for_sharpness(language):
    x = np.linspace(0.2, 0.8, 96, dtype=np.float32)
    ramp = np.repeat(np.repeat(x[None, :, None], 96, axis=0), 3, axis=2)
    assert "sharpness" not in {e.dimension for e in comment(language, ramp, ramp, None, kind="gt")}
    assert "sharpness" not in {e.dimension for e in comment(language, ramp, ramp, None)}


def test_what_was_not_measured_is_not_spoken_about(language):
    gt = picture()
    image, _ = degraded({"noise"}, gt)
    assert {e.dimension for e in comment(language, image, gt, None)} <= {"sharpness", "noise"}


def test_an_image_is_praised_for_damage_that_it_does_not_have(language):
    gt = picture()
    image, _ = degraded({"noise"}, gt)
    intact = np.zeros(gt.shape[:2], dtype=np.uint8)
    said = {e.dimension: language.read(e.text).polarity for e in comment(language, image, gt, intact)}
    assert said["scratches"] == said["missing_parts"] == "good"


def test_between_the_thresholds_nothing_is_said(language):
    gt = picture()
    slight = np.clip(gt + np.random.default_rng(0).normal(0, 0.013, gt.shape), 0, 1).astype(np.float32)
    assert "noise" not in {e.dimension for e in comment(language, slight, gt, None)}


def test_noise_in_a_filled_part_is_not_a_missing_part(language):
    gt = picture()
    image, damage = degraded({"noise"}, gt)
    noisy = np.clip(image + np.random.default_rng(5).normal(0, 0.1, gt.shape), 0, 1).astype(np.float32)
    assert "missing_parts" not in {e.dimension for e in comment(language, noisy, gt, damage)}


def test_the_worst_region_is_named_where_the_defect_is(language):
    gt = picture()
    image, damage = degraded({"missing_parts"}, gt)
    image[:40, 70:] += np.random.default_rng(0).normal(0, 0.12, (40, 42, 3)).astype(np.float32)
    regional = {e.dimension: e for e in comment(language, image, gt, damage) if e.region is not None}
    assert set(regional) == {"noise", "missing_parts"}
    hole = regional["missing_parts"].region
    assert hole.x < 50 and hole.x + hole.width > 12 and hole.y + hole.height > 70
    assert regional["noise"].region.x >= 60
    assert "upper right" in regional["noise"].text or "image noise" in regional["noise"].text
    for entry in regional.values():
        assert min(entry.region.width, entry.region.height) >= 32
        assert entry.region.x + entry.region.width <= 112 and entry.region.y + entry.region.height <= 112
        assert language.read(entry.text).polarity == "defect"


def test_no_image_is_praised_for_what_a_region_lacks(language):
    gt = picture()
    image, damage = degraded({"scratches", "missing_parts"}, gt)
    praised = {
        e.dimension for e in comment(language, image, gt, damage) if language.read(e.text).polarity == "good"
    }
    assert praised <= {"sharpness", "noise"}


def test_small_images_have_no_regions(language):
    gt = picture(size=30)
    noisy = gt + np.random.default_rng(0).normal(0, 0.1, gt.shape).astype(np.float32)
    entries = comment(language, noisy, gt, None)
    assert entries and all(e.region is None for e in entries)


def test_wording_varies_with_the_generator_and_with_nothing_else(language):
    gt = picture()
    image, damage = degraded(set(MEASURED), gt)
    runs = [
        [e.text for e in comment(language, image, gt, damage, seed=seed)] for seed in (0, 0, *range(1, 12))
    ]
    assert runs[0] == runs[1]
    assert len({run[0] for run in runs}) > 5


def test_stronger_defects_get_stronger_words(language):
    gt = picture()
    config = MeasuredConfig(reversed_share=0, severity_share=1, regions=False)

    def severities(sigma):
        image = cv2.GaussianBlur(gt, (0, 0), sigma)
        texts = [
            e.text
            for seed in range(40)
            for e in comment(language, image, gt, None, config=config, seed=seed)
            if e.dimension == "sharpness"
        ]
        return {word for text in texts for word in text.split() if word in {"slightly", "clearly", "very"}}

    assert severities(0.7) == {"slightly"}
    assert severities(4.0) == {"very"}


def test_thresholds_out_of_order_are_refused():
    with pytest.raises(ValidationError, match="good <= defect < severe"):
        Thresholds(good=0.3, defect=0.2, severe=0.5)
