"""The quality language: what a comment says about a picture, and the same with its meaning turned round."""

import difflib
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

import numpy as np

from wordmend.comments.clauses import Part, part_clauses
from wordmend.comments.entry import Dimension, Entry, Kind, Region, Source, comment_id_of
from wordmend.comments.lexicon import read_lexicon
from wordmend.comments.opposites import turned
from wordmend.comments.phrases import PhrasePair, place_of
from wordmend.comments.reading import Reading, combined, reading_of, why_not_turned
from wordmend.comments.sayings import fill_saying
from wordmend.comments.statements import Clause
from wordmend.comments.text import clean_text
from wordmend.comments.tokens import Token, join, tokenize
from wordmend.comments.vocabulary import Role, Vocabulary
from wordmend.errors import LanguageError

LONGEST_CHAIN = 8
"""Texts that turning one again and again may lead through; two or three are usual."""


class QualityLanguage:
    """Reads and turns English comments on image quality.

    Args:
        lexicon: The words, as the value of `quality_language` in conf/base/quality_language.yml.

    Raises:
        LanguageError: when the lexicon lacks a list, has an unknown one or contradicts itself.
    """

    def __init__(self, lexicon: dict[str, object]) -> None:
        self.lexicon = read_lexicon(lexicon)
        self._vocabulary = Vocabulary(self.lexicon)

    def read(self, text: str) -> Reading:
        """What a text says. Reads any text; where it can't tell, the polarity is None and `doubt` says why.

        Raises:
            LanguageError: when the text is empty or too long.
        """
        return combined([reading_of(part.clause) for part in self._parts(text)[0]])

    def split(self, text: str) -> list[str]:
        """The clauses of a text, each readable alone: "the hair is sharp but noisy" has two.

        Raises:
            LanguageError: when the text is empty or too long.
        """
        return [join(part.clause.tokens) for part in self._parts(text)[0]]

    def opposite(self, text: str) -> str:
        """The text with the meaning of each of its clauses turned round.

        The outcome is read again: it is about the same dimension, says the opposite, and its own opposite
        says the same as the text.

        Raises:
            LanguageError: when the text can't be turned; says which words and how to state the opposite by
            hand.
        """
        once = self._turned(text)
        # Turning on and on ends in two texts that are each other's opposites, or something can't be turned.
        seen = {once}
        last = once
        try:
            while (last := self._turned(last)) not in seen:
                seen.add(last)
                if len(seen) > LONGEST_CHAIN:
                    raise _refusal(text, f"its opposite {once!r} does not lead back to it")
        except LanguageError as error:
            raise _refusal(text, f"its opposite {once!r} can't be turned back") from error
        return once

    def finds_fault(self, text: str) -> bool | None:
        """Whether words name a defect (True) or praise (False); None where they don't tell."""
        polarity = self.read(text).polarity
        return None if polarity is None else polarity != "good"

    def conforms(self, text: str, kind: Kind = "restored") -> int:
        """Whether words conform to the image they were said of (1), or tell what is wanted (0).

        For where the person didn't say. Words that find fault describe an input, a restored or a new image,
        words of praise tell what is wanted of it; of a high-quality counterpart (`gt`) it is the other way
        round. Praise of a new image can be either, so that is asked. The rule is that of the method's
        patent, [0194], [0273].

        Raises:
            LanguageError: when the words don't tell.
        """
        reading = self.read(text)
        if reading.polarity is None:
            raise LanguageError(
                f"{text!r} doesn't tell whether it describes the image: {reading.doubt}; say it in other"
                " words or give the class (conforms 1: as it is, 0: as it should be)"
            )
        if kind == "new" and reading.polarity == "good":
            raise LanguageError(
                f"{text!r} praises an image that nothing is known of; give the class (conforms 1: as it is,"
                " 0: as it should be)"
            )
        return int((reading.polarity == "good") == (kind == "gt"))

    def entries_from_text(
        self,
        text: str,
        *,
        sample_id: str,
        pair_id: str | None,
        kind: Kind,
        region: Region | None = None,
        dimension: Dimension | None = None,
        conforms: int | None = None,
        source: Source = "person",
        annotator: str | None = None,
        created_at: datetime | None = None,
    ) -> list[Entry]:
        """The entries of a free text: one for each clause, with its opposite where it can be turned.

        `dimension` and `conforms` are what the person said; None takes them from the words.

        Raises:
            LanguageError: when the text is empty or too long, or neither person nor words tell the class.
        """
        clauses = list(dict.fromkeys(self.split(text)))
        return [
            Entry(
                comment_id=comment_id_of(
                    sample_id, clause, said_of, region, source=source, annotator=annotator
                ),
                sample_id=sample_id,
                pair_id=pair_id,
                kind=kind,
                text=clause,
                opposite=self.opposite_or_none(clause),
                dimension=said_of,
                region=region,
                conforms=self.conforms(clause, kind) if conforms is None else conforms,
                source=source,
                annotator=annotator,
                created_at=created_at,
            )
            for clause in clauses
            for said_of in [dimension or self.read(clause).dimension]
        ]

    def opposite_or_none(self, text: str) -> str | None:
        """The opposite, or None where the text can't be turned."""
        try:
            return self.opposite(text)
        except LanguageError:
            return None

    def phrase_pairs(self, dimension: Dimension) -> list[PhrasePair]:
        """The templates of a dimension; `{subject}` stands for one of `lexicon.phrases.subjects`."""
        return [
            PhrasePair(dimension, pair.defect, pair.good) for pair in self.lexicon.phrases.pairs[dimension]
        ]

    def in_other_words(self, text: str, dimension: Dimension, rng: np.random.Generator) -> str:
        """A saying about a dimension that finds fault or praises as the text does; else the text itself."""
        sayings = self.lexicon.phrases.sayings.get(dimension)
        fault = None if sayings is None else self.finds_fault(text)
        if sayings is None or fault is None:
            return text
        lines = sayings.defect if fault else sayings.good
        return fill_saying(lines[int(rng.integers(len(lines)))], self.lexicon.phrases, rng)

    def place(self, region: Region, width: int, height: int) -> str:
        """The name of the place of a region in an image of `width` by `height` pixels ("upper left")."""
        return place_of(region, width, height, self.lexicon.phrases.places)

    def with_severity(self, text: str, severity: str) -> str:
        """The text with `severity` ("slightly") before its first predicate adjective, if it has one."""
        for part in self._parts(text)[0]:
            for statement in part.clause.statements:
                start = statement.head.start
                before = part.clause.at(start - 1)
                if statement.role is Role.ADJECTIVE and before and before.has(Role.COPULA):
                    tokens = part.clause.tokens
                    return join([*tokens[:start], Token(severity), *tokens[start:]])
        return text

    # A text is read and turned again and again, and languages are few and stay.
    @lru_cache(maxsize=4096)  # noqa: B019
    def _parts(self, text: str) -> tuple[list[Part], tuple[Token, ...]]:
        tokens = tokenize(clean_text(text), self._vocabulary.knows)
        return part_clauses(tokens, self._vocabulary, self.lexicon.separators, self.lexicon.contrasts)

    @lru_cache(maxsize=4096)  # noqa: B019
    def _turned(self, text: str) -> str:
        parts, ending = self._parts(text)
        turned_parts: list[str] = []
        for part in parts:
            clause_text = join(part.clause.tokens)
            if reason := why_not_turned(part.clause):
                raise _refusal(clause_text, reason + self._nearest(part.clause))
            words = turned(part.clause)
            if words is None:
                said = ", ".join(reading_of(part.clause).words)
                raise _refusal(clause_text, f"there is no rule for {said}")
            turned_parts.append(_link(part.separator) + words)
        outcome = "".join(turned_parts) + join(ending)
        if not self._says_opposite(outcome, parts):
            raise _refusal(text, f"{outcome!r} would not say the opposite")
        return outcome

    def _says_opposite(self, text: str, of: list[Part]) -> bool:
        """Whether each clause of `text` says the opposite of its counterpart."""
        parts = self._parts(text)[0]
        return len(parts) == len(of) and all(
            new.clause.sign is not None
            and new.clause.sign == -(old.clause.sign or 0)
            and new.clause.dimension == old.clause.dimension
            for new, old in zip(parts, of, strict=True)
        )

    def _nearest(self, clause: Clause) -> str:
        """A hint for a word that may be misspelt, where no word of the clause is known."""
        if clause.statements:
            return ""
        for token in clause.tokens:
            if token.is_word and len(token.text) > 4 and not self._vocabulary.knows(token.text):
                near = difflib.get_close_matches(token.text.lower(), self._vocabulary.words(), 1, 0.8)
                if near:
                    return f" (is {token.text!r} meant to be {near[0]!r}?)"
        return ""


def _link(separator: tuple[Token, ...]) -> str:
    """The separator as it stands between turned clauses: each is stated alone, so "or" becomes "and"."""
    if not separator:
        return ""
    said = [replace(t, text="and") if t.text.lower() in ("or", "nor") else t for t in separator]
    return ("" if not said[0].blank else " ") + join(said) + " "


def _refusal(text: str, reason: str) -> LanguageError:
    return LanguageError(
        f"{text!r} can't be turned into its opposite: {reason}; state the opposite by hand (the field"
        " 'opposite'), say it in other words, or add the words to conf/base/quality_language.yml"
    )
