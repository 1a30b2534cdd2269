from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from wordmend.comments.words import TargetText
from wordmend.errors import ParameterError, PhotosError, TableError, WeightsError
from wordmend.pairs.image_pair import SAMPLE
from wordmend.pairs.library import PairLibrary
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.model import QualityModel
from wordmend.quality.weights import build_quality_model
from wordmend.restoration.tiling import restore_image
from wordmend.restorers.weights import Restorer, save_restorer
from wordmend.training.restoration_config import PairsPart, Stage1Config, Stage2Config
from wordmend.training.stage2 import Stage2Training, commented_first, train_control, train_stage2
from wordmend.training.stages import part_of, restore_pairs, train_stage1

LOOP = {"steps": 4, "learning_rate": 1e-3, "device": "cpu", "log_every": 1}
CLEAR = TargetText("the image is clear", "sharpness", None, "measured", "c1")


def stage1_config(**changes: Any) -> Stage1Config:
    return Stage1Config.model_validate(
        {"options": {"width": 4}, "batch_size": 2, "validation_pairs": 2, "loop": LOOP} | changes
    )


def stage2_config(**changes: Any) -> Stage2Config:
    base = {"batch_size": 2, "validation_pairs": 2, "guard": None, "loop": LOOP}
    return Stage2Config.model_validate(base | changes)


def weights_of(restorer: Restorer) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in restorer.network.parameters()])


def test_stage1_learns_and_repeats_bitwise(small_library: PairLibrary):
    first, second = (train_stage1(small_library, stage1_config(), seed=3) for _ in range(2))
    assert torch.equal(weights_of(first.restorer), weights_of(second.restorer))
    other = train_stage1(small_library, stage1_config(), seed=4)
    assert not torch.equal(weights_of(first.restorer), weights_of(other.restorer))
    assert len(first.last_pair_ids) == len(set(first.last_pair_ids)) == 8  # 4 steps of 2
    assert set(first.last_pair_ids) <= set(small_library.split("train").pair_ids)


def test_stage1_lowers_its_loss(small_library: PairLibrary):
    loop = LOOP | {"steps": 40, "learning_rate": 5e-3}
    config = stage1_config(pairs_part={"end": 0.1}, augment=False, loop=loop)
    losses = train_stage1(small_library, config, seed=0).training.losses["pixel_loss"]
    assert losses.iloc[-1] < 0.9 * losses.iloc[0]  # of the same two pairs in every step


def test_damage_may_count_by_itself_in_stage1(small_library: PairLibrary):
    weights = {"scratches": 1.0, "missing_parts": 1.0}
    config = stage1_config(w_unnamed=weights, w_harm=1.0, fade_from=0.5, batch_size=8)
    losses = train_stage1(small_library, config, seed=0).training.losses
    assert {"pixel_loss", "unnamed_scratches", "unnamed_missing_parts", "harm"} <= set(losses)
    counted = losses["unnamed_scratches"] + losses["unnamed_missing_parts"] + losses["harm"]
    strength = torch.tensor([1.0, 1.0, 0.5, 0.0], dtype=torch.float64).numpy()
    assert (counted > 0).all()
    assert losses["loss"].to_numpy() == pytest.approx(losses["pixel_loss"] + strength * counted, rel=1e-4)


def test_stage1_starts_from_weights(small_library: PairLibrary, tmp_path):
    trained = train_stage1(small_library, stage1_config(), seed=0).restorer
    save_restorer(tmp_path, trained)
    tiny = LOOP | {"steps": 1, "learning_rate": 1e-12}
    config = stage1_config(weights=str(tmp_path / "restorer.safetensors"), loop=tiny)
    again = train_stage1(small_library, config, seed=0).restorer
    assert torch.allclose(weights_of(again), weights_of(trained), atol=1e-6)


