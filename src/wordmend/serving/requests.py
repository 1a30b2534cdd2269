"""What comes in over the network, checked at the door: what is wrong with a request gives status 400."""

import base64
import binascii
import json
import tempfile
from collections.abc import Iterator, Mapping, Sized
from contextlib import contextmanager
from pathlib import Path

from mlflow.exceptions import INTERNAL_ERROR, INVALID_PARAMETER_VALUE, MlflowException

from wordmend.comments.text import clean_text
from wordmend.errors import ImageError, LanguageError, WordmendError
from wordmend.images.channels import FloatImage
from wordmend.images.picture import Picture
from wordmend.images.reading import count_pictures, read_image, read_pictures
from wordmend.serving.limits import Limits


class AnswerError(MlflowException):  # type: ignore[misc]  # mlflow is untyped here
    """Why a request has no result, in words for those who sent it.

    MLflow's server puts the whole request before the message of an exception. With pictures these are
    megabytes, so the answer has the message alone.
    """

    def __init__(self, reason: str, error_code: int = INVALID_PARAMETER_VALUE) -> None:
        super().__init__(reason, error_code=error_code)
        self.reason = reason

    def serialize_as_json(self) -> str:
        """What the server answers."""
        return json.dumps({"error_code": self.error_code, "message": self.reason})


@contextmanager
def answered(place: int) -> Iterator[None]:
    """Turn what goes wrong with the picture at `place` (from 1) for a reason of ours into status 500.

    MLflow answers every other exception with status 400, as if the request were wrong.
    """
    try:
        yield
    except (WordmendError, RuntimeError, MemoryError) as error:  # RuntimeError: PyTorch's own
        raise AnswerError(f"picture {place}: {error or type(error).__name__}", INTERNAL_ERROR) from error


def check_count(pictures: Sized, limits: Limits) -> None:
    """Refuse a request with no pictures, or with too many.

    Raises:
        AnswerError: with status 400.
    """
    if not 0 < len(pictures) <= limits.max_pictures:
        raise AnswerError(
            f"{len(pictures)} pictures in one request; send at least 1 and at most {limits.max_pictures} "
            "(max_pictures)"
        )


def part_of(item: Mapping[str, str], name: str, place: int) -> str:
    """What an item of a request has under a name.

    Raises:
        AnswerError: it has nothing there; with status 400.
    """
    if name not in item:
        raise AnswerError(f"picture {place}: has no {name!r}, but {', '.join(map(repr, item)) or 'nothing'}")
    return item[name]


def read_text(text: str, place: int) -> str:
    """The text about the picture at `place`, cleaned.

    Raises:
        AnswerError: it has no words, or too many; with status 400.
    """
    try:
        return clean_text(text, "text")
    except LanguageError as error:
        raise AnswerError(f"picture {place}: {error}") from error


def read_picture(text: str, place: int, limits: Limits, *, min_side: int = 1) -> FloatImage:
    """Read a picture that came as base64 of an image file.

    Args:
        text: the base64; white space in it is passed over.
        place: of the picture in the request, from 1; messages name it.
        limits: of its size.
        min_side: smallest side that is accepted, px.

    Returns:
        float32 (H, W, 3) in [0, 1].

    Raises:
        AnswerError: not base64, not an image, too small or too large; with status 400.
    """
    with received_file(text, place, limits) as path:
        return read_image(path, 3, min_side=min_side, max_pixels=limits.max_pixels)


@contextmanager
def received_file(text: str, place: int, limits: Limits) -> Iterator[Path]:
    """A file that came as base64, in a folder that is there as long as it is read.

    Args:
        text: the base64; white space in it is passed over.
        place: of the picture in the request, from 1; messages name it.
        limits: of its size.

    Raises:
        AnswerError: not base64, or too large; or an `ImageError` of those who read it. With status 400.
    """
    content = _decode(text, place, limits.max_bytes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        path.write_bytes(content)
        try:
            yield path
        except ImageError as error:
            raise AnswerError(f"picture {place}: {str(error).removeprefix(f'{path}: ')}") from error


def read_single_picture(path: Path, limits: Limits) -> Picture:
    """The picture of a file, as it stands there.

    Raises:
        ImageError: it can't be read, is too large, or there are several.
    """
    if (count := count_pictures(path)) > 1:
        raise ImageError(f"{path}: {count} pages; send one in a file")
    return next(read_pictures(path, max_pixels=limits.max_pixels))


def _decode(text: str, place: int, max_bytes: int) -> bytes:
    encoded = "".join(text.split())
    if len(encoded) * 3 // 4 > max_bytes + 2:  # up to two bytes of padding
        size = len(encoded) * 3 / 4 / 1e6
        raise AnswerError(f"picture {place}: a file of {size:.1f} MB, more than max_bytes={max_bytes}")
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise AnswerError(
            f"picture {place}: not base64 ({error}); send the image file in base64, with nothing before it"
        ) from error
