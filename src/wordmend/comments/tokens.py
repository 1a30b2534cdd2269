"""Words and marks of a text, and back."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_CONTRACTIONS = (
    (r"\b(can)(?:no|'?)t\b", r"\1 not"),
    (r"\b(wo)n'?t\b", "will not"),
    (r"\bain'?t\b", "is not"),
    (r"\b(is|are|was|were|does|do|did|has|have|had|could|would|should|must|need)n'?t\b", r"\1 not"),
    (r"\b(there|it|that|here)'s\b", r"\1 is"),
    (r"\b(there|they)'re\b", r"\1 are"),
    (r"\bneither\b", "not"),
)
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['\-][^\W_]+)*|[^\w\s]|\w+")


@dataclass(frozen=True)
class Token:
    """A word or a mark, and whether a blank stands before it."""

    text: str
    blank: bool = True

    @property
    def is_word(self) -> bool:
        """Whether it is more than a mark."""
        return self.text[0].isalnum()


def tokenize(text: str, is_known: Callable[[str], bool]) -> list[Token]:
    """The words and marks of a text, contractions written out ("isn't" as "is", "not").

    A word with hyphens stays whole when `is_known` says so, and falls into its parts otherwise.
    """
    text = text.replace("\u2019", "'")  # the typographic apostrophe
    for pattern, written_out in _CONTRACTIONS:
        text = re.sub(pattern, written_out, text, flags=re.IGNORECASE)
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        blank = match.start() == 0 or text[match.start() - 1].isspace()
        word = match.group()
        pieces = [word] if is_known(word) else re.findall(r"-|[^-]+", word)
        tokens += [Token(piece, blank and number == 0) for number, piece in enumerate(pieces)]
    return tokens


def join(tokens: Sequence[Token]) -> str:
    """The text of tokens, with "cannot" in one word."""
    text = "".join(
        (" " if token.blank and number else "") + token.text for number, token in enumerate(tokens)
    )
    return re.sub(r"\b([Cc])an not\b", r"\1annot", text)
