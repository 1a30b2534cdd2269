from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from wordmend.comments.entry import Dimension, Region
from wordmend.comments.words import TargetText
from wordmend.training.defect_loss import DefectLoss
from wordmend.training.pair_batch import Orientation, PairBatch
from wordmend.training.restoration_config import DimensionWeights
from wordmend.training.word_source import NOTHING, Found

SIDE = 24
ONES = DimensionWeights(sharpness=1, noise=1, scratches=1, missing_parts=1, other=1)


def text(dimension: Dimension, region: Region | None = None) -> TargetText:
    return TargetText("it is as it should be", dimension, region, "person", "c", "s")


def said(*texts: TargetText) -> Found:
    return Found("said", texts)


def batch_of(images: int = 1, turns: int = 0, damaged: bool = True) -> PairBatch:
    torch.manual_seed(0)
    gt = torch.rand(images, 3, SIDE, SIDE) * 0.5 + 0.25
    damage = np.zeros((SIDE, SIDE), dtype=np.uint8)
    damage[:, 3] = 1
    damage[4:8, 12:20] = 2
    names = [str(number) for number in range(images)]
    orientations = [Orientation(turns, flip=False)] * images
    maps = [damage if damaged else None] * images
    return PairBatch(gt, gt, maps, names, orientations, list(range(images)), list(range(images)))


def gradient(weights: DimensionWeights, batch: PairBatch, found: list[Found]) -> Tensor:
    """Where the loss pulls at restored images that are a little off everywhere: `(B, H, W) bool`."""
    torch.manual_seed(1)
    restored = (batch.gt + 0.1 * torch.rand_like(batch.gt)).requires_grad_(True)
    loss, _ = DefectLoss(weights)(restored, batch, found)
    loss.backward()
    assert restored.grad is not None
    return restored.grad.abs().sum(dim=1) > 0


@pytest.mark.parametrize(("dimension", "kind"), [("scratches", 1), ("missing_parts", 2)])
def test_damage_that_was_named_counts_on_its_own_pixels(dimension: Dimension, kind: int):
    batch = batch_of()
    damage = torch.from_numpy(batch.damage[0] == kind)
    assert torch.equal(gradient(ONES, batch, [said(text(dimension))])[0], damage)


def test_damage_that_was_named_of_another_pair_counts_as_named():
    batch, found = batch_of(images=2), [NOTHING, said(text("scratches"))]
    found[1] = replace(found[1], of_others=("missing_parts",))
    pulled = gradient(ONES, batch, found)
    assert not pulled[0].any()
    assert torch.equal(pulled[1], torch.from_numpy(batch.damage[1] > 0))
    found[1] = replace(NOTHING, of_others=("missing_parts",))
    _, terms = DefectLoss(DimensionWeights(), ONES)(batch.gt + 0.1, batch, found)
    assert terms["unnamed_missing_parts"].item() == pytest.approx(0.1 / 2, rel=1e-4)


def test_in_a_region_only_what_lies_in_it_counts():
    batch = batch_of()
    region = Region(x=0, y=10, width=8, height=6)
    pulled = gradient(ONES, batch, [said(text("other", region))])[0]
    rows, columns = pulled.nonzero(as_tuple=True)
    assert (rows.unique().tolist(), columns.unique().tolist()) == (list(range(10, 16)), list(range(8)))


def test_known_damage_counts_on_the_whole_picture_wherever_it_was_pointed_at():
    batch = batch_of()
    region = Region(x=0, y=10, width=8, height=6)
    pulled = gradient(ONES, batch, [said(text("scratches", region))])[0]
    assert torch.equal(pulled, torch.from_numpy(batch.damage[0] == 1))


def test_a_region_is_turned_as_the_picture_is():
    batch = batch_of(turns=1, damaged=False)
    region = Region(x=2, y=0, width=6, height=3)
    there = batch.orientations[0].of_region(region, SIDE, SIDE)
    rows, columns = gradient(ONES, batch, [said(text("other", region))])[0].nonzero(as_tuple=True)
    assert (int(rows.min()), int(columns.min())) == (there.y, there.x)
    assert (int(rows.max()), int(columns.max())) == (there.y + there.height - 1, there.x + there.width - 1)


def test_where_damage_is_not_known_the_region_counts():
    region = Region(x=5, y=5, width=4, height=4)
    pulled = gradient(ONES, batch_of(damaged=False), [said(text("scratches", region))])[0]
    assert pulled.sum() == 16


def test_blur_and_noise_count_off_the_damage():
    batch = batch_of()
    flat = replace(batch, gt=torch.full_like(batch.gt, 0.5))
    damage = torch.from_numpy(batch.damage[0] > 0)
    assert not gradient(ONES, flat, [said(text("noise"))])[0][damage].any()
    assert gradient(ONES, batch, [said(text("sharpness"))])[0][~damage].float().mean() > 0.9


def test_only_the_named_images_and_weighted_dimensions_count():
    batch = batch_of(images=3)
    preset = Found("preset", (text("scratches"),))
    pulled = gradient(ONES, batch, [preset, said(text("scratches")), said()])
    assert pulled.flatten(1).any(dim=1).tolist() == [False, True, False]
    loss, terms = DefectLoss(DimensionWeights(noise=1))(batch.gt + 0.1, batch, [said(text("scratches"))] * 3)
    assert (loss.item(), terms["named_noise"].item()) == (0, 0)


def test_the_value_is_the_mean_error_on_the_pixels_over_all_images():
    batch = batch_of(images=4)
    restored = batch.gt + 0.1
    loss, terms = DefectLoss(DimensionWeights(scratches=0.5))(
        restored, batch, [said(text("scratches"))] + [said()] * 3
    )
    assert terms["named_scratches"].item() == pytest.approx(0.1 / 4, rel=1e-4)
    assert loss.item() == pytest.approx(0.5 * 0.1 / 4, rel=1e-4)


