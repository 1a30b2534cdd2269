"""The least share of the control that will do."""

import pytest

from wordmend.training.control_share import least_share


@pytest.mark.parametrize(
    ("needed", "found"), [(0.0, 0.25), (0.25, 0.25), (0.26, 0.3), (0.71, 0.8), (1.0, 1.0)]
)
def test_it_is_what_there_is_anyway_or_the_tenth_that_suffices(needed: float, found: float):
    assert least_share(0.25, lambda share: share >= needed) == found


def test_no_more_are_asked_about_than_needed():
    asked: list[float] = []

    def suffices(share: float) -> bool:
        asked.append(share)
        return share > 0.35

    assert least_share(0.2, suffices) == 0.4
    assert asked == [0.2, 0.3, 0.4]


def test_where_nothing_will_do_it_is_the_control():
    assert least_share(0.0, lambda _: False) == 1.0
