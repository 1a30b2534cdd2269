"""What a clause is taken apart into: the words found in it, and the statements they make."""

from dataclasses import dataclass, field

from wordmend.comments.entry import Dimension
from wordmend.comments.tokens import Token
from wordmend.comments.vocabulary import Role, Term, Terms

SOFTENERS = (Role.DEGREE, Role.TEMPORAL, Role.EXCESS, Role.NEGATIVE_ONLY)
"""Roles that strengthen, weaken or date a statement without turning it."""


@dataclass(frozen=True)
class Found:
    """A word or phrase of the vocabulary at `tokens[start:end]`."""

    start: int
    end: int
    terms: Terms

    def has(self, *roles: Role) -> bool:
        """Whether it can do one of these."""
        return any(role in self.terms for role in roles)


@dataclass
class Statement:
    """One thing said about one dimension."""

    head: Found
    role: Role
    """As what the head is taken."""
    dimension: Dimension
    sign: int
    """Of the head alone."""
    negators: list[Found] = field(default_factory=list)
    operators: list[tuple[Found, Term]] = field(default_factory=list)
    """Words with a counterpart, each with the term it is taken as."""
    verbs: list[tuple[Found, Term]] = field(default_factory=list)
    """Mending and removing verbs."""
    excess: bool = False
    """Praise with "too" before it."""

    @property
    def total_sign(self) -> int:
        """+1 when it tells that all is well, -1 when it tells of a defect."""
        sign = -self.sign if self.excess else self.sign
        for _, term in (*self.operators, *self.verbs):
            sign *= term.sign
        return -sign if len(self.negators) % 2 else sign


@dataclass(frozen=True)
class Clause:
    """The tokens of a clause with all that was found in them."""

    tokens: tuple[Token, ...]
    found: tuple[Found, ...]
    statements: tuple[Statement, ...]
    doubt: str | None
    """Why its polarity isn't known; None when it is."""

    @property
    def sign(self) -> int | None:
        """+1 all is well, -1 a defect, None not known."""
        return None if self.doubt else self.statements[0].total_sign

    @property
    def dimension(self) -> Dimension:
        """What it is about; `other` when no word tells."""
        return self.statements[0].dimension if self.statements else "other"

    def at(self, index: int) -> Found | None:
        """What was found to cover the token at `index`."""
        return next((found for found in self.found if found.start <= index < found.end), None)
