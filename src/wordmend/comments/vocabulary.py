"""What each word or phrase of the lexicon can be, found by its form in a text."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from wordmend.comments.entry import Dimension
from wordmend.comments.inflection import plural, positives
from wordmend.comments.lexicon import DimensionWords, Lexicon


class Role(StrEnum):
    """What a word can do in a sentence about quality."""

    ADJECTIVE = "adjective"
    DEFECT_NOUN = "defect noun"
    GOOD_NOUN = "good noun"
    NEGATOR = "negator"
    PRESENT = "present"
    ABSENT = "absent"
    REMOVING = "removing"
    REBUILDING = "rebuilding"
    MENDING_NOUN = "mending noun"
    MANNER = "manner"
    DEGREE = "degree"
    TEMPORAL = "temporal"
    EXCESS = "excess"
    NEGATIVE_ONLY = "negative only"
    SHOWING = "showing"
    HAVING = "having"
    COPULA = "copula"
    HELPER = "helper"
    DEFINITE = "definite"
    INDEFINITE = "indefinite"
    MODIFIER = "modifier"
    PART = "part"
    WISH = "wish"
    FEELING = "feeling"


@dataclass(frozen=True)
class Term:
    """A word in one of its roles."""

    sign: int = 1
    """+1 praises, says that something is there or leaves the meaning; -1 is the reverse."""
    dimension: Dimension | None = None
    counterpart: str | None = None
    """What takes its place when its meaning is turned round."""
    stand_in: str | None = None
    """The same, where "not" can't stand."""
    evaluates: bool = False
    """Praise or blame that says how much there is of the noun beside it."""
    before_adjectives: bool = False
    """Whether it turns or grades adjectives as well as nouns."""
    distributed: bool = False
    """Whether it holds for all nouns of an enumeration."""
    reaches_far: bool = False
    """A negator that turns the verb after its noun too ("no part is missing")."""
    singular: bool = False
    """A noun that can be counted, in its singular: it takes "a"."""


Terms = dict[Role, Term]


