import numpy as np
import pytest

from wordmend.defects.measure import measure_defects
from wordmend.training.good_pictures import collage, imperceptibly_worse


@pytest.fixture
def picture():
    rows, columns = np.mgrid[:64, :64]
    waves = 0.5 + 0.3 * np.sin(rows / 5) * np.cos(columns / 7)
    return np.rint(np.repeat(waves[..., None], 3, axis=2) * 255).astype(np.uint8)


def test_a_collage_has_pixels_of_both_pictures_alone_and_a_sharp_outline_between_them(picture):
    other = np.full((80, 70, 3), 255, np.uint8)
    shares = []
    for seed in range(40):
        made = collage(picture, lambda _: other, np.random.default_rng(seed))
        assert made.shape == picture.shape and made.dtype == np.uint8
        own, pasted = (made == picture).all(axis=2), (made == 255).all(axis=2)
        assert (made >= picture).all()
        assert (~own & ~pasted).mean() < 0.3  # the outline alone is mixed
        shares.append(pasted.mean())
    assert 0.1 < np.mean(shares) < 0.7
    assert min(shares) < 0.05 and max(shares) > 0.5


def test_of_a_smaller_picture_nothing_is_taken(picture):
    small = np.zeros((63, 80, 3), np.uint8)
    assert (collage(picture, lambda _: small, np.random.default_rng(0)) == picture).all()


def test_imperceptibly_worse_is_changed_by_less_than_comments_name(picture):
    changed = 0
    for seed in range(40):
        made = imperceptibly_worse(picture, np.random.default_rng(seed))
        changed += int((made != picture).any())
        assert measure_defects(made / 255, picture / 255).noise < 0.02
        assert np.abs(made.astype(int) - picture).mean() < 3
    assert 15 < changed < 40


def test_one_seed_gives_one_picture(picture):
    def draw(rng):
        return rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)

    for make in (lambda rng: collage(picture, draw, rng), lambda rng: imperceptibly_worse(picture, rng)):
        first, second = (make(np.random.default_rng(5)) for _ in range(2))
        assert (first == second).all()
