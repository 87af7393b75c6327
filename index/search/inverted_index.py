"""The search file of a generation: a memory-mapped inverted index over its vocabulary.

It finds exactly the tracks that `index.search.matching` defines, in its order. Documents go by
rank: 0 is the most popular track. The postings of a word are ranks in ascending order, each with
the best field that contains the word, so every class of matches comes in its final order,
complete.
Words are sorted, so those that start alike are neighbours: a prefix is one slice of all postings.
Slices that are too long to be sorted while somebody waits are kept sorted in the file.
"""

import threading
from collections import OrderedDict
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import count, groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.kernels.inverted_index import (
    ARTIST,
    KIND_BITS,
    TITLE,
    compare_names,
    count_words,
    fill_postings,
    find_phrase,
    keep_common,
)
from index.search.matching import (
    ANYWHERE,
    ARTIST_IS,
    ARTIST_STARTS,
    IN_TITLE,
    TITLE_IS,
    TITLE_STARTS,
    Query,
)
from index.search.vocabulary import Words
from index.storage import offsets_of, pack, unpack

Ranks = NDArray[np.int64]
Postings = NDArray[np.uint32]

_KEPT_TOTALS = 4096
_AT_ONCE = 4096
"""Postings that are looked through before the first of them are handed out."""
_SORTED_WHILE_WAITING = 8192
"""Postings of a prefix up to which it is sorted for each search, or a hundredth of all tracks."""
_KIND = (1 << KIND_BITS) - 1
_KEPT_FINDS = 8


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of rows, best match first, and the number of all matches."""

    rows: NDArray[np.int64]
    total: int


def popularity_order(
    popularity: NDArray[np.float64], track_ids: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Return all rows by descending popularity, then ascending track_id."""
    return np.lexsort((track_ids, -popularity)).astype(np.int32)


