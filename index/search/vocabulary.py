"""Documents as numbers: what a search file is built from.

A document is its columns (title, artist, album, genre), each the numbers of its words in order. A
word of several parts (``AC/DC``) stands as its parts and then joined (``acdc``), so that either
spelling finds it: `index.search.matching` says what that means.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.catalogue import Texts
from index.kernels.inverted_index import JOINED, NAME_END, PART, WHOLE, lay_words
from index.kernels.text_column import split
from index.storage import offsets_of
from index.text import words

_ARTIST = 1
"""Column in which names are joined by a semicolon."""
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


class _Parted(NamedTuple):
    """A column of texts, parted at spaces."""

    codes: NDArray[np.int32]
    """Of each run of text in turn its number, or `NAME_END`."""
    offsets: NDArray[np.int64]
    """(n + 1,) text i is ``codes[offsets[i]:offsets[i + 1]]``."""
    runs: list[str]
    """By number."""


def _parted(column: Texts, separator: int) -> _Parted:
    starts = column.starts.astype(np.int64)
    codes, offsets, begins, sizes = split(
        column.content, starts, column.lengths, separator, NAME_END
    )
    runs = Texts(column.content, begins, sizes).take(np.arange(len(begins)))
    return _Parted(codes, offsets, [run or "" for run in runs])


class WordCollector:
    """Takes documents in turn and numbers their words.

    Documents of ``previous`` may be taken as they are: its words keep their numbers until all
    documents are there.
    """

    def __init__(self, previous: Words | None = None) -> None:
        self._numbers = _Numbers()
        if previous is not None:
            self._numbers.update(zip(previous.vocabulary, count(), strict=False))
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
        columns = [Texts.of(column) for column in (titles, artists, albums, genres)]
        codes, offsets, shift = [], [], 0
        runs: list[str] = []
        for position, column in enumerate(columns):
            parted = _parted(column, ord(";") if position == _ARTIST else -1)
            codes.append(
                np.where(parted.codes >= 0, parted.codes + len(runs), NAME_END).astype(np.int32)
            )
            offsets.append(parted.offsets + shift)
            runs += parted.runs
            shift += len(parted.codes)

        known = [self._known[run] for run in runs]
        entries = np.fromiter(chain.from_iterable(known), dtype=np.int32)
        starts = offsets_of(np.fromiter(map(len, known), dtype=np.int64, count=len(known)))
        return Documents(*lay_words(np.concatenate(codes), np.stack(offsets), entries, starts))

    def add(self, documents: Documents | Words, first: int, last: int) -> None:
        """Take documents ``first..last-1``, numbered by this collector or of the previous ones."""
        offsets = documents.offsets[first : last + 1]
        self._parts.append(documents.entries[offsets[0] : offsets[-1]])
        self._lengths.append(np.diff(offsets))

    def words(self) -> Words:
        """Return all documents, with words in ascending order."""
        used = self._used()
        listed = [word for word, number in self._numbers.items() if used[number]]
        vocabulary = sorted(listed)
        # One more: what is not a word looks up the first, also where there are no words.
        numbers = np.zeros(len(self._numbers) + 1, dtype=np.int32)
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

    def __missing__(self, text: str) -> tuple[int, ...]:
        entries: list[int] = []
        for parts in words(text):
            if len(parts) == 1:
                entries.append(self._numbers[parts[0]] << 2 | WHOLE)
            else:
                entries += [self._numbers[part] << 2 | PART for part in parts]
                entries.append(self._numbers["".join(parts)] << 2 | JOINED)
        if len(self) >= _KEPT_WORDS:
            self.clear()
        self[text] = tuple(entries)
        return self[text]
