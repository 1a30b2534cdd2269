"""Which samples people are asked about first."""

import numpy as np
import pandas as pd

from wordmend.samples.asking import most_unsure_first, samples_to_ask


def test_the_pairs_trained_on_last_come_first_gt_and_sample_photographs_never():
    samples = pd.DataFrame(
        [
            ("f.restored", "sample:f.png", "restored", "train", 2),
            ("a.lq", "a.png", "lq", "train", None),
            ("a.gt", "a.png", "gt", "train", None),
            ("b.restored", "b.png", "restored", "train", None),
            ("c.restored", "c.png", "restored", "train", 1),
            ("d.restored", "d.png", "restored", "train", 0),
            ("e.restored", "e.png", "restored", "test", None),
        ],
        columns=["sample_id", "photo", "kind", "split", "last_trained"],
    ).astype({"last_trained": "Int64"})
    assert list(samples_to_ask(samples, ["train"])["sample_id"]) == [
        "d.restored",
        "c.restored",
        "b.restored",
        "a.lq",
    ]


def test_every_dimension_has_its_turn():
    unsure = {"sharpness": np.array([0.9, 0.8, 0.1, 0.2]), "noise": np.array([0.9, 0.1, 0.2, 0.8])}
    assert most_unsure_first(unsure) == [0, 1, 3, 2]