def test_stage1_refuses_weights_of_another_network(small_library: PairLibrary, tmp_path):
    save_restorer(tmp_path, train_stage1(small_library, stage1_config(), seed=0).restorer)
    config = stage1_config(weights=str(tmp_path / "restorer.safetensors"), options={"width": 8})
    with pytest.raises(WeightsError, match="another network"):
        train_stage1(small_library, config, seed=0)


@pytest.mark.parametrize("name", ["w_text", "gt_unsharp", "w_pixel_unnamed"])
def test_stage1_has_no_words(name: str):
    with pytest.raises(ValueError, match=f"unknown parameter '{name}'"):
        stage1_config(**{name: 0.1})


def test_a_size_that_the_network_does_not_take_is_refused(small_library: PairLibrary):
    with pytest.raises(ParameterError, match=r"SCUNet.*multiples of 64.*32x32"):
        train_stage1(small_library, stage1_config(architecture="SCUNet", options={"config": [1] * 7}), seed=0)


@pytest.fixture
def stage1(small_library: PairLibrary) -> Restorer:
    return train_stage1(small_library, stage1_config(), seed=0).restorer


def fresh_copy(restorer: Restorer) -> Restorer:
    import copy

    return copy.deepcopy(restorer)


def said_of_inputs(pairs: PairLibrary, count: int) -> tuple[dict[str, list[TargetText]], dict[str, Path]]:
    """Words for the first pairs, as if their inputs were what had been restored and commented on."""
    rows = pairs.table.set_index("pair_id")["lq_path"]
    ids = pairs.pair_ids[:count]
    words = {pair_id: [replace(CLEAR, sample_id=f"{pair_id}.restored")] for pair_id in ids}
    return words, {f"{pair_id}.restored": pairs.folder / str(rows[pair_id]) for pair_id in ids}


def stage2_of(
    pairs: PairLibrary, stage1: Restorer, quality_model: QualityModel, config: Stage2Config, **more: Any
) -> Stage2Training:
    """Stage 2 from a copy of stage 1, with words for the first ten pairs."""
    words, pictures = said_of_inputs(pairs, 10)
    copy = fresh_copy(stage1)
    return train_stage2(pairs, copy, quality_model, words, pictures, config, seed=1, **more)


EVERYWHERE = {"words_where": "everywhere"}


@pytest.fixture(scope="module")
def quality_model():
    torch.manual_seed(0)
    return build_quality_model(QualityModelConfig(image_size=32))


def test_without_text_weight_stage2_is_the_control(
    small_library: PairLibrary, stage1: Restorer, quality_model
):
    words, pictures = said_of_inputs(small_library, 10)
    config = stage2_config(w_text=0.0)
    stage2 = train_stage2(small_library, fresh_copy(stage1), quality_model, words, pictures, config, seed=1)
    control = stage2.control
    assert control is not None
    assert torch.equal(weights_of(stage2.restorer), weights_of(control.restorer))
    assert not torch.equal(weights_of(control.restorer), weights_of(stage1))
    assert stage2.training.losses["pixel_loss"].tolist() == control.training.losses["pixel_loss"].tolist()


def test_words_change_the_weights(small_library: PairLibrary, stage1: Restorer, quality_model):
    words, pictures = said_of_inputs(small_library, len(small_library))
    config = stage2_config(w_text=0.5)
    stage2 = train_stage2(small_library, fresh_copy(stage1), quality_model, words, pictures, config, seed=1)
    control = stage2.control
    assert control is not None
    assert not torch.equal(weights_of(stage2.restorer), weights_of(control.restorer))
    # the first step sees the same batch and the same weights
    assert stage2.training.losses["pixel_loss"].iloc[0] == control.training.losses["pixel_loss"].iloc[0]
    assert {"text_loss", "similarity"} <= set(stage2.training.losses.columns)


def test_the_control_ends_where_stage2_ended(small_library: PairLibrary, stage1: Restorer, quality_model):
    ending = stage2_config(loop=LOOP | {"end_below": {"pixel_loss": 9.0}, "end_below_steps": 2})
    stage2 = train_stage2(small_library, fresh_copy(stage1), quality_model, {}, {}, ending, seed=1)
    assert stage2.control is not None
    assert stage2.training.steps == stage2.control.training.steps == 2


