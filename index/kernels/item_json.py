"""Items of a reply as JSON, byte by byte."""

from typing import Any

import numpy as np
from numba import float64, uint8, uint64, uintp
from numpy.typing import NDArray

from index.kernels.compile import FLOATS, INTS, Floats, Ints, array_of, helper, kernel

Bytes = NDArray[np.uint8]

BYTES = array_of(uint8)
PARTS = array_of(float64, 2)

BILLION = 1_000_000_000
"""Nine decimals are written: sums of a dozen rounded parts are right to 1e-8."""
SCORE, REASONS, IMPUTED, END, FIRST_PART = 0, 1, 2, 3, 4
"""Positions in the table of words: what stands before a score, and so on; then a word for each
part, then one for each feature."""
NUMBER_SIZE = 32
"""Most bytes that a number takes, and more."""
COMMA, MINUS, POINT, ZERO, CLOSE = (ord(character) for character in ",-.0}")


@helper
def put_slice(out: Bytes, at: int, source: Bytes, start: int, stop: int) -> int:
    """Copy ``source[start:stop]`` to ``out[at:]``; return where it ends.

    Unsigned indices spare the check for "counted from the end": this becomes one memcpy.
    """
    to: Any = uintp(at)
    source_at: Any = uintp(start)
    for i in range(uintp(stop - start)):
        out[to + i] = source[source_at + i]
    return at + stop - start


@helper
def put_digits(out: Bytes, at: int, number: int, size: int) -> int:
    """Write the last ``size`` digits of a number of 0 or more; return where they end."""
    rest: Any = uint64(number)
    last: Any = uintp(at + size - 1)
    for i in range(uintp(size)):
        tenth = rest // uint64(10)
        out[last - i] = uint64(48) + rest - tenth * uint64(10)
        rest = tenth
    return at + size


@helper
def put_number(out: Bytes, at: int, value: float) -> int:
    """Write a number to nine decimals, without zeros at its end; return where it ends.

    One of 1e9 and more loses its decimals.
    """
    if value < 0.0:
        out[uintp(at)] = MINUS
        at += 1
        value = -value

    scale = BILLION if value < BILLION else 1
    scaled = np.int64(np.rint(min(value, 1e18) * scale))
    whole, decimals = scaled // scale, scaled % scale
    size, limit = 1, 10
    while whole >= limit and size < 19:
        size, limit = size + 1, limit * 10
    at = put_digits(out, at, whole, size)
    out[uintp(at)] = POINT
    at = put_digits(out, at + 1, decimals, 9)
    while out[uintp(at - 1)] == ZERO and out[uintp(at - 2)] != POINT:
        at -= 1
    return at


@helper
def put_word(out: Bytes, at: int, words: Bytes, word_offsets: Ints, word: int) -> int:
    """Write one of ``words``; return where it ends."""
    return int(put_slice(out, at, words, word_offsets[word], word_offsets[word + 1]))


@helper
def put_reasons(
    out: Bytes, at: int, parts: Floats, i: int, words: Bytes, word_offsets: Ints
) -> int:
    """Write the parts of one score that do not read 0; return where they end."""
    start = at
    for j in range(parts.shape[1]):
        if abs(parts[i, j]) * BILLION > 0.5:
            if at > start:
                out[uintp(at)] = COMMA
                at += 1
            at = put_word(out, at, words, word_offsets, FIRST_PART + j)
            at = put_number(out, at, parts[i, j])
            out[uintp(at)] = CLOSE
            at += 1
    return at


@helper
def put_names(out: Bytes, at: int, bits: int, first: int, words: Bytes, word_offsets: Ints) -> int:
    """Write the features whose bits are set; return where they end."""
    start = at
    for j in range(8):
        if bits >> j & 1:
            if at > start:
                out[uintp(at)] = COMMA
                at += 1
            at = put_word(out, at, words, word_offsets, first + j)
    return at


@kernel(uint8[::1](BYTES, INTS, BYTES, BYTES, INTS, BYTES, INTS, FLOATS, PARTS, BYTES, INTS))
def write_items(
    cards: Bytes,
    offsets: Ints,
    imputed: Bytes,
    late_cards: Bytes,
    late_offsets: Ints,
    late_imputed: Bytes,
    rows: Ints,
    scores: Floats,
    parts: Floats,
    words: Bytes,
    word_offsets: Ints,
) -> Bytes:
    """Write each row's card, score, parts and filled-in features, with commas between.

    Parameters
    ----------
    cards, offsets, imputed : of all rows of the snapshot
    late_cards, late_offsets, late_imputed : of those of ``rows`` that are not in the snapshot, in
        the same order
    rows, scores, parts : columns of what is ranked; a part that would read 0 is left out
    words, word_offsets : see `SCORE` and the others

    """
    n, late, at = offsets.shape[0] - 1, 0, 0
    size = late_cards.shape[0]
    for row in rows:
        if row < n:
            size += offsets[row + 1] - offsets[row]
    background_executor = words.shape[0] + (1 + parts.shape[1]) * NUMBER_SIZE
    out = np.empty(size + rows.shape[0] * background_executor, dtype=np.uint8)
    for i in range(rows.shape[0]):
        if i > 0:
            out[uintp(at)] = COMMA
            at += 1
        row = rows[i]
        if row < n:
            bits = imputed[row]
            at = put_slice(out, at, cards, offsets[row], offsets[row + 1] - 1)
        else:
            bits = late_imputed[late]
            at = put_slice(out, at, late_cards, late_offsets[late], late_offsets[late + 1] - 1)
            late += 1
        at = put_word(out, at, words, word_offsets, SCORE)
        at = put_number(out, at, scores[i])
        at = put_word(out, at, words, word_offsets, REASONS)
        at = put_reasons(out, at, parts, i, words, word_offsets)
        at = put_word(out, at, words, word_offsets, IMPUTED)
        at = put_names(out, at, bits, FIRST_PART + parts.shape[1], words, word_offsets)
        at = put_word(out, at, words, word_offsets, END)
    return out[:at]
