"""Parting a comment into clauses that can stand alone, each about one thing."""

from collections.abc import Sequence
from dataclasses import dataclass

from wordmend.comments.analysis import analyse
from wordmend.comments.statements import Clause, Found
from wordmend.comments.tokens import Token
from wordmend.comments.vocabulary import Role, Vocabulary

HARD_MARKS = frozenset(".;!")
SOFT_MARKS = frozenset(",:/")
NOUNS = (Role.DEFECT_NOUN, Role.GOOD_NOUN)


@dataclass(frozen=True)
class Part:
    """A clause, and what stands between it and the one before."""

    separator: tuple[Token, ...]
    clause: Clause


def part_clauses(
    tokens: Sequence[Token], vocabulary: Vocabulary, separators: Sequence[str], contrasts: Sequence[str]
) -> tuple[list[Part], tuple[Token, ...]]:
    """The clauses of a text in their order, and the marks at its end.

    A comma or a conjunction parts only what can be read on both sides of it ("the hair and eyes are blurry"
    is one clause). What the second clause leaves out is carried over: "the sky is sharp but noisy" has "the
    sky is noisy".
    """
    body = list(tokens)
    while body and not body[-1].is_word and body[-1].text != "?":
        body.pop()
    ending = tuple(tokens[len(body) :])
    parts: list[Part] = []
    separator: tuple[Token, ...] = ()
    current: list[Token] = []
    for link, piece in _pieces(body, frozenset(separators)):
        if not current:
            current, separator = piece, separator or ((*link,) if parts else ())
            continue
        hard = any(token.text in HARD_MARKS for token in link)
        left = analyse(current, vocabulary)
        continued = _continued(left, link, piece, vocabulary, frozenset(contrasts))
        if not hard and continued is None:
            current = [*current, *link, *piece]
            continue
        first, second = continued or (current, piece)
        parts.append(Part(separator, analyse(first, vocabulary)))
        separator, current = tuple(link), second
    if current or not parts:
        parts.append(Part(separator, analyse(current, vocabulary)))
    return parts, ending


def _pieces(tokens: list[Token], separators: frozenset[str]) -> list[tuple[list[Token], list[Token]]]:
    """The stretches between separators, each with the separators before it."""
    pieces: list[tuple[list[Token], list[Token]]] = []
    link: list[Token] = []
    piece: list[Token] = []
    index = 0
    while index < len(tokens):
        size = _separator_size(tokens, index, separators)
        if size and piece:
            pieces.append((link, piece))
            link, piece = [], []
        if size:
            link += tokens[index : index + size]
        else:
            piece.append(tokens[index])
        index += size or 1
    return [*pieces, (link, piece)] if piece else pieces


def _separator_size(tokens: list[Token], index: int, separators: frozenset[str]) -> int:
    if tokens[index].text in HARD_MARKS | SOFT_MARKS:
        return 1
    for size in (3, 1):
        if " ".join(token.text.lower() for token in tokens[index : index + size]) in separators:
            return size
    return 0


def _continued(
    left: Clause, link: list[Token], piece: list[Token], vocabulary: Vocabulary, contrasts: frozenset[str]
) -> tuple[list[Token], list[Token]] | None:
    """The clauses on both sides of a separator, completed from each other; None when it parts nothing."""
    words = {token.text.lower() for token in link}
    right_piece = [Token("not"), *piece] if "nor" in words and not _is_negated(piece, vocabulary) else piece
    right = analyse(right_piece, vocabulary)
    if not left.statements or not right.statements:
        return None
    head = left.statements[0]
    if head.role in NOUNS and _is_bare(left, right):
        shared = _shared_predicate(left, right, words)
        return shared
    carried = _carried(left, right, contrast=bool(words & contrasts))
    second = [*carried, *right_piece]
    if carried and analyse(second, vocabulary).doubt:
        return None
    return list(left.tokens), second


def _is_negated(piece: list[Token], vocabulary: Vocabulary) -> bool:
    return any(one.has(Role.NEGATOR) for one in analyse(piece, vocabulary).found)


def _is_bare(left: Clause, right: Clause) -> bool:
    """Whether the left is but a noun and the right says something of both: "noise and grain are left"."""
    said_of_left = any(_is_predicate(one) for one in left.found)
    last_noun = next((one for one in reversed(right.found) if one.has(*NOUNS)), None)
    said_of_right = last_noun is not None and any(
        _is_predicate(one) and one.start >= last_noun.end for one in right.found
    )
    return said_of_right and not said_of_left and right.statements[0].head.start <= _noun_start(right)


