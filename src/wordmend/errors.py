"""Errors that a user of Wordmend can cause. Each message names what is wrong, where, and the way out."""


class WordmendError(Exception):
    """Root of the tree: catch it to catch everything that Wordmend raises on purpose."""


def reason_of(error: BaseException) -> str:
    """What to tell a person of an error: its message, after its kind where that is not written for people."""
    return str(error) if isinstance(error, WordmendError) else f"{type(error).__name__}: {error}"


def first_line(error: BaseException) -> str:
    """The first line of its message, of an error of others that may be long; its kind where it has none."""
    return (str(error).splitlines() or [type(error).__name__])[0]


class ParameterError(WordmendError, ValueError):
    """A parameter is unknown, has the wrong type or contradicts another."""


class ImageError(WordmendError, ValueError):
    """An image file can't be read, or an image is not what the operation takes."""


class PhotosError(WordmendError):
    """A folder of photographs or of real pairs has nothing in it that can be used."""


class TableError(WordmendError, ValueError):
    """A table lacks columns, holds values of the wrong kind or points to files that are not there."""


class WeightsError(WordmendError):
    """A weights file is missing, damaged or belongs to another network."""


class LanguageError(WordmendError, ValueError):
    """The quality language, or a text to be read with it, is not usable."""


class TrainingError(WordmendError):
    """A training can't start or can't go on."""


class LabelStudioError(WordmendError):
    """The Label Studio server is not there, refuses, or holds something else than expected."""