@pytest.mark.parametrize("dimension", ["sharpness", "noise", "scratches", "missing_parts", "other"])
def test_equal_pictures_have_no_loss(dimension: Dimension):
    batch = batch_of(images=2)
    loss, _ = DefectLoss(ONES)(batch.gt, batch, [said(text(dimension))] * 2)
    assert loss.item() == 0


@pytest.mark.parametrize("dimension", ["sharpness", "noise"])
def test_a_worse_picture_has_a_larger_loss(dimension: Dimension):
    smooth = torch.linspace(0, 1, SIDE).expand(1, 3, SIDE, SIDE).contiguous()
    batch = replace(batch_of(damaged=False), gt=smooth)
    noise = torch.randn(smooth.shape, generator=torch.Generator().manual_seed(2))
    losses = [
        DefectLoss(ONES)(smooth + sigma * noise, batch, [said(text(dimension))])[0].item()
        for sigma in (0.01, 0.02, 0.05)
    ]
    assert losses == sorted(losses)
    assert losses[0] > 0


def test_parts_of_a_batch_add_up_to_the_whole():
    batch = batch_of(images=4)
    found = [said(text("scratches")), said(), said(text("missing_parts")), said(text("scratches"))]
    restored = batch.gt + torch.linspace(0.1, 0.4, 4).view(4, 1, 1, 1)
    whole, _ = DefectLoss(ONES)(restored, batch, found)
    parts = [
        part.share * DefectLoss(ONES)(restored[part.places], part, [found[place] for place in part.places])[0]
        for part in batch.split(3)
    ]
    assert torch.stack(parts).sum().item() == pytest.approx(whole.item(), rel=1e-5)


def test_it_fades():
    batch = batch_of()
    loss = DefectLoss(ONES, fade=(4, 8))
    found = [said(text("scratches"))]
    values = [loss(batch.gt + 0.1, replace(batch, step=step), found)[0].item() for step in (1, 4, 6, 8)]
    assert values == pytest.approx([0.1, 0.1, 0.05, 0], rel=1e-4)


def test_edges_may_be_too_soft_and_too_hard():
    gt = torch.zeros(1, 1, SIDE, SIDE)
    gt[..., SIDE // 2 :] = 0.5
    batch = replace(batch_of(damaged=False), gt=gt)
    found = [said(text("sharpness"))]
    soft, equal, hard = (DefectLoss(ONES)(factor * gt, batch, found)[0].item() for factor in (0.8, 1.0, 1.2))
    assert equal == pytest.approx(0, abs=1e-6)
    assert soft == pytest.approx(hard, rel=1e-3)
    assert soft > 0.05


def test_what_was_not_named_counts_with_its_own_weight_on_the_whole_picture():
    batch = batch_of(images=3)
    loss = DefectLoss(DimensionWeights(scratches=1), unnamed=DimensionWeights(scratches=0.25))
    region = Region(x=0, y=10, width=8, height=6)
    preset = Found("preset", (text("scratches"),))
    found = [said(text("scratches", region)), said(text("noise")), preset]
    restored = (batch.gt + 0.1).requires_grad_(True)
    value, terms = loss(restored, batch, found)
    value.backward()
    assert restored.grad is not None
    pulled = restored.grad.abs().sum(dim=(1, 2, 3))
    assert terms["named_scratches"].item() == pytest.approx(0.1 / 3, rel=1e-4)
    assert terms["unnamed_scratches"].item() == pytest.approx(2 * 0.1 / 3, rel=1e-4)
    assert pulled.tolist() == pytest.approx([1 / 3, 0.25 / 3, 0.25 / 3], rel=1e-4)


def test_damage_that_is_not_known_counts_only_where_it_was_named():
    batch = batch_of(images=2, damaged=False)
    loss = DefectLoss(DimensionWeights(scratches=1), unnamed=DimensionWeights(scratches=1, sharpness=1))
    _, terms = loss(batch.gt * 0.5, batch, [said(text("scratches")), NOTHING])
    assert terms["named_scratches"] > 0
    assert terms["unnamed_scratches"] == 0
    assert terms["unnamed_sharpness"] > 0


def test_it_has_only_what_has_a_weight():
    batch = batch_of()
    loss = DefectLoss(DimensionWeights(noise=1), unnamed=DimensionWeights(sharpness=1))
    _, terms = loss(batch.gt, batch, [said(text("scratches"))])
    assert set(terms) == {"named_noise", "unnamed_sharpness"}
    assert loss.strength(1) == 1
    assert DefectLoss(DimensionWeights(), DimensionWeights()).strength(1) == 0


def test_harm_is_what_got_worse_than_the_input_whatever_was_named():
    batch = batch_of(images=2)
    lq = batch.gt + 0.1  # off everywhere: being as far off is no harm
    batch = replace(batch, lq=lq)
    restored = batch.gt.clone()
    restored[0, :, :12] += 0.3
    loss, terms = DefectLoss(DimensionWeights(), harm=2)(restored, batch, [said(), said(text("scratches"))])
    assert terms["harm"].item() == pytest.approx(0.2 * 0.5 / 2, rel=1e-4)
    assert loss.item() == pytest.approx(2 * terms["harm"].item())
    noise = 0.05 * torch.randn(batch.gt.shape, generator=torch.Generator().manual_seed(2))
    assert DefectLoss(DimensionWeights(), harm=2)(batch.gt + noise, batch, [said()] * 2)[0].item() == 0
