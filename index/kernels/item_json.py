"""Items of a reply as JSON, byte by byte."""

from typing import Any, NamedTuple

import numpy as np
from numba import uint8, uint64, uintp
from numpy.typing import NDArray

from index.features import DIMENSIONS
from index.kernels.compile import (
    FLOATS,
    FLOATS_2D,
    INTS,
    Floats,
    Ints,
    array_of,
    group_of,
    helper,
    kernel,
)

Bytes = NDArray[np.uint8]

BYTES = array_of(uint8)

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


class EncodedTracks(NamedTuple):
    """The JSON of some tracks, and which of their features were filled in."""

    content: Bytes
    """One object after another."""
    offsets: Ints
    """(n + 1,) object ``i`` is ``content[offsets[i]:offsets[i + 1]]``."""
    imputed: Bytes
    """(n,) bit j is set where feature j was filled in."""


class Words(NamedTuple):
    """What stands between the numbers; see `SCORE` and the others for the order."""

    content: Bytes
    offsets: Ints
    """(w + 1,) word ``i`` is ``content[offsets[i]:offsets[i + 1]]``."""


ENCODED = group_of(EncodedTracks, BYTES, INTS, BYTES)
WORDS = group_of(Words, BYTES, INTS)


@helper
def put_word(out: Bytes, at: int, words: Words, word: int) -> int:
    """Write one of ``words``; return where it ends."""
    return int(put_slice(out, at, words.content, words.offsets[word], words.offsets[word + 1]))


@helper
def put_reasons(out: Bytes, at: int, parts: Floats, i: int, words: Words) -> int:
    """Write the parts of one score that do not read 0; return where they end."""
    start = at
    for j in range(parts.shape[1]):
        if abs(parts[i, j]) * BILLION > 0.5:
            if at > start:
                out[uintp(at)] = COMMA
                at += 1
            at = put_word(out, at, words, FIRST_PART + j)
            at = put_number(out, at, parts[i, j])
            out[uintp(at)] = CLOSE
            at += 1
    return at


@helper
def put_names(out: Bytes, at: int, bits: int, first: int, words: Words) -> int:
    """Write the features whose bits are set; return where they end."""
    start = at
    for j in range(DIMENSIONS):
        if bits >> j & 1:
            if at > start:
                out[uintp(at)] = COMMA
                at += 1
            at = put_word(out, at, words, first + j)
    return at


@helper
def put_track(out: Bytes, at: int, tracks: EncodedTracks, i: int) -> int:
    """Write the JSON of one track without its closing brace; return where it ends."""
    return int(put_slice(out, at, tracks.content, tracks.offsets[i], tracks.offsets[i + 1] - 1))


@kernel(uint8[::1](ENCODED, ENCODED, INTS, FLOATS, FLOATS_2D, WORDS))
def write_items(
    tracks: EncodedTracks,
    added: EncodedTracks,
    rows: Ints,
    scores: Floats,
    parts: Floats,
    words: Words,
) -> Bytes:
    """Write each row's track, score, parts and filled-in features, with commas between.

    Parameters
    ----------
    tracks : all rows of the snapshot
    added : those of ``rows`` that are not in the snapshot, in the same order
    rows, scores, parts : (k,), (k,) and (k, p) of the list; a part that would read 0 is left out
    words : see `Words`

    Returns
    -------
    UTF-8, as many bytes as are written

    """
    n, of_added, at = tracks.offsets.shape[0] - 1, 0, 0
    size = added.content.shape[0]
    for row in rows:
        if row < n:
            size += tracks.offsets[row + 1] - tracks.offsets[row]
    beside = words.content.shape[0] + (1 + parts.shape[1]) * NUMBER_SIZE
    out = np.empty(size + rows.shape[0] * beside, dtype=np.uint8)
    for i in range(rows.shape[0]):
        if i > 0:
            out[uintp(at)] = COMMA
            at += 1
        row = rows[i]
        if row < n:
            bits = tracks.imputed[row]
            at = put_track(out, at, tracks, row)
        else:
            bits = added.imputed[of_added]
            at = put_track(out, at, added, of_added)
            of_added += 1
        at = put_word(out, at, words, SCORE)
        at = put_number(out, at, scores[i])
        at = put_word(out, at, words, REASONS)
        at = put_reasons(out, at, parts, i, words)
        at = put_word(out, at, words, IMPUTED)
        at = put_names(out, at, bits, FIRST_PART + parts.shape[1], words)
        at = put_word(out, at, words, END)
    return out[:at]
