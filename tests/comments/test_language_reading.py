"""What single comments say: their dimension and whether they find fault."""

import time

import pytest

from wordmend.comments.language import QualityLanguage
from wordmend.errors import LanguageError

DEFECTS = [
    ("hair is not clear", "sharpness"),
    ("the hair isn't clear enough", "sharpness"),
    ("the hair isn\u2019t clear", "sharpness"),
    ("blurry background", "sharpness"),
    ("unclear hair", "sharpness"),
    ("insufficient clarity", "sharpness"),
    ("the image is too sharp", "sharpness"),
    ("over-sharpened edges", "sharpness"),
    ("out-of-focus background", "sharpness"),
    ("the hair lacks detail", "sharpness"),
    ("too little detail", "sharpness"),
    ("details are lost", "sharpness"),
    ("poor sharpness", "sharpness"),
    ("the restored image is blurry", "sharpness"),
    ("nothing is sharp", "sharpness"),
    ("less sharp than before", "sharpness"),
    ("barely sharp", "sharpness"),
    ("I can't see any detail", "sharpness"),
    ("No, the hair is not clear", "sharpness"),
    ("the man without a hat is blurry", "sharpness"),
    ("the man with no hat is blurry", "sharpness"),
    ("existence of noise", "noise"),
    ("noise in the lower left corner", "noise"),
    ("slightly high noise level", "noise"),
    ("image noise is not eliminated cleanly", "noise"),
    ("the noise is barely removed", "noise"),
    ("not all noise is removed", "noise"),
    ("noise removal is incomplete", "noise"),
    ("the sky is still too noisy", "noise"),
    ("a little noise", "noise"),
    ("not without noise", "noise"),
    ("NOISE IN THE SKY", "noise"),
    ("a scratch is left on the cheek", "scratches"),
    ("existence of scratches", "scratches"),
    ("badly scratched", "scratches"),
    ("the scratches are clearly visible", "scratches"),
    ("the crack was only partly removed", "scratches"),
    ("incomplete restoration of missing parts", "missing_parts"),
    ("non-restoration of partial regions", "missing_parts"),
    ("the face is poorly restored", "missing_parts"),
    ("unrestored corner", "missing_parts"),
    ("something is missing", "missing_parts"),
    ("jagged edges", "other"),
    ("unnatural eyes", "other"),
    ("the colours are wrong", "other"),
    ("JPEG artefacts", "other"),
    ("the sky is too dark", "other"),
    ("the contrast is low", "other"),
]

PRAISE = [
    ("hair is clear", "sharpness"),
    ("not unclear", "sharpness"),
    ("the image isn't unclear", "sharpness"),
    ("hair is clearer", "sharpness"),
    ("there is no lack of detail", "sharpness"),
    ("inexistence of noise", "noise"),
    ("noise-free", "noise"),
    ("low-noise image", "noise"),
    ("hardly any noise", "noise"),
    ("little noise", "noise"),
    ("there is no longer any noise", "noise"),
    ("not noisy at all", "noise"),
    ("without noise", "noise"),
    ("I do not see any noise", "noise"),
    ("noise is completely gone", "noise"),
    ("the scratches can't be seen", "scratches"),
    ("the scratch has been removed completely", "scratches"),
    ("undamaged", "scratches"),
    ("no parts of the image are missing", "missing_parts"),
    ("the missing parts have been filled in", "missing_parts"),
    ("nothing is missing", "missing_parts"),
    ("smooth edges", "other"),
    ("not too dark", "other"),
]

UNDECIDED = [
    ("the sky over Rome", "none of its words"),
    ("sharpness", "none of its words"),
    ("is the hair blurry?", "question"),
    ("I don't like the blur", "feeling"),
    ("it is not true that the image is blurry", "feeling"),
    ("not too sharp", "either"),
    ("the person who is not on the left is blurry", "belongs to"),
    ("no noise and scratches are left", "praises and another finds fault"),
    ("the image is sharp but noisy", "praises and another finds fault"),
]


@pytest.mark.parametrize(("text", "dimension"), DEFECTS)
def test_reads_defects(language: QualityLanguage, text: str, dimension: str) -> None:
    reading = language.read(text)
    assert (reading.dimension, reading.polarity) == (dimension, "defect")
    assert reading.words
    assert reading.doubt is None


@pytest.mark.parametrize(("text", "dimension"), PRAISE)
def test_reads_praise(language: QualityLanguage, text: str, dimension: str) -> None:
    reading = language.read(text)
    assert (reading.dimension, reading.polarity) == (dimension, "good")


@pytest.mark.parametrize(("text", "doubt"), UNDECIDED)
def test_tells_why_it_does_not_know(language: QualityLanguage, text: str, doubt: str) -> None:
    reading = language.read(text)
    assert reading.polarity is None
    assert doubt in (reading.doubt or "")


@pytest.mark.parametrize(
    ("text", "kind", "conforms"),
    [
        ("hair is not clear", "restored", 1),
        ("hair is not clear", "lq", 1),
        ("hair is not clear", "new", 1),
        ("hair is not clear", "gt", 0),
        ("hair is clear", "restored", 0),
        ("hair is clear", "gt", 1),
    ],
)
def test_finds_the_class(language: QualityLanguage, text: str, kind: str, conforms: int) -> None:
    assert language.conforms(text, kind) == conforms


@pytest.mark.parametrize(("text", "kind"), [("the sky over Rome", "restored"), ("hair is clear", "new")])
def test_asks_for_the_class_where_words_do_not_tell(language: QualityLanguage, text: str, kind: str) -> None:
    with pytest.raises(LanguageError, match="give the class"):
        language.conforms(text, kind)


@pytest.mark.parametrize("text", ["", " \n\t", "\x00\x07", "a" * 501])
def test_refuses_empty_and_endless_texts(language: QualityLanguage, text: str) -> None:
    with pytest.raises(LanguageError, match="comment"):
        language.read(text)


def test_reading_is_quick_enough_for_thousands_of_comments(language: QualityLanguage) -> None:
    start = time.process_time()
    for text, _ in DEFECTS + PRAISE:
        language.read(text)
    # About 0.3 ms each when measured; the bound only catches a change of order.
    assert (time.process_time() - start) / len(DEFECTS + PRAISE) < 0.01
