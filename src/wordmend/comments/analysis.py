"""What a clause says: the words that tell about a quality, each with all that turns its meaning.

A clause is read as one or more statements. A statement has a head (an adjective, a noun, or a mending verb
with its noun) and modifiers that turn its meaning: negators ("not"), operators ("without", "low"), verbs
("removed"), and for mending how well it was done ("cleanly"). Its sign is the product of all their signs: a
double negation cancels out, and "noise is not eliminated" (-1 · -1 · -1) tells of a defect.
"""

from collections.abc import Callable, Sequence

from wordmend.comments.heads import find_heads
from wordmend.comments.statements import SOFTENERS, Clause, Found, Statement
from wordmend.comments.tokens import Token
from wordmend.comments.vocabulary import Role, Term, Vocabulary


def find_terms(tokens: Sequence[Token], vocabulary: Vocabulary) -> list[Found]:
    """The words and phrases of the vocabulary, longest first, without overlaps, in their order."""
    normals = [vocabulary.normal(token.text) for token in tokens]
    found: list[Found] = []
    start = 0
    while start < len(tokens):
        for end in range(min(len(tokens), start + vocabulary.longest), start, -1):
            terms = vocabulary.lookup(" ".join(normals[start:end]))
            if terms:
                one = Found(start, end, terms)
                if not (one.has(Role.NEGATOR) and end < len(tokens) and tokens[end].text == ","):
                    found.append(one)  # left out: the "no" that answers somebody, "no, the hair is blurry"
                start = end
                break
        else:
            start += 1
    return found


def analyse(tokens: Sequence[Token], vocabulary: Vocabulary) -> Clause:
    """Read one clause; never fails: what can't be read has a `doubt`."""
    found = find_terms(tokens, vocabulary)
    statements = find_heads(found, len(tokens))
    if statements:
        _assign_modifiers(found, statements)
    statements = [statement for statement in statements if _says_something(statement, found)]
    return Clause(tuple(tokens), tuple(found), tuple(statements), _doubt(tokens, found, statements))


def _assign_modifiers(found: list[Found], statements: list[Statement]) -> None:
    nouns_there = any(one.has(Role.DEFECT_NOUN, Role.GOOD_NOUN) for one in found)
    for one in found:
        if any(one is statement.head for statement in statements):
            continue
        following = next((s for s in statements if s.head.start >= one.end), statements[-1])
        if _belongs_elsewhere(one, following, found):
            continue
        preceding = next((s for s in reversed(statements) if s.head.end <= one.start), statements[0])
        if one.has(Role.NEGATOR):
            following.negators.append(one)
        elif one.has(Role.PRESENT, Role.ABSENT):
            _add_operator(one, following)
        elif one.has(Role.REMOVING) and (nouns_there or not one.has(Role.ADJECTIVE)):
            if preceding.role not in (Role.MENDING_NOUN, Role.REBUILDING):
                preceding.verbs.append((one, one.terms[Role.REMOVING]))
        elif one.has(Role.MANNER) and _tells_how(following, preceding):
            target = following if following.role in (Role.MENDING_NOUN, Role.REBUILDING) else preceding
            target.operators.append((one, one.terms[Role.MANNER]))
        elif one.has(Role.ADJECTIVE) and one.terms[Role.ADJECTIVE].evaluates:
            _add_evaluation(one, following)
        elif one.has(Role.EXCESS) and following.role is Role.ADJECTIVE and following.sign > 0:
            following.excess = following.head.start >= one.end
    for statement in statements:
        # A manner waits for its verb: "badly scratched" has none, so nothing is turned.
        if statement.role is not Role.REBUILDING and not statement.verbs:
            statement.operators = [pair for pair in statement.operators if not _is_manner(pair)]


def _belongs_elsewhere(one: Found, statement: Statement, found: list[Found]) -> bool:
    """Whether it turns a noun of no quality: "the man without (with no) hat is blurry"."""
    before = next((other for other in found if other.end == one.start), None)
    of_a_noun = one.has(Role.NEGATOR) and one.terms[Role.NEGATOR].reaches_far
    led_in = of_a_noun and before is not None and before.has(Role.PRESENT, Role.HAVING)
    distributed = one.has(Role.PRESENT, Role.ABSENT) and any(term.distributed for term in one.terms.values())
    return (led_in or distributed) and _is_verb_between(one, statement, found)


def _is_verb_between(one: Found, statement: Statement, found: list[Found]) -> bool:
    verbs = [other for other in found if other.has(Role.COPULA, Role.HAVING) and not other.has(Role.PRESENT)]
    return any(one.end <= verb.start < statement.head.start for verb in verbs)


def _is_manner(pair: tuple[Found, Term]) -> bool:
    return pair[1] is pair[0].terms.get(Role.MANNER)


def _tells_how(*statements: Statement) -> bool:
    return any(
        s.verbs or s.role in (Role.REBUILDING, Role.MENDING_NOUN, Role.DEFECT_NOUN) for s in statements
    )


def _add_operator(one: Found, statement: Statement) -> None:
    role = Role.PRESENT if one.has(Role.PRESENT) else Role.ABSENT
    term = one.terms[role]
    if statement.role is Role.ADJECTIVE and not (term.before_adjectives and statement.head.start >= one.end):
        return
    statement.operators.append((one, term))


def _add_evaluation(one: Found, statement: Statement) -> None:
    term = one.terms[Role.ADJECTIVE]
    # Beside a defect, blame only strengthens ("bad noise"), and "fine" is a size ("fine grain").
    praises_defect = statement.role is Role.DEFECT_NOUN and term.sign > 0 and not one.has(Role.SHOWING)
    if statement.role is Role.GOOD_NOUN or praises_defect:
        statement.operators.append((one, term))


def _says_something(statement: Statement, found: list[Found]) -> bool:
    """A good noun alone ("sharpness") names a dimension and says nothing about it."""
    if statement.role is not Role.GOOD_NOUN or statement.operators or statement.negators or statement.verbs:
        return True
    return any(one.has(Role.SHOWING, Role.HAVING, Role.INDEFINITE) for one in found)


def _reaches_far(negator: Found, statement: Statement, found: list[Found]) -> bool:
    """Whether another verb stands between "not" and the head: "who is not on the left is blurry"."""
    if negator.start == 0 or negator.terms[Role.NEGATOR].reaches_far:
        return False
    last = negator
    chain = (Role.COPULA, Role.HELPER, Role.HAVING, *SOFTENERS)  # "not been", "not really see"
    while following := next((one for one in found if one.start == last.end and one.has(*chain)), None):
        last = following
    return _is_verb_between(last, statement, found)


def _doubt(tokens: Sequence[Token], found: list[Found], statements: list[Statement]) -> str | None:
    checks: list[tuple[Callable[[], bool], str]] = [
        (lambda: any(token.text == "?" for token in tokens), "it is a question"),
        (
            lambda: any(one.has(Role.FEELING) for one in found),
            "it tells a feeling or a doubt, not what is seen",
        ),
        (lambda: not statements, "none of its words tells of a quality"),
        (
            lambda: len({statement.total_sign for statement in statements}) > 1,
            "one part of it praises and another finds fault",
        ),
        (
            lambda: any(_reaches_far(one, said, found) for said in statements for one in said.negators),
            'it isn\'t clear what "not" belongs to',
        ),
        (
            lambda: any(statement.excess and statement.negators for statement in statements),
            '"not too" before praise can mean either',
        ),
    ]
    return next((reason for holds, reason in checks if holds()), None)
