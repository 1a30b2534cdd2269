"""Finding the words of a clause that its statements are built around."""

from wordmend.comments.statements import SOFTENERS, Found, Statement
from wordmend.comments.vocabulary import Role


def find_heads(found: list[Found], length: int) -> list[Statement]:
    """The statements of a clause of `length` tokens, without their modifiers, in the order of their heads.

    Mending verbs go before nouns of defects, these before adjectives, and these before nouns of what is good:
    "the hole is not filled in" is about filling, "jagged scratches" are scratches.
    """
    nouns = [one for one in found if one.has(Role.DEFECT_NOUN, Role.GOOD_NOUN)]
    defects = [one for one in nouns if one.has(Role.DEFECT_NOUN)]
    adjectives = [one for one in found if _is_adjective(one, nouns, defects)]
    mending = [one for one in found if one.has(Role.MENDING_NOUN)]
    verbs = [one for one in found if one.has(Role.REBUILDING) and _is_predicate(one, found, length)]
    if verbs and any(one.start >= verbs[-1].end for one in adjectives):
        verbs = []  # "is restored too soft": the adjective tells how
    if mending or verbs:
        return _mending_heads(mending or verbs, nouns, adjectives)
    if defects:
        named = [_statement(one, Role.DEFECT_NOUN) for one in defects]
        apart = [one for one in adjectives if not _leads(one, defects)]
        return sorted(named + [_statement(one, Role.ADJECTIVE) for one in apart], key=lambda s: s.head.start)
    if adjectives:
        return [_statement(one, Role.ADJECTIVE) for one in adjectives]
    if nouns:
        return [_statement(one, Role.GOOD_NOUN) for one in nouns]
    rebuilt = [one for one in found if one.has(Role.REBUILDING)]
    return [
        Statement(one, Role.REBUILDING, "missing_parts", one.terms[Role.REBUILDING].sign) for one in rebuilt
    ]


def _statement(head: Found, role: Role) -> Statement:
    term = head.terms[role]
    assert term.dimension is not None
    return Statement(head, role, term.dimension, term.sign)


def _mending_heads(heads: list[Found], nouns: list[Found], adjectives: list[Found]) -> list[Statement]:
    """One statement on what was mended; without a noun for it, rebuilding is about missing parts."""
    head = heads[0]
    role = Role.MENDING_NOUN if head.has(Role.MENDING_NOUN) else Role.REBUILDING
    sign = head.terms[role].sign
    about = nouns or ([] if role is Role.MENDING_NOUN else adjectives)
    if not about:
        if sign < 0 and role is Role.MENDING_NOUN:
            return []  # "removal", of nobody knows what
        statement = Statement(head, role, "missing_parts", 1 if role is Role.MENDING_NOUN else sign)
    else:
        noun_role = next(r for r in (Role.DEFECT_NOUN, Role.GOOD_NOUN, Role.ADJECTIVE) if about[0].has(r))
        term = about[0].terms[noun_role]
        assert term.dimension is not None
        # To remove a defect is good, to remove what is good is not; to rebuild either is good.
        mended = term.sign * sign if role is Role.MENDING_NOUN and sign < 0 else sign
        statement = Statement(head, role, term.dimension, mended)
    if role is Role.MENDING_NOUN:
        statement.operators += [(one, one.terms[Role.ADJECTIVE]) for one in adjectives]
    return [statement]


def _is_adjective(one: Found, nouns: list[Found], defects: list[Found]) -> bool:
    """Whether a word that can be an adjective heads a statement of its own."""
    if not one.has(Role.ADJECTIVE) or one.has(Role.DEFECT_NOUN):
        return False
    if one.has(Role.SHOWING) and defects:
        return False  # "the scratches are clear": they can be seen
    if one.has(Role.REMOVING) and nouns:
        return False  # "missing details", "noise is missing"
    return not (one.terms[Role.ADJECTIVE].evaluates and nouns)


def _leads(adjective: Found, nouns: list[Found]) -> bool:
    """Whether the adjective stands right before a noun and only describes it ("jagged scratches")."""
    return adjective.terms[Role.ADJECTIVE].sign < 0 and any(noun.start == adjective.end for noun in nouns)


def _is_predicate(verb: Found, found: list[Found], length: int) -> bool:
    """Whether something is said to be mended ("is restored"), not called so ("the restored image")."""
    before = verb.start
    while one := next((f for f in found if f.end == before), None):
        if one.has(Role.COPULA, Role.HELPER, Role.DEFECT_NOUN, Role.GOOD_NOUN):
            return True
        if not one.has(Role.MANNER, Role.NEGATOR, *SOFTENERS):
            break
        before = one.start
    return verb.end == length
