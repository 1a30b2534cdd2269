"""Annotations on disk."""

import json

import pytest

from tests.labelstudio.test_results import answer, task, words
from wordmend.errors import TableError
from wordmend.labelstudio.annotations import read_annotations, write_annotations


def test_annotations_come_back_as_they_were_in_a_file_that_does_not_depend_on_their_order(tmp_path):
    tasks = [
        task().model_copy(update={"task_id": number, "annotations": [answer(words("grün 🙈"))]})
        for number in (1, 2)
    ]
    write_annotations(tmp_path / "a.json", tasks)
    write_annotations(tmp_path / "b.json", tasks[::-1])
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert read_annotations(tmp_path / "b.json") == tasks


def test_there_are_none_without_a_file(tmp_path):
    assert read_annotations(tmp_path / "none.json") == []


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"tasks": [{}]}', '{"tasks": 3}', "\x00", json.dumps({"tasks": ["x"]})]
)
def test_a_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "annotations.json"
    path.write_text(content)
    with pytest.raises(TableError, match=r"annotations\.json.*import them again"):
        read_annotations(path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "x" * 64, "A" * 64])
def test_a_hash_that_is_none_can_not_lead_out_of_the_folder(tmp_path, name):
    path = tmp_path / "annotations.json"
    raw = task().model_dump(mode="json") | {"image_sha256": name}
    path.write_text(json.dumps({"tasks": [raw]}))
    with pytest.raises(TableError, match="image_sha256"):
        read_annotations(path)
