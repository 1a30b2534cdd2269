"""Changes to the tokens of a clause, noted first and written all at once, so that positions stay valid."""

from collections.abc import Sequence

from wordmend.comments.tokens import Token, join


class Draft:
    """The tokens of a clause and what is to become of them."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tuple(tokens)
        self._deleted: set[int] = set()
        self._inserted: dict[int, str] = {}
        self._replaced: dict[int, str] = {}

    def delete(self, start: int, end: int) -> None:
        """Leave out `tokens[start:end]`."""
        self._deleted.update(range(start, end))

    def replace(self, start: int, end: int, words: str) -> None:
        """Write `words` instead of `tokens[start:end]`; no words leave them out."""
        self.delete(start, end)
        if words:
            self._replaced[start] = words

    def insert(self, index: int, words: str) -> None:
        """Write `words` before `tokens[index]`."""
        self._inserted[index] = words

    def text(self) -> str:
        """The changed clause, with "a" or "an" as the next word asks and a capital where there was one."""
        written: list[Token] = []
        for index in range(len(self.tokens) + 1):
            written += _tokens(self._inserted.get(index, ""), True)
            if index == len(self.tokens):
                break
            token = self.tokens[index]
            if index in self._replaced:
                written += _tokens(self._replaced[index], token.blank)
            elif index not in self._deleted:
                written.append(token)
        return join(_articles(self._capitals(written)))

    def _capitals(self, written: list[Token]) -> list[Token]:
        """A capital moves with the beginning of the clause; capitals of names and acronyms stay."""
        if not written or not self.tokens or not _is_capitalized(self.tokens[0].text):
            return written
        first = written[0]
        rest = [
            Token(token.text.lower(), token.blank) if token is self.tokens[0] else token
            for token in written[1:]
        ]
        return [Token(first.text[0].upper() + first.text[1:], first.blank), *rest]


def _tokens(words: str, blank: bool) -> list[Token]:
    return [Token(word, blank or number > 0) for number, word in enumerate(words.split())]


def _is_capitalized(word: str) -> bool:
    return word != "I" and word[0].isupper() and word[1:] == word[1:].lower()


def _articles(written: list[Token]) -> list[Token]:
    fixed = list(written)
    for index, token in enumerate(written[:-1]):
        following = written[index + 1].text
        if token.text.lower() in ("a", "an") and following[0].isalpha():
            fixed[index] = Token(token.text[0] + article(following)[1:], token.blank)
    return fixed


def article(following: str) -> str:
    """The indefinite article before a word: "a" or "an", by its first letter."""
    return "an" if following[0].lower() in "aeiou" else "a"
