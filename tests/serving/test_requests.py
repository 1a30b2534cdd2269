import base64
import json

import numpy as np
import pytest

from wordmend.errors import WeightsError
from wordmend.images.writing import encode_png
from wordmend.serving.limits import Limits
from wordmend.serving.requests import AnswerError, answered, check_count, part_of, read_picture, read_text

PICTURE = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
ENCODED = base64.b64encode(encode_png(PICTURE)).decode()


def test_a_picture_is_read_as_it_is():
    image = read_picture(ENCODED, 1, Limits())
    assert np.array_equal(np.rint(image * 255), PICTURE)


def test_line_breaks_in_base64_are_passed_over():
    lines = base64.encodebytes(encode_png(PICTURE)).decode()
    assert "\n" in lines.strip()
    assert np.array_equal(read_picture(lines, 1, Limits()), read_picture(ENCODED, 1, Limits()))


def test_sizes_at_the_limits_are_taken_and_those_beyond_are_not():
    size = len(encode_png(PICTURE))
    read_picture(ENCODED, 1, Limits(max_bytes=size, max_pixels=20))
    with pytest.raises(AnswerError, match=r"picture 3: a file of .* MB, more than max_bytes=60"):
        read_picture(ENCODED, 3, Limits(max_bytes=60))
    with pytest.raises(AnswerError, match="picture 3: 5 x 4 pixels, more than max_pixels=19"):
        read_picture(ENCODED, 3, Limits(max_pixels=19))
    with pytest.raises(AnswerError, match="picture 3: 5 x 4 pixels; both sides must be at least 16"):
        read_picture(ENCODED, 3, Limits(), min_side=16)


def test_the_answer_has_the_reason_alone():
    """MLflow puts the whole request before the message."""
    error = AnswerError("picture 1: not base64")
    error.message = f"Failed to predict data '{'A' * 1000}'. Error: {error.message}"
    assert json.loads(error.serialize_as_json()) == {
        "error_code": "INVALID_PARAMETER_VALUE",
        "message": "picture 1: not base64",
    }
    assert error.get_http_status_code() == 400


@pytest.mark.parametrize("fault", [WeightsError("damaged"), RuntimeError("damaged"), MemoryError("damaged")])
def test_what_is_our_fault_is_not_called_the_senders(fault: Exception):
    with pytest.raises(AnswerError, match="picture 2: damaged") as error, answered(2):
        raise fault
    assert error.value.get_http_status_code() == 500


@pytest.mark.parametrize("count", [0, 3])
def test_no_pictures_and_too_many_are_refused(count: int):
    check_count(["picture"] * 2, Limits(max_pictures=2))
    with pytest.raises(AnswerError, match=rf"{count} pictures in one request; .* at most 2 \(max_pictures\)"):
        check_count(["picture"] * count, Limits(max_pictures=2))


def test_a_text_without_words_is_refused():
    assert read_text("  the image\nis clear ", 1) == "the image is clear"
    with pytest.raises(AnswerError, match="picture 1: the text ' ' has no words"):
        read_text(" ", 1)


def test_what_lacks_in_an_item_is_named():
    assert part_of({"text": "clear"}, "text", 1) == "clear"
    with pytest.raises(AnswerError, match="picture 2: has no 'image', but 'picture'"):
        part_of({"picture": "AAAA"}, "image", 2)
