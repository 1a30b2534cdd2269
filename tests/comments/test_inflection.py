import pytest

from wordmend.comments.inflection import plural, positives


@pytest.mark.parametrize(
    ("noun", "expected"),
    [("scratch", "scratches"), ("hole", "holes"), ("body", "bodies"), ("ray", "rays"), ("crease", "creases")],
)
def test_plurals(noun: str, expected: str) -> None:
    assert plural(noun) == expected


@pytest.mark.parametrize(
    ("word", "positive"),
    [
        ("sharper", "sharp"),
        ("noisier", "noisy"),
        ("paler", "pale"),
        ("dimmest", "dim"),
        ("clearest", "clear"),
    ],
)
def test_comparatives_lead_back_to_their_adjective(word: str, positive: str) -> None:
    assert positive in positives(word)


def test_other_words_are_no_comparatives() -> None:
    assert positives("sharp") == []