def _noun_start(clause: Clause) -> int:
    return next((one.start for one in clause.found if one.has(*NOUNS)), -1)


def _is_predicate(one: Found) -> bool:
    return one.has(Role.COPULA, Role.HELPER, Role.HAVING, Role.REMOVING) or (
        one.has(Role.SHOWING) and not one.has(Role.ADJECTIVE)
    )


def _shared_predicate(left: Clause, right: Clause, words: set[str]) -> tuple[list[Token], list[Token]] | None:
    """ "no noise or grain is left" is "no noise is left" and "no grain is left"."""
    noun = next(one for one in right.found if one.has(*NOUNS))
    predicate = next((one for one in right.found if one.start >= noun.end and _is_predicate(one)), None)
    if predicate is None:
        return None
    negator = next((one for one in left.found if one.has(Role.NEGATOR)), None)
    own = any(one.has(Role.NEGATOR) and one.end <= noun.start for one in right.found)
    rest = list(right.tokens[predicate.start :])
    if negator is None or own:
        return [*left.tokens, *_agreeing(rest, left)], [
            *right.tokens[: predicate.start],
            *_agreeing(rest, right),
        ]
    if "or" not in words:
        return None  # "no noise and scratches are left" can mean either
    carried = [*left.tokens[negator.start : negator.end], *right.tokens[: predicate.start]]
    return [*left.tokens, *_agreeing(rest, left)], [*carried, *_agreeing(rest, right)]


def _agreeing(predicate: list[Token], subject: Clause) -> list[Token]:
    """The predicate with its verb in the number of the subject."""
    noun = next(one for one in reversed(subject.found) if one.has(*NOUNS))
    word = subject.tokens[noun.end - 1].text.lower()
    is_plural = word.endswith("s") and not word.endswith("ss")
    forms = {"is": "are", "was": "were", "has": "have"}
    if not is_plural:
        forms = {many: one for one, many in forms.items()}
    verb = predicate[0]
    return [Token(forms.get(verb.text.lower(), verb.text), verb.blank), *predicate[1:]]


def _carried(left: Clause, right: Clause, *, contrast: bool) -> list[Token]:
    """What the right clause takes over from the left: a subject with its copula, or a negation of nouns."""
    first = right.statements[0]
    if subject := _subject_of(left, right):
        return subject
    if any(_is_predicate(one) for one in right.found if one.start < first.head.start):
        return []
    head = left.statements[-1].head
    before = list(left.tokens[: head.start])
    own = any(one.has(Role.NEGATOR, Role.PRESENT, Role.ABSENT) for one in right.found)
    if first.role in NOUNS:
        operators = [one for one in left.found if one.end <= head.start and _is_distributed(one)]
        if contrast or own or not operators or left.statements[-1].role not in NOUNS:
            return []
        return list(left.tokens[operators[-1].start : operators[-1].end])
    copulas = [one for one in left.found if one.has(Role.COPULA) and one.end <= head.start]
    led_in = right.tokens[: first.head.start]
    plain = all(
        (one := right.at(i)) and not one.has(Role.DEFINITE, Role.INDEFINITE) for i in range(len(led_in))
    )
    if not copulas or not plain or left.statements[-1].role not in (Role.ADJECTIVE, Role.REBUILDING):
        return []
    subject = before[: copulas[-1].end]
    negated = any(one.has(Role.NEGATOR) and one.start >= copulas[-1].end for one in left.found)
    return [*subject, Token("not")] if negated and not contrast and not own else subject


def _subject_of(left: Clause, right: Clause) -> list[Token]:
    """The subject of the left clause when the right begins with its verb ("... and has no noise")."""
    verbs = (Role.COPULA, Role.HELPER, Role.HAVING)
    opening = right.at(0)
    if opening is None or not opening.has(*verbs) or right.tokens[0].text.lower() == "there":
        return []
    verb = next((one for one in left.found if one.has(*verbs)), None)
    return list(left.tokens[: verb.start]) if verb else []


def _is_distributed(one: Found) -> bool:
    return any(term.distributed for term in one.terms.values())
