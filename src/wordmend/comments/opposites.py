"""Turning the meaning of one clause round by rewriting it.

What is negated loses its negation; a word with a counterpart gives way to it ("blurry", "existence of",
"high"); otherwise "not" or "no" is set where English grammar has it. Whether the outcome says what it
should is checked by reading it again (see `language`): a rewriting that went wrong is refused, never handed
on.
"""

from wordmend.comments.draft import Draft, article
from wordmend.comments.grammar import (
    auxiliary_of,
    counts_one,
    delete_softeners_after,
    delete_softeners_before,
    indefinite_part,
    is_auxiliary,
    is_said_to_be_there,
    third_person,
)
from wordmend.comments.statements import SOFTENERS, Clause, Found, Statement
from wordmend.comments.vocabulary import Role, Term


def turned(clause: Clause) -> str | None:
    """The clause with each of its statements turned round; None where there is no rule for one of them."""
    draft = Draft(clause.tokens)
    for one in clause.found:
        if one.has(Role.TEMPORAL):
            draft.delete(one.start, one.end)  # "still blurry" is no longer so when turned
    for statement in clause.statements:
        if not _turn(statement, clause, draft):
            return None
    return draft.text()


def _turn(statement: Statement, clause: Clause, draft: Draft) -> bool:
    if statement.negators:
        _remove_negator(statement.negators[-1], statement, clause, draft)
        return True
    if swappable := _swappable(statement):
        _swap(*swappable, clause, draft)
        return True
    if statement.verbs:
        return _negate_verb(*statement.verbs[-1], clause, draft)
    match statement.role:
        case Role.ADJECTIVE:
            return _turn_adjective(statement, clause, draft)
        case Role.REBUILDING:
            return _negate_verb(statement.head, statement.head.terms[Role.REBUILDING], clause, draft)
        case _:
            return _negate_noun(statement.head, clause, draft)


def _remove_negator(negator: Found, statement: Statement, clause: Clause, draft: Draft) -> None:
    instead = negator.terms[Role.NEGATOR].counterpart or ""
    word = clause.tokens[negator.start].text.lower()
    if word == "not":
        _remove_do_support(negator, clause, draft)
        _broaden(clause, draft)
    if word == "no" and negator.end == negator.start + 1 and counts_one(negator, clause):
        instead = article(clause.tokens[negator.end].text)
    if word == "no" and statement.role is Role.GOOD_NOUN and not is_said_to_be_there(clause):
        instead = "sufficient"  # "detail in the hair" alone says nothing
    if instead == "something" and statement.sign > 0:
        instead = "everything"  # "nothing is sharp"
    draft.replace(negator.start, negator.end, instead)
    if negator.end < len(clause.tokens) and clause.tokens[negator.end].text == "-":
        draft.delete(negator.end, negator.end + 1)  # "non-restoration"
    for one in clause.found:
        if one.has(Role.NEGATIVE_ONLY) and one.start >= negator.end:
            draft.delete(one.start, one.end)


def _broaden(clause: Clause, draft: Draft) -> None:
    """ "some scratches are not removed" is turned into "all scratches are removed"."""
    some = clause.at(0)
    if some and some.has(Role.INDEFINITE) and clause.tokens[0].text.lower() not in ("a", "an"):
        draft.replace(some.start, some.end, "all")


def _remove_do_support(negator: Found, clause: Clause, draft: Draft) -> None:
    """ "does not look sharp" becomes "looks sharp"."""
    before, after = negator.start - 1, negator.end
    while (softener := clause.at(after)) and softener.has(*SOFTENERS):
        after = softener.end
    if before < 0 or after >= len(clause.tokens):
        return
    helper = clause.tokens[before].text.lower()
    if helper in ("do", "does"):
        draft.delete(before, before + 1)
    if helper == "does":
        draft.replace(after, after + 1, third_person(clause.tokens[after].text))


def _swappable(statement: Statement) -> tuple[Found, Term] | None:
    """The operator to be turned: the one that makes it negative, else the one nearest to the head."""
    having = [pair for pair in statement.operators if pair[1].counterpart and not _is_praised_manner(*pair)]
    negative = [pair for pair in having if pair[1].sign < 0]
    nearest = sorted(negative or having, key=lambda pair: abs(pair[0].start - statement.head.start))
    if statement.role is Role.ADJECTIVE and not negative:
        # "with blurry hair" is turned by its adjective; "more" grades it and is turned itself.
        nearest = [pair for pair in nearest if pair[1].before_adjectives]
    return nearest[0] if nearest else None


