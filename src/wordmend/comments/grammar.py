"""Bits of English grammar that turning a clause needs."""

import re

from wordmend.comments.draft import Draft
from wordmend.comments.statements import SOFTENERS, Clause, Found
from wordmend.comments.vocabulary import Role


def counts_one(negator: Found, clause: Clause) -> bool:
    """Whether a countable noun in the singular follows: "no (deep) scratch"."""
    for one in clause.found:
        if one.start < negator.end:
            continue
        roles = (Role.DEFECT_NOUN, Role.GOOD_NOUN, Role.PART)
        role = next((role for role in roles if one.has(role)), None)
        if role is not None:
            return one.terms[role].singular
        if not one.has(Role.ADJECTIVE, Role.SHOWING, Role.MODIFIER):
            return False
    return False


def third_person(verb: str) -> str:
    """The verb as "it" has it: "looks", "has", "carries"."""
    if verb == "have":
        return "has"
    if re.search(r"(s|x|z|ch|sh|o)$", verb):
        return verb + "es"
    return verb[:-1] + "ies" if re.search(r"[^aeiou]y$", verb) else verb + "s"


def indefinite_part(head: Found, clause: Clause) -> Found | None:
    """The noun of "(some) parts ... are missing"."""
    parts = [one for one in clause.found if one.has(Role.PART) and one.end <= head.start]
    if not parts:
        return None
    before = clause.at(parts[0].start - 1)
    return parts[0] if parts[0].start == 0 or (before and before.has(Role.INDEFINITE)) else None


def is_said_to_be_there(clause: Clause) -> bool:
    """Whether a verb or an adjective says that there is some of the noun ("has detail")."""
    return any(one.has(Role.SHOWING, Role.HAVING) for one in clause.found)


def is_auxiliary(one: Found) -> bool:
    """Whether "not" can stand after it."""
    return one.has(Role.COPULA, Role.HELPER)


def auxiliary_of(start: int, clause: Clause, roles: tuple[Role, ...]) -> Found | None:
    """The first auxiliary of the chain that ends at `start` ("has" of "has been removed"), or None."""
    first: Found | None = None
    while (one := clause.at(start - 1)) and one.has(
        Role.COPULA, Role.HELPER, Role.MANNER, Role.NEGATOR, *SOFTENERS
    ):
        if one.has(*roles) or (first is not None and one.has(Role.HELPER)):
            first = one
        start = one.start
    return first


def delete_softeners_after(start: int, clause: Clause, draft: Draft) -> None:
    """Leave out the softeners from `start` on: "is still visible" is turned into "is not visible"."""
    while (one := clause.at(start)) and one.has(*SOFTENERS):
        draft.delete(one.start, one.end)
        start = one.end


def delete_softeners_before(end: int, clause: Clause, draft: Draft) -> None:
    """Leave out the softeners right before `end`: "still too noisy" is turned into "not noisy"."""
    while (one := clause.at(end - 1)) and one.end == end and one.has(*SOFTENERS):
        draft.delete(one.start, one.end)
        end = one.start