@pytest.mark.parametrize("margin", [None, 0.0])
def test_stage2_is_the_same_with_a_control_that_is_trained_already(
    small_library: PairLibrary, stage1: Restorer, quality_model, margin: float | None
):
    config = stage2_config(w_text=0.9, control_share=0.1, control_margin=margin, **EVERYWHERE)
    both = stage2_of(small_library, stage1, quality_model, config)
    assert both.control is not None
    control = both.control.restorer
    alone = stage2_of(small_library, stage1, quality_model, config, trained_control=control)
    assert alone.control is None
    assert torch.equal(weights_of(both.restorer), weights_of(alone.restorer))
    assert both.training.losses.equals(alone.training.losses)
    assert both.visits.equals(alone.visits)


def test_the_final_weights_take_in_the_control(small_library: PairLibrary, stage1: Restorer, quality_model):
    configs = (
        stage2_config(w_text=0.5, guard=None, control_share=share, **EVERYWHERE) for share in (0.0, 0.25)
    )
    alone, mean = (stage2_of(small_library, stage1, quality_model, config) for config in configs)
    assert alone.control is not None and mean.control is not None
    assert torch.equal(weights_of(mean.control.restorer), weights_of(alone.control.restorer))
    expected = 0.75 * weights_of(alone.restorer) + 0.25 * weights_of(mean.control.restorer)
    assert torch.allclose(weights_of(mean.restorer), expected, atol=1e-6)
    assert not torch.equal(weights_of(mean.restorer), weights_of(alone.restorer))


@pytest.mark.parametrize("guard", [None, {"psnr_margin": 9.0, "haarpsi_margin": 1.0}])
def test_it_takes_in_as_much_of_the_control_as_psnr_needs(
    small_library: PairLibrary, stage1: Restorer, quality_model, guard: dict[str, float] | None
):
    free, near = (
        stage2_of(
            small_library,
            stage1,
            quality_model,
            stage2_config(w_text=0.9, guard=guard, control_share=0.1, control_margin=margin, **EVERYWHERE),
        )
        for margin in (None, 0.0)
    )
    assert free.control is not None
    in_the_end = [one.training.validations["psnr"].iloc[-1] for one in (free, free.control)]
    assert in_the_end[0] < in_the_end[1]
    control, less, more = (weights_of(one) for one in (free.control.restorer, free.restorer, near.restorer))
    share = 1 - 0.9 * float((more - control).norm() / (less - control).norm())
    assert free.control_share == 0.1
    assert near.control_share > 0.15
    assert near.control_share == pytest.approx(share, abs=1e-3)
    if guard is not None:
        last = near.guard.iloc[-1]
        assert last["action"] == "used less"
        assert last["control_share"] == near.control_share
        assert last["psnr"] >= last["control_psnr"]


def test_the_guard_has_it_take_in_as_much_of_the_control_as_it_needs(
    small_library: PairLibrary, stage1: Restorer, quality_model
):
    guards = (None, {"psnr_margin": 0.0, "confidence": 0.5, "named_psnr": 99.0, "haarpsi_margin": 1.0})
    free, watched = (
        stage2_of(small_library, stage1, quality_model, stage2_config(w_text=0.9, guard=guard, **EVERYWHERE))
        for guard in guards
    )
    assert free.control is not None
    in_the_end = [one.training.validations["psnr"].iloc[-1] for one in (free, free.control)]
    assert in_the_end[0] < in_the_end[1]
    last, share = watched.guard.iloc[-1], watched.control_share
    assert (last["action"], last["control_share"]) == ("used less", share) and 0.3 <= share <= 1
    assert last["psnr"] >= last["control_psnr"]
    mean = (1 - share) * weights_of(free.restorer) + share * weights_of(free.control.restorer)
    assert torch.allclose(weights_of(watched.restorer), mean, atol=1e-6)


