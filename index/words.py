"""Documents as numbers: what a search file is built from.

A document is its columns (title, artist, album, genre), each the numbers of its words in order. A
word of several parts (``AC/DC``) stands as its parts and then joined (``acdc``), so that either
spelling finds it: `index.matching` says what that means.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.kernels.postings import COLUMN_END, JOINED, NAME_END, PART, WHOLE
from index.text import words

_COLUMNS = 4
_END_OF_COLUMN, _END_OF_NAME = "\ud800\ud800", "\ud800\ud801"
"""Stand for the ends between runs of text; no text that was ever encoded holds them."""
_NEXT, _AND = f" {_END_OF_COLUMN} ", f" {_END_OF_NAME} "
_KEPT_WORDS = 200_000


@dataclass(frozen=True, slots=True)
class Words:
    """The words of n documents."""

    vocabulary: list[str]
    """All folded words, ascending; a word's number is its position."""
    entries: NDArray[np.int32]
    """``number << 2 | role``; `COLUMN_END` after each column, `NAME_END` between artists' names."""
    offsets: NDArray[np.int64]
    """(n + 1,) document i is ``entries[offsets[i]:offsets[i + 1]]``."""


class Documents(NamedTuple):
    """Entries of documents, one after the other; their numbers may still be provisional."""

    entries: NDArray[np.int32]
    offsets: NDArray[np.int64]


class WordCollector:
    """Takes documents in turn and numbers their words.

    Documents of ``former`` may be taken as they are: its words keep their numbers until all
    documents are there.
    """

    def __init__(self, former: Words | None = None) -> None:
        self._numbers = _Numbers()
        if former is not None:
            self._numbers.update(zip(former.vocabulary, count(), strict=False))
        self._known = _KnownWords(self._numbers)
        self._parts = [np.empty(0, dtype=np.int32)]
        self._lengths = [np.zeros(1, dtype=np.int64)]

    def number(
        self,
        titles: Sequence[str],
        artists: Sequence[str],
        albums: Sequence[str | None],
        genres: Sequence[str | None],
    ) -> Documents:
        """Number documents, given column by column; artists' names are joined by ``;``."""
        texts = (
            f"{title}{_NEXT}{artist.replace(';', _AND)}{_NEXT}{album or ''}{_NEXT}{genre or ''}"
            for title, artist, album, genre in zip(titles, artists, albums, genres, strict=True)
        )
        runs = (_NEXT.join(texts) + _NEXT).split(" ") if titles else []
        entries = np.fromiter(
            chain.from_iterable(map(self._known.__getitem__, runs)), dtype=np.int32
        )
        ends = np.flatnonzero(entries == COLUMN_END)[_COLUMNS - 1 :: _COLUMNS] + 1
        return Documents(entries, np.concatenate(([0], ends)))

    def add(self, documents: Documents | Words, first: int, last: int) -> None:
        """Take documents ``first..last-1``, numbered by this collector or of the former ones."""
        offsets = documents.offsets[first : last + 1]
        self._parts.append(documents.entries[offsets[0] : offsets[-1]])
        self._lengths.append(np.diff(offsets))

    def words(self) -> Words:
        """Return all documents, with words in ascending order."""
        used = self._used()
        listed = [word for word, number in self._numbers.items() if used[number]]
        vocabulary = sorted(listed)
        numbers = np.empty(len(self._numbers), dtype=np.int32)
        numbers[[self._numbers[word] for word in vocabulary]] = np.arange(len(vocabulary))

        lengths = np.concatenate(self._lengths)
        entries = np.empty(lengths.sum(), dtype=np.int32)
        at = 0
        self._parts.reverse()
        while self._parts:  # one after the other gives its memory back
            part = self._parts.pop()
            renumbered = numbers[np.maximum(part, 0) >> 2] << 2 | part & 3
            entries[at : at + len(part)] = np.where(part >= 0, renumbered, part)
            at += len(part)
        return Words(vocabulary, entries, np.cumsum(lengths))

    def _used(self) -> NDArray[np.bool_]:
        """Tell by number which words stand in a document."""
        used = np.zeros(len(self._numbers), dtype=np.bool_)
        for part in self._parts:
            used[part[part >= 0] >> 2] = True
        return used


class _Numbers(dict[str, int]):
    """Numbers in the order in which words are met."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


class _KnownWords(dict[str, tuple[int, ...]]):
    """The entries of each run of text between two spaces: most runs come again and again.

    Folding and splitting never look across a space, so runs can be worked on one by one.
    """

    def __init__(self, numbers: _Numbers) -> None:
        self._numbers = numbers
        self._begin()

    def _begin(self) -> None:
        self.clear()
        self |= {_END_OF_COLUMN: (COLUMN_END,), _END_OF_NAME: (NAME_END,)}

    def __missing__(self, text: str) -> tuple[int, ...]:
        entries: list[int] = []
        for parts in words(text):
            if len(parts) == 1:
                entries.append(self._numbers[parts[0]] << 2 | WHOLE)
            else:
                entries += [self._numbers[part] << 2 | PART for part in parts]
                entries.append(self._numbers["".join(parts)] << 2 | JOINED)
        if len(self) >= _KEPT_WORDS:
            self._begin()
        self[text] = tuple(entries)
        return self[text]
