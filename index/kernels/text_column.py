"""Texts as pieces of one run of bytes: which are the same, and what they are made of."""

from typing import Any

import numpy as np
from numba import boolean, int32, int64, uint8, uint64
from numpy.typing import NDArray

from index.kernels.compile import CODES, INTS, Ints, array_of, helper, kernel, tuple_of

Bytes = NDArray[np.uint8]
Codes = NDArray[np.int32]

BYTES = array_of(uint8)
SPACE = 32
_EMPTY = -1
_A, _E, _F, _T = (ord(letter) for letter in "aeft")


@helper
def hash_of(content: Bytes, start: int, length: int) -> int:
    """Return a hash of a piece (FNV-1a; Fowler, Noll and Vo, 1991), its high bits mixed in."""
    found: Any = uint64(14695981039346656037)
    for at in range(start, start + length):
        found = (found ^ uint64(content[at])) * uint64(1099511628211)
    return found ^ (found >> uint64(29))


@helper
def equal(content: Bytes, a: int, b: int, length: int) -> bool:
    """Tell whether two pieces of one length are the same."""
    for i in range(length):  # noqa: SIM110
        if content[a + i] != content[b + i]:
            return False
    return True


@helper
def code_of(
    content: Bytes, start: int, length: int, table: Codes, starts: Ints, lengths: Ints, known: int
) -> int:
    """Return the number of a piece among those met before; ``known`` for a new one, now noted.

    ``table``, of a power of two, holds numbers; ``starts`` and ``lengths`` the pieces by number.
    """
    last: Any = uint64(table.shape[0] - 1)
    position: Any = uint64(hash_of(content, start, length)) & last
    while table[position] != _EMPTY:
        code = table[position]
        if lengths[code] == length and equal(content, starts[code], start, length):
            return code
        position = (position + uint64(1)) & last
    table[position] = known
    starts[known], lengths[known] = start, length
    return known


@helper
def room_for(pieces: int) -> int:
    """Return a power of two of which so many take up half at the most."""
    room = 16
    while room < 2 * pieces:
        room *= 2
    return room


@kernel(tuple_of((int32[::1], int64[::1]))(BYTES, INTS, CODES))
def distinct(content: Bytes, starts: Ints, lengths: Codes) -> tuple[Codes, Ints]:
    """Return by piece the number of its value, and by number where it is met first.

    Piece i is ``content[starts[i]:starts[i] + lengths[i]]``; all of length -1 are one value.
    """
    n = starts.shape[0]
    table = np.full(room_for(n), _EMPTY, dtype=np.int32)
    codes, firsts = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int64)
    begins, sizes = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    known = 0
    for i in range(n):
        code = code_of(content, starts[i], lengths[i], table, begins, sizes, known)
        if code == known:
            firsts[known] = i
            known += 1
        codes[i] = code
    return codes, firsts[:known].copy()


@kernel(
    tuple_of((int32[::1], int64[::1], int64[::1], int32[::1]))(BYTES, INTS, CODES, int64, int64)
)
def split(
    content: Bytes, starts: Ints, lengths: Codes, separator: int, mark: int
) -> tuple[Codes, Ints, Ints, Codes]:
    """Part pieces at spaces, and number what stands between them.

    Parameters
    ----------
    content, starts, lengths : as for `distinct`
    separator : a byte that parts as a space does and is told; -1 for none
    mark : below 0, stands for it

    Returns
    -------
    codes : of all pieces in turn, the number of each run of bytes, or ``mark``
    offsets : (n + 1,) piece i is ``codes[offsets[i]:offsets[i + 1]]``
    begins, sizes : where each numbered run is met first, and its length

    """
    n, most = starts.shape[0], 0
    for i in range(n):
        for at in range(starts[i], starts[i] + lengths[i]):
            most += content[at] == SPACE or content[at] == separator
    most = 2 * most + n

    table = np.full(room_for(most), _EMPTY, dtype=np.int32)
    begins, sizes = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    codes, offsets = np.empty(most, dtype=np.int32), np.zeros(n + 1, dtype=np.int64)
    known, filled = 0, 0
    for i in range(n):
        stop = starts[i] + max(lengths[i], 0)
        begin = starts[i]
        for at in range(starts[i], stop + 1):
            if at < stop and content[at] != SPACE and content[at] != separator:
                continue
            if at > begin:
                code = code_of(content, begin, at - begin, table, begins, sizes, known)
                known += code == known
                codes[filled] = code
                filled += 1
            if at < stop and content[at] == separator:
                codes[filled] = mark
                filled += 1
            begin = at + 1
        offsets[i + 1] = filled
    return codes[:filled].copy(), offsets, begins[:known].copy(), sizes[:known].astype(np.int32)


@kernel(tuple_of((uint8[::1], boolean[::1]))(BYTES, INTS, CODES))
def plain_titles(content: Bytes, starts: Ints, lengths: Codes) -> tuple[Bytes, NDArray[np.bool_]]:
    """Return all texts in lower case, and which of them are mere words with a space between.

    Those are of the letters a to z and digits, and no word begins as a guest's credit does: with
    ``ft`` or ``feat``. What becomes of the others' letters doesn't matter.
    """
    lower, plain = content.copy(), np.ones(starts.shape[0], dtype=np.bool_)
    for i in range(starts.shape[0]):
        spaced = False
        for at in range(starts[i], starts[i] + max(lengths[i], 0)):
            byte = content[at]
            if 65 <= byte <= 90:
                byte += 32
                lower[at] = byte
            if byte == 32:
                plain[i] &= not spaced
                spaced = True
                continue
            plain[i] &= 97 <= byte <= 122 or 48 <= byte <= 57
            if spaced and byte == _F:
                after, stop = at + 1, starts[i] + lengths[i]
                if after + 2 < stop and content[after] | 32 == _E and content[after + 1] | 32 == _A:
                    after += 2
                plain[i] &= after >= stop or content[after] | 32 != _T
            spaced = False
        plain[i] &= not spaced
    return lower, plain
