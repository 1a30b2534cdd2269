"""Side-by-side judgements, without a server."""

import pytest
from label_studio_sdk.label_interface import LabelInterface

from tests.labelstudio.test_results import answer, task
from wordmend.errors import TableError
from wordmend.labelstudio.judgements import Order, judgements_of, read_orders
from wordmend.labelstudio.judging import judging_config

KEY = "a" * 64
NOW = {"stage1": "1", "control": "c", "stage2": "2"}
ORDER = Order(pair_id="coins-0001", arms=("control", "stage2", "stage1"), weights=NOW)


def chose(letter, **more):
    part = {"id": "x", "from_name": "best", "type": "choices", "value": {"choices": [letter]}}
    return answer(part, **more)


def judged(*annotations, weights=NOW, key=KEY):
    asked = task().model_copy(update={"image_sha256": key, "annotations": list(annotations)})
    return judgements_of([asked], {KEY: ORDER}, weights)


def test_the_page_is_one_that_label_studio_takes():
    LabelInterface(judging_config()).validate()


@pytest.mark.parametrize(
    ("letter", "best"), [("a", "control"), ("b", "stage2"), ("c", "stage1"), ("no_difference", None)]
)
def test_a_letter_is_the_restorer_whose_picture_stood_there(letter, best):
    assert judged(chose(letter)).values.tolist() == [["coins-0001", "ada@example.org", best]]


@pytest.mark.parametrize("letter", ["d", "", "A"])
def test_what_is_no_choice_does_not_count(letter):
    assert judged(chose(letter)).empty


def test_skipped_foreign_and_outdated_judgements_do_not_count():
    assert judged(chose("a", skipped=True), answer()).empty
    assert judged(chose("a"), key="b" * 64).empty
    assert judged(chose("a"), weights={**NOW, "stage2": "new"}).empty


@pytest.mark.parametrize("content", ["", "[]", '{"x": {}}'])
def test_a_damaged_file_of_orders_is_named(tmp_path, content):
    (tmp_path / "orders.json").write_text(content)
    with pytest.raises(TableError, match=r"orders\.json"):
        read_orders(tmp_path)