def test_the_control_by_itself_is_the_one_beside_stage2(
    small_library: PairLibrary, stage1: Restorer, quality_model
):
    words, pictures = said_of_inputs(small_library, 10)
    config, copy = stage2_config(w_text=0.5, guard=None), fresh_copy(stage1)
    beside = train_stage2(small_library, copy, quality_model, words, pictures, config, seed=1).control
    alone = train_control(small_library, stage1, commented_first(words), config, seed=1)
    assert beside is not None
    assert torch.equal(weights_of(beside.restorer), weights_of(alone.restorer))
    assert beside.training.losses["pixel_loss"].equals(alone.training.losses["pixel_loss"])
    other = train_control(small_library, fresh_copy(stage1), [], config, seed=1)
    assert not torch.equal(weights_of(other.restorer), weights_of(alone.restorer))


def test_which_pairs_come_first_may_be_said(small_library: PairLibrary, stage1: Restorer, quality_model):
    words, pictures = said_of_inputs(small_library, 10)
    first = small_library.split("train").pair_ids[-8:]
    config = stage2_config(guard=None)
    visits = train_stage2(
        small_library, stage1, quality_model, words, pictures, config, seed=1, first=first
    ).visits
    assert set(visits["pair_id"]) == set(first)


def test_what_guided_each_image_can_be_looked_up(small_library: PairLibrary, stage1: Restorer, quality_model):
    words, pictures = said_of_inputs(small_library, 10)
    config = stage2_config(words={"reuse_similarity": 0})
    training = train_stage2(small_library, stage1, quality_model, words, pictures, config, seed=1)
    visits = training.visits
    assert list(visits.groupby("step")["place"].nunique()) == [2, 2, 2, 2]
    assert set(visits["pair_id"]) <= set(small_library.split("train").pair_ids)
    said = visits[visits["words"] == "said"]
    commented = [pair_id for pair_id in small_library.split("train").pair_ids if pair_id in words]
    assert len(commented) >= 8  # as many as were visited: those come first
    assert len(said) == len(visits) == 8
    assert (said["sample_id"] == said["pair_id"] + ".restored").all()
    assert set(said["text"]) == {"the image is clear"}
    assert training.training.losses["texts_measured"].tolist() == [1.0] * 4


def test_words_about_an_image_that_changed_too_much_are_not_used_again(
    small_library: PairLibrary, stage1: Restorer, quality_model
):
    words, pictures = said_of_inputs(small_library, 30)
    config = stage2_config(words={"reuse_similarity": 1})
    visits = train_stage2(small_library, stage1, quality_model, words, pictures, config, seed=1).visits
    assert set(visits["words"]) == {"preset"}
    assert (visits["similarity"] < 1).all()


def test_words_of_a_picture_that_is_gone_are_refused_at_once(
    small_library: PairLibrary, stage1: Restorer, quality_model
):
    words, _ = said_of_inputs(small_library, 1)
    with pytest.raises(TableError, match=r"\.restored.*run the comments pipeline again"):
        train_stage2(small_library, stage1, quality_model, words, {}, stage2_config(), seed=1)


def test_commented_pairs_come_first_and_preset_does_not_count():
    preset = TargetText("the image is clear", "sharpness", None, "preset", None)
    assert commented_first({"a": [preset], "b": [CLEAR], "c": []}) == ["b"]


def test_the_text_weight_stays_below_the_pixel_weight():
    with pytest.raises(ValueError, match=r"w_text \(1.0\) must be below w_pixel \(1.0\)"):
        stage2_config(w_text=1.0)


def test_parts_of_the_pairs_are_disjoint_or_overlap_as_set(small_library: PairLibrary):
    train_ids = set(small_library.split("train").pair_ids)
    first = set(part_of(small_library, PairsPart(end=0.5), seed=0).pair_ids)
    second = set(part_of(small_library, PairsPart(start=0.5), seed=0).pair_ids)
    assert first | second == train_ids
    assert not first & second
    assert first & set(part_of(small_library, PairsPart(start=0.25, end=0.75), seed=0).pair_ids)


