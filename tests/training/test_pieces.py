import numpy as np
import pytest

from wordmend.training.pair_pixels import PairPixels
from wordmend.training.pieces import with_pieces

SIDE = 48


def pair_of(lq: int, gt: int, damage: int | None = 0, channels: int = 3) -> PairPixels:
    """A pair of even pictures, damaged everywhere or nowhere."""
    pictures = [np.full((SIDE, SIDE, channels), value, np.uint8) for value in (lq, gt)]
    return PairPixels(*pictures, None if damage is None else np.full((SIDE, SIDE), damage, np.uint8))


def made_of(pair: PairPixels, other: PairPixels, count: int = 60) -> list[PairPixels]:
    return [with_pieces(pair, lambda _: other, np.random.default_rng(seed)) for seed in range(count)]


def test_pieces_lie_in_the_same_places_of_both_pictures_and_are_no_damage():
    pair, other = pair_of(10, 10, damage=2), pair_of(250, 250)
    shares = []
    for made in made_of(pair, other):
        assert made.damage is not None
        covered = made.lq.mean(axis=2) > 10
        assert np.array_equal(made.lq, made.gt)
        assert (made.damage[~covered] == 2).all()
        assert (made.damage[made.lq[..., 0] > 190] == 0).all()  # red is what paper has most of
        shares.append((made.damage == 0).mean())
    assert 0.15 < np.mean(shares) < 0.7
    assert max(shares) > 0.4


def test_what_is_degraded_in_a_piece_stays_so_in_lq_alone():
    for made in made_of(pair_of(0, 0), pair_of(100, 200)):
        covered = made.gt > made.gt.max() * 0.98
        assert (made.lq[covered] < made.gt[covered]).all()


def test_most_pieces_are_paler_than_they_were_and_some_as_they_were():
    lightest = np.array([made.gt.max() for made in made_of(pair_of(0, 0), pair_of(40, 40), count=200)])
    assert 0.4 < (lightest > 60).mean() < 1
    assert (np.abs(lightest - 40) <= 1).any()


def test_of_damaged_places_and_of_pairs_whose_damage_is_not_known_nothing_is_taken():
    pair = pair_of(10, 20)
    for other in (pair_of(200, 200, damage=1), pair_of(200, 200, damage=None)):
        for made in made_of(pair, other, count=10):
            assert np.array_equal(made.lq, pair.lq) and np.array_equal(made.gt, pair.gt)


def test_a_pair_whose_damage_is_not_known_stays_as_it_is():
    pair = pair_of(10, 20, damage=None)
    assert all(made is pair for made in made_of(pair, pair_of(200, 200), count=10))


@pytest.mark.parametrize("channels", [1, 3])
def test_gray_pairs_get_pieces_too(channels: int):
    made = made_of(pair_of(0, 0, channels=channels), pair_of(90, 90, channels=channels))
    assert all(one.gt.shape == (SIDE, SIDE, channels) and one.gt.dtype == np.uint8 for one in made)
    assert any(one.gt.any() for one in made)
