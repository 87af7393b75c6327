"""Loops that write and read the inverted index of a search file (`index.search`)."""

import numpy as np
from numba import int8, int32, int64, uint32
from numpy.typing import NDArray

from index.kernels.compile import INTS, INTS_2D, Ints, array_of, helper, kernel, tuple_of
from index.kernels.sorted_sets import first_from

Entries = NDArray[np.int32]
Postings = NDArray[np.uint32]

ENTRIES, RANKS = array_of(int32), array_of(int32)

COLUMN_END, NAME_END = -1, -2
WHOLE, PART, JOINED = 0, 1, 2
"""Roles of an entry: a word, a part of one, and the parts before it in one."""
TITLE, ARTIST = 0, 1
"""Columns of a document, in order; after them come album and genre."""
IS_TITLE, STARTS_TITLE, IN_TITLE, IS_ARTIST, STARTS_ARTIST, ELSEWHERE = range(6)
"""Where a word stands: for a search of this one word, the class of the match."""
KIND_BITS = 3


@kernel(int64[::1](ENTRIES, int64))
def count_words(entries: Entries, words: int) -> Ints:
    """Return how often each of ``words`` words stands in ``entries``."""
    counts = np.zeros(words, dtype=np.int64)
    for entry in entries:
        if entry >= 0:
            counts[entry >> 2] += 1
    return counts


@kernel(tuple_of((int32[::1], int64[::1]))(ENTRIES, INTS_2D, ENTRIES, INTS))
def lay_words(
    codes: Entries, offsets: Ints, entries: Entries, starts: Ints
) -> tuple[Entries, Ints]:
    """Return the entries of documents of several columns, and their offsets.

    Parameters
    ----------
    codes : numbers of runs of text, or a mark below 0 that is taken over
    offsets : (columns, n + 1) text i of column c is ``codes[offsets[c, i]:offsets[c, i + 1]]``
    entries, starts : run r is ``entries[starts[r]:starts[r + 1]]``

    """
    columns, n = offsets.shape[0], offsets.shape[1] - 1
    size = columns * n
    for code in codes:
        size += starts[code + 1] - starts[code] if code >= 0 else 1
    laid, ends, filled = np.empty(size, dtype=np.int32), np.zeros(n + 1, dtype=np.int64), 0
    for i in range(n):
        for column in range(columns):
            for at in range(offsets[column, i], offsets[column, i + 1]):
                code = codes[at]
                if code < 0:
                    laid[filled] = code
                    filled += 1
                    continue
                for position in range(starts[code], starts[code + 1]):
                    laid[filled] = entries[position]
                    filled += 1
            laid[filled] = COLUMN_END
            filled += 1
        ends[i + 1] = filled
    return laid, ends


@helper
def is_last(entries: Entries, at: int) -> bool:
    """Tell whether a name ends with the word at ``at``."""
    return bool(entries[at + 1] < 0)  # a column always ends with a mark


@kernel(tuple_of((uint32[::1], int64[::1]))(ENTRIES, INTS, RANKS, INTS))
def fill_postings(
    entries: Entries, offsets: Ints, order: NDArray[np.int32], counts: Ints
) -> tuple[Postings, Ints]:
    """Return postings by word, ``rank << KIND_BITS | kind`` ascending, and their offsets.

    Parameters
    ----------
    entries, offsets : document of row r is ``entries[offsets[r]:offsets[r + 1]]``
    order : rows by rank
    counts : as `count_words` returns them

    """
    words = counts.shape[0]
    starts = np.zeros(words + 1, dtype=np.int64)
    for word in range(words):
        starts[word + 1] = starts[word] + counts[word]
    ends = starts[:-1].copy()
    postings = np.empty(starts[words], dtype=np.uint32)

    for rank in range(order.shape[0]):
        row = order[rank]
        column, first = 0, True
        for at in range(offsets[row], offsets[row + 1]):
            entry = entries[at]
            if entry < 0:
                column += entry == COLUMN_END
                first = True
                continue
            kind = ELSEWHERE if column > TITLE else IN_TITLE
            if first and entry & 3 != PART:
                first = False
                if column <= ARTIST:
                    kind -= 2 if is_last(entries, at) else 1
            word, value = entry >> 2, rank << KIND_BITS | kind
            position = ends[word]
            while position > starts[word] and postings[position - 1] > value:
                position -= 1
            if position > starts[word] and postings[position - 1] == value:
                continue
            for moved in range(ends[word], position, -1):
                postings[moved] = postings[moved - 1]
            postings[position] = value
            ends[word] += 1

    kept = 0
    for word in range(words):
        start = starts[word]
        starts[word] = kept
        for at in range(start, ends[word]):
            postings[kept] = postings[at]
            kept += 1
    starts[words] = kept
    return postings[:kept], starts