def write_search(words: Words, order: NDArray[np.int32], path: Path) -> None:
    """Write the search file of the documents of all rows; ``order`` are rows by rank."""
    counts = count_words(words.entries, len(words.vocabulary))
    postings, starts = fill_postings(words.entries, words.offsets, order, counts)
    texts = [word.encode("utf-8", "surrogatepass") for word in words.vocabulary]
    ranges = _long_prefixes(words.vocabulary, starts, max(_SORTED_WHILE_WAITING, len(order) // 100))
    lists, offsets, totals = _long_lists(postings, starts, ranges)

    pack(
        path,
        {
            "text": np.frombuffer(b"".join(texts), dtype=np.uint8),
            "text_offsets": offsets_of([len(text) for text in texts]),
            "entries": words.entries,
            "entry_offsets": words.offsets,
            "postings": postings,
            "starts": starts,
            "ranges": np.array(ranges, dtype=np.int64).reshape(-1, 2),
            "lists": lists,
            "list_offsets": offsets,
            "list_totals": totals,
        },
    )


def _long_lists(
    postings: Postings, starts: NDArray[np.int64], ranges: list[tuple[int, int]]
) -> tuple[Postings, NDArray[np.int64], NDArray[np.int64]]:
    """Return the sorted postings of each range, their offsets, and how many tracks each has."""
    most = sum(int(starts[high] - starts[low]) for low, high in ranges)
    lists = np.empty(most, dtype=np.uint32)
    offsets = np.zeros(len(ranges) + 1, dtype=np.int64)
    totals = np.empty(len(ranges), dtype=np.int64)
    for i, (low, high) in enumerate(ranges):
        found = _sorted(postings[starts[low] : starts[high]])
        offsets[i + 1] = offsets[i] + len(found)
        lists[offsets[i] : offsets[i + 1]] = found
        totals[i] = len(_ranks(found))
    return lists[: offsets[-1]], offsets, totals


def _long_prefixes(
    vocabulary: list[str], starts: NDArray[np.int64], longest: int
) -> list[tuple[int, int]]:
    """Return the ranges of several words that start alike and have too many postings to sort."""
    found: dict[tuple[int, int], None] = {}
    ranges = [(0, len(vocabulary))]
    for length in count(1):
        longer = []
        for low, high in ranges:
            prefixes = [word[:length] for word in vocabulary[low:high]]
            for prefix, group in groupby(prefixes):
                end = low + sum(1 for _ in group)
                if end - low > 1 and len(prefix) == length and starts[end] - starts[low] > longest:
                    longer.append((low, end))
                low = end
        found |= dict.fromkeys(longer)
        if not longer:
            break
        ranges = longer
    return list(found)


class SearchIndex:
    """Read-only search over one generation; safe for any number of threads."""

    def __init__(self, path: Path, order: NDArray[np.int32]) -> None:
        """Map the file at ``path``; ``order`` is its `popularity_order`."""
        arrays = unpack(path)
        self._order = order
        self._text, self._text_offsets = memoryview(arrays["text"].data), arrays["text_offsets"]
        self._documents = (arrays["entries"], arrays["entry_offsets"], order)
        self._postings: Postings = arrays["postings"]
        self._starts = arrays["starts"]
        self._lists, self._list_offsets = arrays["lists"], arrays["list_offsets"]
        self._list_totals = arrays["list_totals"]
        ranges = map(tuple, arrays["ranges"].tolist())
        self._list_of: dict[tuple[Any, ...], int] = {range_: i for i, range_ in enumerate(ranges)}
        self._totals: OrderedDict[Query, int] = OrderedDict()
        self._finds: OrderedDict[Query, _Found] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, query: Query) -> int:
        """Return how many tracks match, in O(matches) the first time a query is asked."""
        with self._lock:
            if query in self._totals:
                self._totals.move_to_end(query)
                return self._totals[query]

        total = self._count(query)
        with self._lock:
            self._totals[query] = total
            if len(self._totals) > _KEPT_TOTALS:
                self._totals.popitem(last=False)
        return total

    def matches(self, query: Query) -> Generator[tuple[int, int], None, None]:
        """Yield (class, row) of every match, best first."""
        seen: set[int] = set()
        for match_class, ranks in self._classes(query):
            for rank in ranks.tolist():
                if rank not in seen:
                    seen.add(rank)
                    yield match_class, int(self._order[rank])

    def _count(self, query: Query) -> int:
        if _is_one_word(query):
            listed = self._list_of.get(self._starting_with(query.name))
            if listed is not None:
                return int(self._list_totals[listed])
        return len(self._find(query).ranks)

    def _classes(self, query: Query) -> Iterator[tuple[int, Ranks]]:
        """Yield the ranks of each class in parts; later ones repeat earlier finds."""
        if _is_one_word(query):
            return self._classes_of_word(query.name)
        return self._classes_of_words(query)

    def _classes_of_word(self, word: str) -> Iterator[tuple[int, Ranks]]:
        """Yield what a word or its beginning finds: the kinds of postings are the classes."""
        number = self._number(word)
        whole = self._values((number, number + 1)) if number >= 0 else self._postings[:0]
        values = self._values(self._starting_with(word))
        for postings, match_class, best in (
            (whole, TITLE_IS, TITLE_IS),
            (values, TITLE_STARTS, TITLE_IS),
            (values, IN_TITLE, TITLE_IS),
            (whole, ARTIST_IS, ARTIST_IS),
            (values, ARTIST_STARTS, ARTIST_IS),
            (values, ANYWHERE, TITLE_IS),
        ):
            for start in range(0, len(postings), _AT_ONCE):
                part = postings[start : start + _AT_ONCE]
                kinds = part & _KIND
                yield match_class, _ranks(part[(kinds >= best) & (kinds <= match_class)])

    def _classes_of_words(self, query: Query) -> Iterator[tuple[int, Ranks]]:
        found = self._find(query)
        in_title = found.ranks[found.kinds <= IN_TITLE]
        name = query.name.split(" ")
        titles = self._compared(name, TITLE, in_title)
        yield TITLE_IS, in_title[titles == 2]
        yield TITLE_STARTS, in_title[titles > 0]
        yield IN_TITLE, in_title
        artists = self._compared(name, ARTIST, found.ranks)
        yield ARTIST_IS, found.ranks[artists == 2]
        yield ARTIST_STARTS, found.ranks[artists > 0]
        yield ANYWHERE, found.ranks

    def _compared(self, name: list[str], column: int, ranks: Ranks) -> NDArray[np.int8]:
        """Return 2 where a track's title (or an artist) is ``name``, 1 where it starts with it."""
        numbers = np.array([self._number(word) for word in name], dtype=np.int64)
        low, high = self._starting_with(name[-1])
        return compare_names(*self._documents, ranks, column, numbers, low, high)

    def _find(self, query: Query) -> "_Found":
        """Return where all terms stand; a page after the first need not look again."""
        with self._lock:
            found = self._finds.get(query)
        if found is None:
            found = _common([self._posted(term) for term in query.terms])
            with self._lock:
                self._finds[query] = found
                if len(self._finds) > _KEPT_FINDS:
                    self._finds.popitem(last=False)
        return found

    def _posted(self, alternatives: tuple[str, ...]) -> Postings:
        """Return the postings of one term."""
        found = [
            self._phrase(phrase.split(" "))
            if " " in phrase
            else self._values(self._starting_with(phrase))
            for phrase in alternatives
        ]
        return found[0] if len(found) == 1 else _sorted(np.concatenate(found))

    def _phrase(self, parts: list[str]) -> Postings:
        """Return the postings of consecutive words, of which the last may be cut."""
        numbers = [self._number(part) for part in parts[:-1]]
        low, high = self._starting_with(parts[-1])
        if min(numbers) < 0:
            return self._postings[:0]

        ranges = [(number, number + 1) for number in numbers] + [(low, high)]
        ranks = _common([self._values(range_) for range_ in ranges]).ranks
        ids = np.array(numbers, dtype=np.int64)
        found = find_phrase(*self._documents, ranks, ids, low, high)
        in_title = ranks[found & 1 > 0] << KIND_BITS | IN_TITLE
        elsewhere = ranks[found & 2 > 0] << KIND_BITS | ANYWHERE
        return _sorted(np.concatenate([in_title, elsewhere]).astype(np.uint32))

    def _values(self, range_: tuple[int, int]) -> Postings:
        """Return the postings of a range of words, ascending."""
        low, high = range_
        listed = self._list_of.get(range_)
        if listed is not None:
            return self._lists[self._list_offsets[listed] : self._list_offsets[listed + 1]]
        values = self._postings[self._starts[low] : self._starts[high]]
        return _sorted(values) if high - low > 1 else values

    def _number(self, word: str) -> int:
        """Return the number of a word, -1 where no document holds it."""
        text = _encoded(word)
        number = self._below(text)
        return number if number < len(self) and self._word(number) == text else -1

    def _starting_with(self, prefix: str) -> tuple[int, int]:
        text = _encoded(prefix)
        return self._below(text), self._below(text + b"\xff")  # a byte that UTF-8 never uses

    def _below(self, text: bytes) -> int:
        """Return how many words come before ``text``."""
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self._word(middle) < text:
                low = middle + 1
            else:
                high = middle
        return low

    def __len__(self) -> int:
        """Return the number of different words."""
        return len(self._text_offsets) - 1

    def _word(self, number: int) -> bytes:
        return bytes(self._text[self._text_offsets[number] : self._text_offsets[number + 1]])


def _encoded(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")


def _is_one_word(query: Query) -> bool:
    return len(query.terms) == 1 and query.terms[0] == (query.name,)


def _sorted(values: Postings) -> Postings:
    """Return the values in ascending order, each once."""
    ascending = np.sort(values)
    return ascending[_firsts(ascending)]


def _firsts(ascending: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which values differ from the one before."""
    firsts = np.ones(len(ascending), dtype=np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=firsts[1:])
    return firsts


def _ranks(values: Postings) -> Ranks:
    """Return the ranks of ascending postings, each once."""
    ranks = values >> KIND_BITS
    return ranks[_firsts(ranks)].astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Found:
    """Ranks in which several terms stand, and the worst of the places in which they do."""

    ranks: Ranks
    kinds: NDArray[np.int8]


def _common(terms: list[Postings]) -> _Found:
    """Return the ranks that all terms have."""
    first, *others = sorted(terms, key=len)
    kept = first[_firsts(first >> KIND_BITS)]
    ranks, kinds = (kept >> KIND_BITS).astype(np.int64), (kept & _KIND).astype(np.int8)
    for postings in others:
        ranks, kinds = keep_common(ranks, kinds, postings)
    return _Found(ranks, kinds)