def _is_praised_manner(operator: Found, term: Term) -> bool:
    """ "is removed cleanly" is turned by its verb: "is not removed cleanly"."""
    return term.sign > 0 and term is operator.terms.get(Role.MANNER)


def _swap(operator: Found, term: Term, clause: Clause, draft: Draft) -> None:
    delete_softeners_before(operator.start, clause, draft)
    assert term.counterpart is not None
    draft.replace(operator.start, operator.end, term.counterpart)
    following = clause.at(operator.end)
    if term.sign > 0 and following and following.has(Role.INDEFINITE, *SOFTENERS):
        draft.delete(following.start, following.end)  # "with some noise", "without noise"


def _negate_verb(verb: Found, term: Term, clause: Clause, draft: Draft) -> bool:
    if term.counterpart and (term.sign < 0 and verb.has(Role.REBUILDING)):
        draft.replace(verb.start, verb.end, term.counterpart)  # "unrestored"
        return True
    if any(one.has(Role.WISH) for one in clause.found):
        return False
    auxiliary = auxiliary_of(verb.start, clause, (Role.COPULA, Role.HELPER))
    if auxiliary is not None:
        draft.insert(auxiliary.end, "not")
    elif term.counterpart:
        draft.replace(verb.start, verb.end, term.counterpart)
    elif verb.has(Role.REBUILDING) and verb.end == verb.start + 1 < len(clause.tokens):
        draft.replace(
            verb.start, verb.end, f"un{clause.tokens[verb.start].text.lower()}"
        )  # "restored corner"
    else:
        draft.insert(verb.start, "not")
    return True


def _turn_adjective(statement: Statement, clause: Clause, draft: Draft) -> bool:
    head = statement.head
    term = head.terms[Role.ADJECTIVE]
    if statement.excess:
        return False
    delete_softeners_before(head.start, clause, draft)
    copula = auxiliary_of(head.start, clause, (Role.COPULA,))
    if copula is not None and (some := clause.at(0)) and some.has(Role.INDEFINITE):
        draft.replace(some.start, some.end, "no")  # "some edges are jagged", "no edges are jagged"
        return True
    if copula is not None and (term.sign > 0 or not term.counterpart):
        part = indefinite_part(head, clause) if statement.dimension == "missing_parts" else None
        if part is not None and not term.counterpart:
            return _negate_noun(part, clause, draft)
        draft.insert(copula.end, "not")
        return True
    counterpart = term.counterpart or term.stand_in
    if counterpart is None:
        return False
    hyphenated = "-" in clause.tokens[head.start].text
    draft.replace(head.start, head.end, counterpart.replace(" ", "-") if hyphenated else counterpart)
    return True


def _negate_noun(noun: Found, clause: Clause, draft: Draft) -> bool:
    """Say that there is none of it: "no noise is left", or "the noise is not left" after an article."""
    start = noun.start
    leaving: list[Found] = []
    if _is_unknown_adjective(start - 1, clause):
        start -= 1
    while (one := clause.at(start - 1)) and one.end == start:
        if one.has(Role.INDEFINITE, Role.SHOWING, *SOFTENERS) and not one.has(Role.HAVING):
            leaving.append(one)
        elif not one.has(Role.MODIFIER, Role.ADJECTIVE):
            break
        start = one.start
        if _is_unknown_adjective(start - 1, clause):
            start -= 1
    before = clause.at(start - 1)
    if before and before.has(Role.DEFINITE):
        predicate = next((one for one in clause.found if one.start >= noun.end and is_auxiliary(one)), None)
        if predicate is not None:
            delete_softeners_after(predicate.end, clause, draft)
            draft.insert(predicate.end, "not")
            return True
        leaving.append(before)
        start = before.start
    for one in leaving:
        draft.delete(one.start, one.end)
    draft.insert(start, "no")
    return True


def _is_unknown_adjective(place: int, clause: Clause) -> bool:
    """Whether the lexicon doesn't know the word at `place`, and an article is before it ("a huge hole").

    Adjectives that it knows may stand between ("a long curved scratch").
    """
    if place < 1 or clause.at(place) is not None or not clause.tokens[place].is_word:
        return False
    while (one := clause.at(place - 1)) and one.has(Role.SHOWING, Role.MODIFIER, Role.ADJECTIVE):
        place = one.start
    return one is not None and one.has(Role.INDEFINITE, Role.DEFINITE)
