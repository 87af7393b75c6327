"""Phrases out of the word lists, and never the same one twice where that matters."""

import random
import re
from collections.abc import Callable

from service.demo.words import WORDS

_SLOT = re.compile(r"\[(\w+)\]")
_ARTICLE = re.compile(r"(?<= )a(?= [AEIOU])")
_NUMERALS = ("I", "II", "III", "IV", "V")

_NUMBERS: dict[str, Callable[[random.Random], str]] = {
    "number": lambda rng: str(rng.randint(2, 24)),
    "part": lambda rng: str(rng.randint(1, 3)),
    "opus": lambda rng: str(rng.randint(3, 118)),
    "numeral": lambda rng: rng.choice(_NUMERALS),
    "year": lambda rng: str(rng.randint(79, 91)),
}


def phrase(rng: random.Random, patterns: str, **given: str) -> str:
    """Choose one of the patterns and fill its brackets, no word twice; ``given`` words go first."""
    said: set[str] = set()

    def fill(slot: re.Match[str]) -> str:
        name = slot[1]
        if name in given:
            return given[name]
        if name in _NUMBERS:
            return _NUMBERS[name](rng)
        word = rng.choice(WORDS[name])
        while word in said:
            word = rng.choice(WORDS[name])
        said.add(word)
        return word

    pattern = rng.choice(patterns.split("|")).strip()
    return _ARTICLE.sub("an", _SLOT.sub(fill, pattern))


def new_phrase(rng: random.Random, patterns: str, taken: set[str], **given: str) -> str:
    """Return a phrase that is not in ``taken`` yet, and add it; numbered when words run out."""
    for _attempt in range(40):
        found = phrase(rng, patterns, **given)
        if found not in taken:
            break
    else:
        stem, number = found, 2
        while found in taken:
            found, number = f"{stem} {number}", number + 1
    taken.add(found)
    return found
