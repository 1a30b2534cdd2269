import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wordmend.restoration.coring import core


def changes(*levels: float) -> torch.Tensor:
    """A row of gray pixels that change by so many levels."""
    return torch.tensor(levels)[None, :, None] / 255


def test_what_nobody_sees_is_not_made_and_what_is_seen_in_full():
    cored = core(changes(0, 0.5, -2, 3, -3, 4, -40), least=2) * 255
    expected = torch.tensor([0, 0, 0, 1.5, -1.5, 4, -40])
    torch.testing.assert_close(cored[0, :, 0], expected, atol=1e-4, rtol=0)


def test_a_colour_changes_as_a_whole():
    change = torch.tensor([0.5, -1.0, 30.0]).reshape(1, 1, 3) / 255
    torch.testing.assert_close(core(change.clone(), least=2), change)


def test_0_makes_all_changes():
    change = changes(0.1, -0.5, 1)
    torch.testing.assert_close(core(change.clone(), least=0), change)


@settings(deadline=None)
@given(st.floats(0.25, 16), st.integers(0, 1000))
def test_larger_changes_stay_larger(least: float, seed: int):
    change = np.random.default_rng(seed).uniform(-60, 60, 50).astype(np.float32)
    cored = core(changes(*change.tolist()), least)[0, :, 0].numpy() * 255
    assert (np.abs(cored) <= np.abs(change) + 1e-3).all()
    assert (np.diff(np.abs(cored)[np.argsort(np.abs(change))]) >= -1e-3).all()
