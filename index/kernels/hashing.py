"""Hashes of many short texts: BLAKE2b (RFC 7693) with digests of eight bytes."""

from typing import Any

import numpy as np
from numba import boolean, int64, uint8, uint64
from numpy.typing import NDArray

from index.kernels.compile import CODES, INTS, Ints, array_of, helper, kernel, tuple_of

Bytes = NDArray[np.uint8]
Codes = NDArray[np.int32]

BYTES = array_of(uint8)
_BLOCK = 128
_A, _E, _F, _T = (ord(letter) for letter in "aeft")
_IV = np.array(
    [
        *(0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1),
        *(0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179),
    ],
    dtype=np.uint64,
)
_PARAMETERS = np.uint64(0x01010000 ^ 8)
_SIGMA = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
    ],
    dtype=np.int64,
)
_MIXED = np.array(
    [
        *([0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15]),
        *([0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]),
    ],
    dtype=np.int64,
)


@helper
def _turned(value: Any, bits: int) -> Any:
    return (value >> uint64(bits)) | (value << uint64(64 - bits))


@helper
def _compress(state: Any, block: Any, local: Any, count: int, last: bool) -> None:
    for i in range(8):
        local[i], local[i + 8] = state[i], _IV[i]
    local[12] ^= uint64(count)
    if last:
        local[14] = ~local[14]
    for turn in range(12):
        order = _SIGMA[turn % 10]
        for step in range(8):
            a, b, c, d = _MIXED[step]
            local[a] = local[a] + local[b] + block[order[2 * step]]
            local[d] = _turned(local[d] ^ local[a], 32)
            local[c] = local[c] + local[d]
            local[b] = _turned(local[b] ^ local[c], 24)
            local[a] = local[a] + local[b] + block[order[2 * step + 1]]
            local[d] = _turned(local[d] ^ local[a], 16)
            local[c] = local[c] + local[d]
            local[b] = _turned(local[b] ^ local[c], 63)
    for i in range(8):
        state[i] ^= local[i] ^ local[i + 8]


@kernel(int64[::1](BYTES, INTS, CODES, CODES, BYTES, INTS, CODES))
def hash_pairs(
    heads: Bytes,
    head_starts: Ints,
    head_lengths: Codes,
    codes: Codes,
    tails: Bytes,
    tail_starts: Ints,
    tail_lengths: Codes,
) -> Ints:
    """Return the hash of head ``codes[i]`` and tail ``i``, joined, as a little-endian number.

    It is 0 where one of both is empty, and nowhere else.
    """
    n = tail_starts.shape[0]
    found = np.zeros(n, dtype=np.int64)
    state, block = np.empty(8, dtype=np.uint64), np.empty(16, dtype=np.uint64)
    local = np.empty(16, dtype=np.uint64)
    for i in range(n):
        head, first = head_starts[codes[i]], head_lengths[codes[i]]
        tail, size = tail_starts[i], head_lengths[codes[i]] + tail_lengths[i]
        if first <= 0 or tail_lengths[i] <= 0:
            continue
        state[:] = _IV
        state[0] ^= _PARAMETERS
        for begin in range(0, size, _BLOCK):
            block[:] = 0
            stop = min(begin + _BLOCK, size)
            for at in range(begin, stop):
                byte = heads[head + at] if at < first else tails[tail + at - first]
                inside = at - begin
                block[inside >> 3] |= uint64(byte) << uint64(8 * (inside & 7))
            _compress(state, block, local, stop, stop == size)
        found[i] = 1 if state[0] == 0 else np.int64(state[0])
    return found


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