class Vocabulary:
    """Finds the roles of words and phrases, in any inflection and in British or American spelling."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._terms: dict[str, Terms] = {}
        self._spellings = lexicon.spellings
        for dimension, words in lexicon.dimensions.items():
            self._add_dimension(dimension, words, lexicon)
        self._add_operators(lexicon)
        self._add_mending(lexicon)
        for role, group in _plain_roles(lexicon):
            for word in group:
                self._add(word, role, Term())
        for part in lexicon.parts:
            self._add_noun(part, Role.PART, Term(), countable=True)
        self.longest = max(len(phrase.split()) for phrase in self._terms)
        """Words of the longest phrase."""

    def normal(self, word: str) -> str:
        """The word as the lexicon spells it."""
        lower = word.lower()
        return self._spellings.get(lower, lower)

    def knows(self, word: str) -> bool:
        """Whether the lexicon has the word, or a word it is derived from."""
        return bool(self.lookup(self.normal(word)))

    def words(self) -> list[str]:
        """All words and phrases, to name the nearest one to an unknown word."""
        return list(self._terms)

    def lookup(self, phrase: str) -> Terms:
        """The roles of a word or a phrase (its words normal, single blanks between); empty when unknown."""
        for form in dict.fromkeys((phrase, phrase.replace("-", " "), phrase.replace("-", ""))):
            known = self._terms.get(self._spellings.get(form, form))
            if known is not None:
                return known
        if phrase.isdecimal():
            return {Role.INDEFINITE: Term()}  # "3 scratches"
        return {} if " " in phrase else self._derived(phrase)

    def _derived(self, word: str) -> Terms:
        if match := re.fullmatch(r"(.+)-(?:free|less)", word):
            noun = self._terms.get(match[1], {}).get(Role.DEFECT_NOUN)
            return {Role.ADJECTIVE: Term(dimension=noun.dimension)} if noun else {}
        if match := re.fullmatch(r"(?:un|in|im|non|dis)-?(.{4,})", word):
            base = self._terms.get(match[1], {})
            if adjective := base.get(Role.ADJECTIVE):
                turned = replace(adjective, sign=-adjective.sign, counterpart=match[1], stand_in=None)
                return {Role.ADJECTIVE: turned}
            for role in (Role.REBUILDING, Role.REMOVING):
                if role in base:
                    return {role: replace(base[role], sign=-base[role].sign, counterpart=match[1])}
        for base_form in positives(word):
            if adjective := self._terms.get(base_form, {}).get(Role.ADJECTIVE):
                less = f"less {base_form}" if word.endswith("er") else None
                return {Role.ADJECTIVE: replace(adjective, counterpart=less, stand_in=None)}
        return {}

    def _add(self, phrase: str, role: Role, term: Term) -> None:
        self._terms.setdefault(phrase, {}).setdefault(role, term)

    def _add_noun(self, noun: str, role: Role, term: Term, *, countable: bool) -> None:
        self._add(noun, role, replace(term, singular=countable))
        if countable or role is not Role.PART:
            self._add(plural(noun), role, term)

    def _add_dimension(self, dimension: Dimension, words: DimensionWords, lexicon: Lexicon) -> None:
        for sign, group in ((1, words.good_words), (-1, words.defect_words)):
            for word, counterpart in group.items():
                evaluates = word in lexicon.evaluations
                stand_in = words.stand_ins.get(word)
                term = Term(sign, dimension, counterpart, stand_in, evaluates)
                self._add(word, Role.ADJECTIVE, term)
        # A stand-in that no list has ("crack-free") is a good word; its counterpart is what it stands in for.
        for word, stand_in in words.stand_ins.items():
            if not self.lookup(stand_in) or Role.ADJECTIVE not in self.lookup(stand_in):
                self._add(stand_in, Role.ADJECTIVE, Term(1, dimension, word))
        for role, nouns in ((Role.DEFECT_NOUN, words.defect_nouns), (Role.GOOD_NOUN, words.good_nouns)):
            for noun in nouns:
                sign = -1 if role is Role.DEFECT_NOUN else 1
                self._add_noun(noun, role, Term(sign, dimension), countable=noun not in lexicon.uncountable)

    def _add_operators(self, lexicon: Lexicon) -> None:
        for negator, instead in lexicon.negators.items():
            far = negator in lexicon.reaching_negators
            self._add(negator, Role.NEGATOR, Term(-1, counterpart=instead, distributed=True, reaches_far=far))
        for role, sign, group in ((Role.PRESENT, 1, lexicon.present), (Role.ABSENT, -1, lexicon.absent)):
            for word, counterpart in group.items():
                grades = word in lexicon.before_adjectives
                lists = word in lexicon.distributed
                term = Term(sign, counterpart=counterpart, before_adjectives=grades, distributed=lists)
                self._add(word, role, term)

    def _add_mending(self, lexicon: Lexicon) -> None:
        for word, counterpart in lexicon.removing.items():
            self._add(word, Role.REMOVING, Term(-1, counterpart=counterpart))
        for word in lexicon.rebuilding:
            self._add(word, Role.REBUILDING, Term())
        for sign, nouns in ((-1, lexicon.removing_nouns), (1, lexicon.rebuilding_nouns)):
            for noun in nouns:
                self._add(noun, Role.MENDING_NOUN, Term(sign))
        for sign, group in ((1, lexicon.mended_well), (-1, lexicon.mended_badly)):
            for word, counterpart in group.items():
                self._add(word, Role.MANNER, Term(sign, counterpart=counterpart))


def _plain_roles(lexicon: Lexicon) -> list[tuple[Role, list[str]]]:
    return [
        (Role.DEGREE, lexicon.intensifiers + lexicon.hedges),
        (Role.TEMPORAL, lexicon.temporal),
        (Role.EXCESS, lexicon.excess),
        (Role.NEGATIVE_ONLY, lexicon.negative_only),
        (Role.SHOWING, lexicon.showing),
        (Role.HAVING, lexicon.having),
        (Role.COPULA, lexicon.copulas),
        (Role.HELPER, lexicon.helpers),
        (Role.DEFINITE, lexicon.definite),
        (Role.INDEFINITE, lexicon.indefinite),
        (Role.MODIFIER, lexicon.modifiers + lexicon.neutral),
        (Role.MODIFIER, [place for row in lexicon.phrases.places for place in row]),
        (Role.WISH, lexicon.wishes),
        (Role.FEELING, lexicon.feelings),
    ]
