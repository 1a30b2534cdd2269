import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordmend.errors import PhotosError
from wordmend.pairs.config import PairSynthesisConfig
from wordmend.pairs.splits import assign_splits

SHARES = st.floats(0.01, 0.49)


@settings(max_examples=100, deadline=None)
@given(count=st.integers(3, 60), validation=SHARES, test=SHARES, seed=st.integers(0, 100))
def test_every_split_gets_its_share_of_photographs(
    count: int, validation: float, test: float, seed: int
) -> None:
    config = PairSynthesisConfig(validation_share=validation, test_share=test)
    names = [f"{index}.jpg" for index in range(count)]
    splits = assign_splits(names, config, seed)
    assert set(splits) == set(names)
    sizes = {split: list(splits.values()).count(split) for split in ("train", "validation", "test")}
    assert min(sizes.values()) >= 1
    assert abs(sizes["test"] - test * count) <= 1
    assert abs(sizes["validation"] - validation * count) <= 1
    assert assign_splits(names[::-1], config, seed) == splits


def test_another_seed_divides_otherwise() -> None:
    names = [f"{index}.jpg" for index in range(40)]
    config = PairSynthesisConfig()
    assert assign_splits(names, config, 0) != assign_splits(names, config, 1)


def test_a_new_photograph_moves_few_others() -> None:
    names = [f"{index}.jpg" for index in range(40)]
    before = assign_splits(names, PairSynthesisConfig(), 0)
    after = assign_splits([*names, "new.jpg"], PairSynthesisConfig(), 0)
    assert sum(before[name] != after[name] for name in names) <= 3


def test_two_photographs_are_too_few() -> None:
    with pytest.raises(PhotosError, match=r"2 photographs can't be divided.*at least 3"):
        assign_splits(["a", "b"], PairSynthesisConfig(), 0)
