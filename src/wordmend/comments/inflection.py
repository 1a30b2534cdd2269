"""Forms of English words that follow from others."""

import re


def plural(noun: str) -> str:
    """The regular plural of a noun."""
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return noun + "es"
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + "s"


def positives(word: str) -> list[str]:
    """What a word may be the comparative or the superlative of ("noisier" of "noisy")."""
    match = re.fullmatch(r"(.{2,})(?:er|est)", word)
    if not match:
        return []
    stem = match[1]
    forms = [stem, stem + "e"]
    if stem.endswith("i"):
        forms.append(stem[:-1] + "y")
    if stem[-1] == stem[-2]:
        forms.append(stem[:-1])
    return forms
