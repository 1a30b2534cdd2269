"""How people put it: many texts that say the same, typos included, for a text encoder to learn from."""

import re

import numpy as np

from wordmend.comments.lexicon import Phrases


def fill_saying(line: str, phrases: Phrases, rng: np.random.Generator) -> str:
    """A text of a saying: one of each `[a|b]`, a thing for `{one}`, things for `{many}`."""
    text = re.sub(r"\[([^\]]*)\]", lambda found: str(rng.choice(found[1].split("|"))), line)
    for place, names in (("{one}", phrases.things), ("{many}", phrases.many_things)):
        while place in text:
            text = text.replace(place, str(rng.choice(names)), 1)
    return re.sub(r" +(?=[ ,]|$)", "", text).strip()


def with_typo(text: str, rng: np.random.Generator) -> str:
    """The text with a letter of one of its longer words left out, doubled, or exchanged with the next."""
    words = [found.span() for found in re.finditer(r"[^\W\d_]{4,}", text)]
    if not words:
        return text
    start, end = words[int(rng.integers(len(words)))]
    place = int(rng.integers(start + 1, end - 1))
    letter, following = text[place], text[place + 1]
    typed = ("", letter * 2, following + letter)[kind := int(rng.integers(3))]
    return text[:place] + typed + text[place + (2 if kind == 2 else 1) :]
