"""Drawing the numbers of a recipe."""

import numpy as np

from wordmend.degradations.drawing import choose


def test_shares_are_drawn_as_numpy_draws_them():
    shares = {"never": 0.0, "often": 0.35, "seldom": 0.05, "mostly": 0.7, "nor": 0.0}
    weights = np.array(list(shares.values()))
    ours, numpys = np.random.default_rng(0), np.random.default_rng(0)
    for _ in range(1000):
        expected = list(shares)[int(numpys.choice(len(weights), p=weights / weights.sum()))]
        assert choose(ours, shares) == expected