@helper
def name_at(entries: Entries, at: int, stop: int, ids: Ints, low: int, high: int) -> int:
    """Compare the name that begins at ``at``: 0 other, 1 it starts with the words, 2 it is them."""
    last, found, matched = ids.shape[0] - 1, 0, 0
    while at < stop and entries[at] >= 0:
        entry = entries[at]
        at += 1
        if entry & 3 == PART:
            continue
        if found > last:
            return matched if matched < 2 else 1
        word = entry >> 2
        if found < last and word != ids[found]:
            return 0
        if found == last:
            if not low <= word < high:
                return 0
            matched = 2 if word == ids[last] else 1
        found += 1
    return matched


@kernel(int8[::1](ENTRIES, INTS, RANKS, INTS, int64, INTS, int64, int64))
def compare_names(
    entries: Entries,
    offsets: Ints,
    order: NDArray[np.int32],
    ranks: Ints,
    column: int,
    ids: Ints,
    low: int,
    high: int,
) -> NDArray[np.int8]:
    """Compare the titles, or any artist's name, of ``ranks`` with words.

    Parameters
    ----------
    entries, offsets, order : as for `fill_postings`
    column : `TITLE` or `ARTIST`
    ids : the words; -1 for one that no document holds
    low, high : words that start with the last one

    Returns
    -------
    2 where a name is these words, 1 where one starts with them (the last may be cut), else 0.

    """
    found = np.zeros(ranks.shape[0], dtype=np.int8)
    for i in range(ranks.shape[0]):
        row = order[ranks[i]]
        at, stop, current = offsets[row], offsets[row + 1], 0
        while at < stop and current <= column:
            if current == column:
                found[i] = max(found[i], name_at(entries, at, stop, ids, low, high))
            while at < stop and entries[at] >= 0:
                at += 1
            if at < stop and entries[at] == COLUMN_END:
                current += 1
            at += 1
    return found


@helper
def follows(entries: Entries, at: int, stop: int, ids: Ints, low: int, high: int) -> bool:
    """Tell whether the other words of a phrase come next; ends of names do not part them."""
    wanted = 1
    while at < stop and entries[at] != COLUMN_END:
        entry = entries[at]
        at += 1
        if entry == NAME_END or entry & 3 == JOINED:
            continue
        if wanted == ids.shape[0]:
            return bool(low <= entry >> 2 < high)
        if entry >> 2 != ids[wanted]:
            return False
        wanted += 1
    return False


@kernel(tuple_of((int64[::1], int8[::1]))(INTS, array_of(int8), array_of(uint32)))
def keep_common(
    ranks: Ints, kinds: NDArray[np.int8], postings: Postings
) -> tuple[Ints, NDArray[np.int8]]:
    """Keep the ranks that ascending ``postings`` hold too, each with the worst of its kinds.

    A rank's kind in ``postings`` is its best one there.
    """
    kept, worst = np.empty_like(ranks), np.empty_like(kinds)
    count, at, n = 0, 0, postings.shape[0]
    for i in range(ranks.shape[0]):
        wanted = ranks[i] << KIND_BITS
        step = 1
        while at + step < n and postings[at + step] < wanted:
            step *= 2
        at = first_from(postings, wanted, at, min(at + step, n))
        if at == n:
            break
        if postings[at] >> KIND_BITS == ranks[i]:
            kept[count] = ranks[i]
            worst[count] = max(kinds[i], postings[at] & 7)
            count += 1
    return kept[:count].copy(), worst[:count].copy()


@kernel(int8[::1](ENTRIES, INTS, RANKS, INTS, INTS, int64, int64))
def find_phrase(
    entries: Entries,
    offsets: Ints,
    order: NDArray[np.int32],
    ranks: Ints,
    ids: Ints,
    low: int,
    high: int,
) -> NDArray[np.int8]:
    """Look for consecutive words in one column: 1 in the title, 2 elsewhere, 3 in both, 0 nowhere.

    ``ids`` are all but the last word; the last is one of ``low..high-1``.
    """
    found = np.zeros(ranks.shape[0], dtype=np.int8)
    for i in range(ranks.shape[0]):
        row = order[ranks[i]]
        column = 0
        stop = offsets[row + 1]
        for start in range(offsets[row], stop):
            if entries[start] == COLUMN_END:
                column += 1
            elif (
                entries[start] & 3 != JOINED
                and entries[start] >> 2 == ids[0]
                and follows(entries, start + 1, stop, ids, low, high)
            ):
                found[i] |= 1 if column == TITLE else 2
    return found
