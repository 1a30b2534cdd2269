from tests.training.test_visits import table_of
from wordmend.comments.words import TargetText
from wordmend.evaluation.words_used import sum_up_dimensions, sum_up_words
from wordmend.training.visits import Visit

PERSONS = TargetText("the hair is clear", "sharpness", None, "person", "c1", "a.restored")
PRESET = TargetText("the image has no noise", "noise", None, "preset", None)


def test_what_guided_is_counted_by_source_and_text():
    steps = [
        [Visit("a", 1, "asked", None, ()), Visit("b", 2, "asked", None, ())],
        [Visit("c", 3, "preset", None, (PRESET,)), Visit("a", 4, "said", 0.99, (PERSONS, PRESET))],
        [Visit("b", 5, "preset", None, (PRESET,)), Visit("a", 6, "said", 0.98, (PERSONS,))],
    ]
    assert sum_up_words(table_of(steps)) == {
        "images": {"asked": 2, "preset": 2, "said": 2},
        "texts": [
            {"source": "person", "times": 2, "pairs": 1},
            {"source": "preset", "times": 3, "pairs": 3},
        ],
        "persons": [{"text": "the hair is clear", "times": 2, "pairs": 1}],
        "asked": 2,
        "heard": 1,
    }


def test_what_guided_is_counted_by_dimension():
    steps = [
        [Visit("a", 1, "said", None, (PERSONS, PRESET)), Visit("b", 2, "preset", None, (PRESET,))],
        [Visit("a", 3, "said", None, (PERSONS, PRESET)), Visit("a", 4, "none", None, ())],
    ]
    assert sum_up_dimensions(table_of(steps)) == {
        "sharpness": {"visits": 2, "pairs": 1, "texts": [("the hair is clear", 2)]},
        "noise": {"visits": 3, "pairs": 2, "texts": [("the image has no noise", 3)]},
    }


def test_nothing_guided():
    found = sum_up_words(table_of([[Visit("a", 1, "none", None, ())]]))
    assert found == {"images": {"none": 1}, "texts": [], "persons": [], "asked": 0, "heard": 0}
