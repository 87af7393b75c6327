"""Titles, names and albums, stored as numbers of words and written out on demand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

VOCABULARY = 40_000
LONGEST = 6
"""Words of a phrase at the most."""
NO_WORD = np.uint16(65_535)
_ROWS_AT_ONCE = 50_000

_COMMON = (
    "the of love you in a me my and to is on la for it de no i night time life one up we el dance "
    "don't heart feat live remix world home song like baby go day your blue with man all ac/dc be "
    "so get girl down light good what new not this little amor way from away never let dream sun"
)
_ONSETS = "b c d f g h j k l m n p r s t v w z br ch cl dr fl gr kr pl pr sh sl st th tr"
_VOWELS = "a e i o u ai ea ee ia io ou"
_CODAS = ",,,n,r,s,l,m,t,nd,ck,sh"
_ACCENTED = str.maketrans("aeiou", "áéïøü")
_IDEOGRAPHS = np.arange(0x4E00, 0x4E00 + 3000)


@cache
def vocabulary() -> tuple[str, ...]:
    """Return the words, common ones first: the same ones always."""
    rng = np.random.default_rng(0)
    words = dict.fromkeys(word.capitalize() for word in _COMMON.split())
    while len(words) < VOCABULARY:
        words.update(dict.fromkeys(_invented(rng)))
    return tuple(words)[:VOCABULARY]


def _invented(rng: np.random.Generator, count: int = 5_000) -> list[str]:
    """Invent words of one to three syllables, a few of them accented or of two ideographs."""
    onsets, vowels, codas = (
        np.array(parts)[rng.integers(0, len(parts), (3, count))]
        for parts in (_ONSETS.split(), _VOWELS.split(), _CODAS.split(","))
    )
    syllables, kinds = rng.integers(1, 4, count).tolist(), rng.random(count).tolist()
    pairs = rng.choice(_IDEOGRAPHS, (count, 2)).tolist()
    words = []
    for i, parts in enumerate(np.stack([onsets, vowels, codas]).transpose(2, 1, 0).tolist()):
        word = "".join("".join(part) for part in parts[: syllables[i]]).capitalize()
        if kinds[i] < 0.02:
            word = "".join(map(chr, pairs[i]))
        elif kinds[i] < 0.08:
            word = word.translate(_ACCENTED)
        words.append(word)
    return words


@cache
def _by_number() -> NDArray[np.object_]:
    """Return the word of each number, nothing for `NO_WORD`."""
    words = np.full(int(NO_WORD) + 1, "", dtype=object)
    words[:VOCABULARY] = vocabulary()
    return words


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases by number, each a row of word numbers; fewer than `LONGEST` end in `NO_WORD`."""

    words: NDArray[np.uint16]

    def texts(self, rows: NDArray[np.integer[Any]]) -> list[str]:
        """Return the phrases of ``rows``."""
        return [text.rstrip() for text in map(" ".join, _by_number()[self.words[rows]].tolist())]


def draw_phrases(
    rng: np.random.Generator, count: int, lengths: Sequence[float], *, skew: float = 1.0
) -> Phrases:
    """Draw phrases; ``lengths`` are the shares of phrases of one word, two, ...

    Words follow Zipf's law at a ``skew`` of 1; a smaller one favours rare words.
    """
    size = rng.choice(len(lengths), count, p=np.array(lengths) / sum(lengths)).astype(np.int8)
    words = np.full((count, len(lengths)), NO_WORD, dtype=np.uint16)
    for place in range(len(lengths)):
        ranks = np.exp(rng.random(count, dtype=np.float32) ** skew * np.log(VOCABULARY)) - 1
        words[:, place] = np.where(place <= size, ranks.astype(np.uint16), NO_WORD)
    return Phrases(words)


class Written(Sequence[Any]):
    """A column whose values are computed for the requested positions."""

    def __init__(self, length: int) -> None:
        self._length = length

    def __len__(self) -> int:
        return self._length

    def take(self, positions: NDArray[np.integer[Any]]) -> list[Any]:
        """Return the values at ``positions``."""
        raise NotImplementedError

    def __getitem__(self, position: Any) -> Any:
        chosen = np.arange(self._length)[position]
        return self.take(chosen) if isinstance(position, slice) else self.take(chosen[None])[0]

    def __iter__(self) -> Iterator[Any]:
        for start in range(0, self._length, _ROWS_AT_ONCE):
            yield from self.take(np.arange(start, min(start + _ROWS_AT_ONCE, self._length)))


class Titles(Written):
    """Titles of tracks."""

    def __init__(self, phrases: Phrases, numbers: NDArray[np.int32]) -> None:
        super().__init__(len(numbers))
        self._phrases, self._numbers = phrases, numbers

    def take(self, positions: NDArray[np.integer[Any]]) -> list[str]:
        """Return the titles at ``positions``."""
        return self._phrases.texts(self._numbers[positions])


class Albums(Titles):
    """Albums of tracks; one in twelve is unknown."""

    def take(self, positions: NDArray[np.integer[Any]]) -> list[str | None]:  # type: ignore[override]
        """Return the albums at ``positions``."""
        numbers = self._numbers[positions].tolist()
        return [
            text if number % 12 else None
            for number, text in zip(numbers, super().take(positions), strict=True)
        ]


class Artists(Written):
    """Artists of tracks, a guest's name after a semicolon."""

    def __init__(
        self, phrases: Phrases, artists: NDArray[np.int32], guests: NDArray[np.int32]
    ) -> None:
        super().__init__(len(artists))
        self._phrases, self._artists, self._guests = phrases, artists, guests

    def take(self, positions: NDArray[np.integer[Any]]) -> list[str]:
        """Return the artists at ``positions``."""
        names, guests = self._phrases.texts(self._artists[positions]), self._guests[positions]
        for at in np.flatnonzero(guests >= 0).tolist():
            names[at] += f";{self._phrases.texts(guests[at : at + 1])[0]}"
        return names


class Genres(Written):
    """Names of genres by code; None for codes beyond them."""

    def __init__(self, names: Sequence[str], codes: NDArray[np.uint8]) -> None:
        super().__init__(len(codes))
        self._names, self._codes = (*names, None), codes

    def take(self, positions: NDArray[np.integer[Any]]) -> list[str | None]:
        """Return the genres at ``positions``."""
        return [self._names[code] for code in self._codes[positions].tolist()]