def test_an_empty_part_is_refused(small_library: PairLibrary):
    with pytest.raises(PhotosError, match=r"pairs_part 0.0 to 0.001 of \d+ training pairs holds no pair"):
        part_of(small_library, PairsPart(end=0.001), seed=0)


def test_restored_pairs_are_pictures(small_library: PairLibrary, stage1: Restorer):
    restored = dict(restore_pairs(stage1, small_library, batch_size=7))
    assert list(restored) == small_library.pair_ids
    assert all(image.shape == (32, 32, 3) for image in restored.values())
    assert all(image.min() >= 0 and image.max() <= 1 for image in restored.values())
    one = next(iter(restored))
    again = dict(restore_pairs(stage1, small_library.select([one])))[one]
    assert np.allclose(again, restored[one], atol=1e-5)


def test_originals_can_be_restored_as_if_they_were_to_be_mended(small_library: PairLibrary, stage1: Restorer):
    some = small_library.select(small_library.pair_ids[:3])
    for pair, (pair_id, image) in zip(some, restore_pairs(stage1, some, originals=True), strict=True):
        assert pair_id == pair.pair_id
        assert np.allclose(image, restore_image(stage1.network, pair.gt), atol=1e-5)


def test_accumulated_parts_of_stage2_give_its_losses(
    small_library: PairLibrary, stage1: Restorer, quality_model
):
    words, pictures = said_of_inputs(small_library, 10)
    found = []
    for accumulate in (1, 3):
        config = stage2_config(
            batch_size=6, words={"reuse_similarity": 0}, loop=LOOP | {"accumulate": accumulate}
        )
        copy = fresh_copy(stage1)
        found.append(train_stage2(small_library, copy, quality_model, words, pictures, config, seed=1))
    whole, parts = found
    names = ["loss", "pixel_loss", "text_loss", "gradient_norm"]
    assert np.allclose(whole.training.losses[names], parts.training.losses[names], rtol=1e-3)
    assert whole.visits.equals(parts.visits)
    assert (whole.training.losses[["gradient/pixel", "gradient/text"]] > 0).all(axis=None)


class Asked:
    """People who are asked and never answer."""

    def __init__(self) -> None:
        self.about: list[str] = []

    def ask(self, pair_id: str, restored: np.ndarray) -> None:
        self.about.append(pair_id)

    def news(self) -> list[Any]:
        return []


def test_people_are_asked_about_their_own_photographs(
    small_library: PairLibrary, stage1: Restorer, quality_model
):
    table = small_library.table
    own = set(table.loc[table["photo"].str[0] < "g", "pair_id"])
    table["photo"] = table["photo"].where(table["pair_id"].isin(own), SAMPLE + table["photo"])
    pairs, people = PairLibrary(small_library.folder, table), Asked()
    config = stage2_config(words={"live": True, "live_tasks": 50}, batch_size=8)
    train_stage2(pairs, stage1, quality_model, {}, {}, config, seed=1, people=people)
    assert people.about
    assert set(people.about) <= own


def test_people_are_not_asked_by_several_processes():
    with pytest.raises(ValidationError, match=r"words\.live needs loop\.launcher: local"):
        stage2_config(words={"live": True}, loop=LOOP | {"launcher": "ray", "processes": 2})


@pytest.mark.slow
def test_a_compiled_restorer_learns_the_same(small_library: PairLibrary):
    options = {"width": 4, "middle_blk_num": 1, "enc_blk_nums": [], "dec_blk_nums": []}
    plain, compiled = (
        train_stage1(
            small_library,
            stage1_config(options=options, loop=LOOP | {"steps": 2, "compile": compiles}),
            seed=3,
        )
        for compiles in (False, True)
    )
    assert np.allclose(plain.training.losses, compiled.training.losses, rtol=1e-3)
    assert plain.restorer.network.state_dict().keys() == compiled.restorer.network.state_dict().keys()
