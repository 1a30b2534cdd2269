import numpy as np
import pandas as pd
import pytest
import torch

from wordmend.comments.entry import Entry, Region, comment_id_of
from wordmend.comments.table import entries_to_table
from wordmend.defects.measure import measure_defect
from wordmend.evaluation.arms import measure_arms, measure_restorer, restore_with_all, show_trail
from wordmend.evaluation.metrics import measure_images, psnr
from wordmend.evaluation.trail import TRAIL_TYPES
from wordmend.pairs.library import PairLibrary
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer
from wordmend.restorers.weights import Restorer
from wordmend.training.stages import restore_pairs
from wordmend.training.visits import rows_to_table


def restorer(seed: int) -> Restorer:
    """A tiny network that changes pictures a little, each seed another way."""
    config = RestorerConfig(options={"width": 4})
    network = build_restorer(config, seed)
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    return Restorer(network, config)


@pytest.fixture(scope="module")
def restorers() -> dict[str, Restorer]:
    return {arm: restorer(seed) for seed, arm in enumerate(("stage1", "control", "stage2"))}


def entry(pair_id: str, text: str, opposite: str | None, dimension: str, region=None, **other) -> Entry:
    values = {"kind": "restored", "conforms": 1, "source": "person", "annotator": "Ann"} | other
    sample_id = f"{pair_id}.{values['kind']}"
    return Entry(
        comment_id=comment_id_of(sample_id, text, dimension, region, values["source"]),
        sample_id=sample_id,
        pair_id=pair_id,
        text=text,
        opposite=opposite,
        dimension=dimension,
        region=region,
        **values,
    )


PLACE = Region(4, 8, 16, 12)


@pytest.fixture
def said(small_library: PairLibrary) -> list[Entry]:
    first, second, *_ = small_library.pair_ids
    return [
        entry(first, "the hair is not clear", "the hair is clear", "sharpness", PLACE),
        entry(first, "the picture is noisy", "the picture is not noisy", "noise"),
        entry(first, "the picture is clear", "the picture is not clear", "sharpness"),
        entry(second, "the colours are pale", None, "other", PLACE),
        entry(second, "no noise in the sky", "noise in the sky", "noise", Region(90, 90, 9, 9), conforms=0),
        entry(second, "the picture is noisy", "the picture is not noisy", "noise", kind="lq"),
    ]


def test_each_comment_is_measured_in_its_region(small_library, restorers, said, language):
    pairs = small_library.select(small_library.pair_ids[:3])
    per_image, trail = measure_arms(pairs, restorers, entries_to_table(said), language)
    assert dict(trail.dtypes.astype(str)) == TRAIL_TYPES
    assert trail["comment_id"].tolist() == [each.comment_id for each in said[:5]]  # not of the input
    pair = pairs.read(pairs.pair_ids[0])
    place = np.s_[8:20, 4:20]
    for arm, each in restorers.items():
        image = dict(restore_pairs(each, pairs))[pair.pair_id]
        crop, gt = image[place], pair.gt[place]
        damage = None if pair.damage is None else pair.damage[place]
        expected = measure_defect(crop, gt, damage, "sharpness")
        assert trail.loc[0, f"defect_{arm}"] == pytest.approx(expected)
        assert trail.loc[0, f"psnr_{arm}"] == pytest.approx(psnr(crop, gt))
        whole = per_image[(per_image["arm"] == arm) & (per_image["pair_id"] == pair.pair_id)].iloc[0]
        assert trail.loc[1, f"defect_{arm}"] == pytest.approx(whole["noise"])
        assert trail.loc[1, f"psnr_{arm}"] == pytest.approx(whole["psnr"])
        assert expected != pytest.approx(whole["sharpness"])
    assert trail.loc[0, "photo"] == pair.photo
    assert trail.loc[0, ["region_x", "region_y", "region_width", "region_height"]].tolist() == [4, 8, 16, 12]


def test_what_cannot_be_measured_is_null(small_library, restorers, said, language):
    pairs = small_library.select(small_library.pair_ids[:2])
    _, trail = measure_arms(pairs, restorers, entries_to_table(said), language)
    assert trail["defect_stage2"].isna().tolist() == [False, False, False, True, True]  # other, beyond
    assert trail["psnr_stage2"].isna().tolist() == [False, False, False, False, True]


def test_the_target_is_what_is_wanted_and_null_where_nothing_is(small_library, restorers, said, language):
    pairs = small_library.select(small_library.pair_ids[:2])
    _, trail = measure_arms(pairs, restorers, entries_to_table(said), language)
    wanted = ["the hair is clear", "the picture is not noisy", None, None, "no noise in the sky"]
    assert trail["target"].astype(object).where(trail["target"].notna(), None).tolist() == wanted


def test_without_comments_the_table_is_empty_and_the_images_are_measured(small_library, restorers, language):
    pairs = small_library.select(small_library.pair_ids[:2])
    per_image, trail = measure_arms(pairs, restorers, entries_to_table([]), language)
    assert trail.empty
    assert dict(trail.dtypes.astype(str)) == TRAIL_TYPES
    assert per_image["arm"].tolist() == [arm for arm in ("lq", *restorers) for _ in range(2)]
    lq = [(pair.pair_id, pair.lq, pair.gt, pair.damage, pair.lq) for pair in pairs]
    pd.testing.assert_frame_equal(per_image[:2], measure_images("lq", lq))
    kept = per_image.groupby("arm")["kept"]
    assert kept.count().to_dict() == {"lq": 0, "stage1": 2, "control": 2, "stage2": 2}
    assert (
        kept.mean()["control"] == measure_restorer(pairs, restorers["control"], "champion")["kept"].mean() < 1
    )


def test_all_restorers_are_given_pair_by_pair(small_library, restorers):
    pairs = small_library.select(small_library.pair_ids[:9])  # more than a batch
    found = {pair.pair_id: images for pair, images in restore_with_all(pairs, restorers)}
    assert list(found) == pairs.pair_ids
    for arm, each in restorers.items():
        for pair_id, image in restore_pairs(each, pairs):
            np.testing.assert_array_equal(found[pair_id][arm], image)


def test_the_largest_changes_come_with_pictures_of_their_regions(small_library, restorers, said, language):
    pairs = small_library.select(small_library.pair_ids[:2])
    _, trail = measure_arms(pairs, restorers, entries_to_table(said), language)
    shown = show_trail(pairs, restorers, trail, rows_to_table([]), 12)
    assert set(shown.photos) == set(pairs.pair_ids)
    assert len(shown.regions) == 1  # one a pair; of the second pair nothing is measured
    ((comment_id, pictures),) = shown.regions.items()
    row = trail.set_index("comment_id").loc[comment_id]
    expected = (32, 32, 3) if pd.isna(row["region_x"]) else (12, 16, 3)
    assert {arm: image.shape for arm, image in pictures.items()} == dict.fromkeys(
        ("lq", "stage1", "control", "stage2", "gt"), expected
    )
    assert show_trail(pairs, restorers, trail, rows_to_table([]), 0).regions == {}
