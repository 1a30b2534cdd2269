"""Free text, cleaned at the door."""

import re
import unicodedata

from wordmend.errors import LanguageError

MAX_TEXT_LENGTH = 500
"""Longest comment, in characters; text encoders read far less."""


def clean_text(text: str, what: str = "comment") -> str:
    """The text in NFC, without control characters, white space folded to single blanks.

    `what` is how messages call it.

    Raises:
        LanguageError: when nothing is left, or more than `MAX_TEXT_LENGTH` characters are.
    """
    folded = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text))
    kept = "".join(char for char in folded if not unicodedata.category(char).startswith("C"))
    # Removing a character can bring two blanks, or a letter and its accent, together.
    cleaned = unicodedata.normalize("NFC", re.sub(r" +", " ", kept)).strip()
    if not cleaned:
        raise LanguageError(f"the {what} {text[:40]!r} has no words; say what is seen, or leave it out")
    if len(cleaned) > MAX_TEXT_LENGTH:
        raise LanguageError(
            f"the {what} {cleaned[:40]!r}... has {len(cleaned)} characters, at most {MAX_TEXT_LENGTH} are"
            " taken; make several comments of it"
        )
    return cleaned
