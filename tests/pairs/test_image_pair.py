import re

from hypothesis import given, settings
from hypothesis import strategies as st

from wordmend.pairs.image_pair import pair_slugs


@settings(max_examples=50, deadline=None)
@given(names=st.sets(st.text(min_size=1, max_size=12), max_size=12))
def test_slugs_are_unique_and_safe_as_file_names(names: set[str]) -> None:
    slugs = pair_slugs(names)
    assert set(slugs) == names
    assert len({slug.casefold() for slug in slugs.values()}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_]+", slug) for slug in slugs.values())


def test_slugs_are_readable() -> None:
    assert pair_slugs(["astronaut.png", "Familie Müller (1923).tif"]) == {
        "astronaut.png": "astronaut",
        "Familie Müller (1923).tif": "Familie_Muller_1923",
    }


def test_equal_stems_get_longer_slugs() -> None:
    slugs = pair_slugs(["a/x.jpg", "b/X.png", "y.jpg"])
    assert slugs["y.jpg"] == "y"
    assert slugs["a/x.jpg"].startswith("x_")
    assert pair_slugs(["b/X.png", "a/x.jpg"])["a/x.jpg"] == slugs["a/x.jpg"]
