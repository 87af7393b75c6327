"""What a listener's history reaches: songs by co-listening, and tracks by artist."""

from typing import Any, NamedTuple

import numpy as np
from numba import float64, int32, int64, uintp
from numpy.typing import NDArray

from index.kernels.compile import (
    CODES,
    FLOATS,
    FLOATS_2D,
    INTS,
    SINGLES,
    SINGLES_2D,
    Floats,
    Ints,
    group_of,
    helper,
    inlined,
    kernel,
    tuple_of,
)
from index.kernels.heap import nth_greatest
from index.kernels.simd import prefetch

Codes = NDArray[np.int32]
Singles = NDArray[np.float32]

FREE = np.int32(-1)
_LINE, _NEAR_LINES, _AHEAD = 16, 4, 6
"""Numbers of a cache line, lines of a table that are fetched ahead, and how many turns ahead."""
SUMS = tuple_of((int32[::1], float64[:, ::1]))


@helper
def empty_map(most: int) -> Codes:
    """Return a table of open addresses for ``most`` codes: each place holds where a code stands."""
    slots = 16
    while slots < 2 * most:
        slots *= 2
    return np.full(slots, FREE, dtype=np.int32)


@helper
def slot_of(table: Codes, codes: Codes, code: int) -> int:
    """Return the slot of one of the ``codes`` that were put into a table, or the one for it."""
    mask = table.shape[0] - 1
    slot: Any = (code * 0x9E3779B1) & mask
    while table[slot] != FREE and codes[table[slot]] != code:
        slot = (slot + 1) & mask
    return int(slot)


@helper
def map_of(codes: Codes) -> Codes:
    """Return the table of ``codes``, each once."""
    table = empty_map(codes.shape[0])
    for i in range(codes.shape[0]):
        table[slot_of(table, codes, codes[i])] = i
    return table


@helper
def put(table: Codes, codes: Codes, count: int, code: int) -> int:
    """Return where a code stands among the first ``count``; it is added if it does not."""
    slot = slot_of(table, codes, code)
    if table[slot] == FREE:
        table[slot] = count
        codes[count] = code
    return int(table[slot])


@kernel(tuple_of((int64[::1], float64[::1]))(CODES, FLOATS))
def latest_of(codes: Codes, values: Floats) -> tuple[Ints, NDArray[np.float64]]:
    """Return the latest place of each code from 0 on, ascending, and the sum of its ``values``.

    Codes whose values cancel each other out are left out.
    """
    table, met = empty_map(codes.shape[0]), np.empty(codes.shape[0], dtype=np.int32)
    n = codes.shape[0]
    sums, latest = np.zeros(n, dtype=np.float64), np.empty(n, dtype=np.int64)
    positions = np.empty(n, dtype=np.int64)
    count = 0
    for i in range(n):
        if codes[i] >= 0:
            positions[i] = put(table, met, count, codes[i])
            count = max(count, positions[i] + 1)
            sums[positions[i]] += values[i]
            latest[positions[i]] = i
    found, of_found = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.float64)
    size = 0
    for i in range(n):
        if codes[i] >= 0 and latest[positions[i]] == i and sums[positions[i]] != 0.0:
            found[size], of_found[size] = i, sums[positions[i]]
            size += 1
    return found[:size].copy(), of_found[:size].copy()


@kernel(SUMS(CODES, FLOATS, FLOATS))
def sums_of(codes: Codes, one: Floats, other: Floats) -> tuple[Codes, NDArray[np.float64]]:
    """Return the codes from 0 on, each once, and the sums (m, 2) of their two values."""
    table, met = empty_map(codes.shape[0]), np.empty(codes.shape[0], dtype=np.int32)
    sums = np.zeros((codes.shape[0], 2), dtype=np.float64)
    count = 0
    for i in range(codes.shape[0]):
        if codes[i] >= 0:
            position = put(table, met, count, codes[i])
            count = max(count, position + 1)
            sums[position, 0] += one[i]
            sums[position, 1] += other[i]
    return met[:count].copy(), sums[:count].copy()


@helper
def _greatest(codes: Codes, sums: NDArray[np.float64], most: int) -> Ints:
    """Return the places of the ``most`` codes with the greatest sums by size."""
    count = codes.shape[0]
    sizes, positions = np.empty(count, dtype=np.float64), np.arange(count)
    if count <= most:
        return positions
    for i in range(count):
        sizes[i] = max(abs(sums[i, 0]), abs(sums[i, 1]))
    least, spare = nth_greatest(sizes.copy(), most), most
    for i in range(count):
        if sizes[i] > least:
            spare -= 1
    kept = 0
    for i in range(count):
        if sizes[i] > least or (sizes[i] == least and spare > 0):
            if sizes[i] == least:
                spare -= 1
            positions[kept] = i
            kept += 1
    return positions[:kept].copy()


@kernel(SUMS(CODES, FLOATS, FLOATS, INTS, CODES, SINGLES, int64))
def spread(
    codes: Codes,
    strengths: Floats,
    recents: Floats,
    near_offsets: Ints,
    near: Codes,
    near_weights: Singles,
    most: int,
) -> tuple[Codes, NDArray[np.float64]]:
    """Return what a history of ``codes`` reaches by a table of neighbours, and how strongly.

    Parameters
    ----------
    codes : (h,) songs or artists, each once; -1 for one that the table doesn't know
    strengths, recents : (h,) how much each counts, in all and lately; below 0 for dislike
    near_offsets, near, near_weights : the neighbours of each code
    most : so many are kept, those whose sums are the greatest by size, whichever their sign

    Returns
    -------
    codes (m,), in no order, and sums (m, 2) of weights times strengths and weights times recents.

    """
    total = 0
    for i in range(codes.shape[0]):
        if codes[i] >= 0:
            total += near_offsets[codes[i] + 1] - near_offsets[codes[i]]
    table, met = empty_map(total), np.empty(total, dtype=np.int32)
    sums = np.empty((total, 2), dtype=np.float64)
    count = 0
    for i in range(codes.shape[0]):
        if i + 1 < codes.shape[0] and codes[i + 1] >= 0:
            coming = near_offsets[codes[i + 1]]
            for line in range(_NEAR_LINES):
                prefetch(near, uintp(coming + line * _LINE))
                prefetch(near_weights, uintp(coming + line * _LINE))
        if codes[i] < 0 or (strengths[i] == 0.0 and recents[i] == 0.0):
            continue
        for at in range(near_offsets[codes[i]], near_offsets[codes[i] + 1]):
            position = put(table, met, count, near[at])
            if position == count:
                sums[position, 0] = sums[position, 1] = 0.0
                count += 1
            sums[position, 0] += near_weights[at] * strengths[i]
            sums[position, 1] += near_weights[at] * recents[i]
    kept = _greatest(met[:count], sums, most)
    return met[kept], sums[kept]


@helper
def _add_first(
    rows: Codes, offsets: Ints, group: int, most: int, seen: Codes, found: Codes, count: int
) -> int:
    """Add the first rows of a group that are not among the ``count`` found yet; return the sum."""
    first = offsets[group]
    for at in range(first, min(offsets[group + 1], first + most)):
        count = max(count, put(seen, found, count, rows[at]) + 1)
    return count


class GroupedRows(NamedTuple):
    """Rows by group: of songs, or of artists."""

    offsets: Ints
    """(groups + 1,) ``rows[offsets[g]:offsets[g + 1]]`` are those of group ``g``."""
    rows: Codes


GROUPED = group_of(GroupedRows, INTS, CODES)


@kernel(int32[::1](CODES, GROUPED, int64, CODES, GROUPED, INTS))
def rows_of_groups(
    songs: Codes,
    by_song: GroupedRows,
    versions: int,
    artists: Codes,
    by_artist: GroupedRows,
    tracks: Ints,
) -> Codes:
    """Return the first rows of some songs and artists, each once, in no order.

    Parameters
    ----------
    songs, artists : (s,) and (a,) codes of groups
    by_song, by_artist : the rows of each group
    versions : the most to take of each of the songs
    tracks : (a,) the most to take of each of the artists

    """
    offsets, most = by_artist.offsets, songs.shape[0] * versions
    for i in range(artists.shape[0]):
        most += min(tracks[i], offsets[artists[i] + 1] - offsets[artists[i]])
    seen, found, count = empty_map(most), np.empty(most, dtype=np.int32), 0
    for i in range(songs.shape[0]):
        if i + 2 * _AHEAD < songs.shape[0]:
            prefetch(by_song.offsets, uintp(songs[i + 2 * _AHEAD]))
            prefetch(by_song.rows, uintp(by_song.offsets[songs[i + _AHEAD]]))
        count = _add_first(by_song.rows, by_song.offsets, songs[i], versions, seen, found, count)
    for i in range(artists.shape[0]):
        count = _add_first(by_artist.rows, offsets, artists[i], tracks[i], seen, found, count)
    return found[:count].copy()


@inlined
def _fetch_factors(near: int, far: int, positions: Codes, factors: Singles) -> None:
    """Bring near what two songs that come later need: first the place, then the factors there."""
    if far >= 0:
        prefetch(positions, uintp(far))
    if near >= 0 and positions[near] >= 0:
        width = factors.shape[1]
        for line in range(0, width, _LINE):
            prefetch(factors, uintp(positions[near] * width + line))


class CodeValues(NamedTuple):
    """Values by code, each code once, in no order; codes that it lacks have values of 0."""

    codes: Codes
    values: Floats
    """(codes, columns)"""


class TasteFactors(NamedTuple):
    """Songs and one listener in the space of tastes."""

    positions: Codes
    """(songs,) the row of each song in ``factors``, -1 for none."""
    factors: Singles
    """(f, c)"""
    listeners: Singles
    """(2, c) by all of the history, and by what came last; zeros where that has no weight."""


CODE_VALUES = group_of(CodeValues, CODES, FLOATS_2D)
FACTORS = group_of(TasteFactors, CODES, SINGLES_2D, SINGLES_2D)


@inlined
def _copy_values(table: Codes, source: CodeValues, code: int, out: Floats, first: int) -> None:
    """Copy the values of a code, found by its `map_of`, to ``out[first:]``."""
    position = table[slot_of(table, source.codes, code)]
    if position != FREE:
        for column in range(source.values.shape[1]):
            out[first + column] = source.values[position, column]


@inlined
def _product(factors: Singles, position: int, listeners: Singles, j: int) -> float:
    """Return the inner product of a song and a listener, cut off at -1 and 1."""
    product = np.float32(0.0)
    for d in range(factors.shape[1]):
        product += factors[position, d] * listeners[j, d]
    return min(max(float(product), -1.0), 1.0)


@kernel(float64[:, ::1](CODES, CODES, CODE_VALUES, CODE_VALUES, CODE_VALUES, FACTORS), fast=True)
def reach_signals(
    songs: Codes,
    artists: Codes,
    of_songs: CodeValues,
    of_artists: CodeValues,
    of_related: CodeValues,
    taste: TasteFactors,
) -> Floats:
    """Return signals (m, 7): two of a track's song, two by factors, two of its artist, one related.

    Parameters
    ----------
    songs, artists : (m,) codes of each track, -1 for none
    of_songs, of_artists, of_related : signals by code, in 2, 2 and 1 columns
    taste : see `TasteFactors`

    """
    positions, factors, listeners = taste
    signals = np.zeros((songs.shape[0], 7), dtype=np.float64)
    by_song, by_artist = map_of(of_songs.codes), map_of(of_artists.codes)
    by_related = map_of(of_related.codes)
    used = np.zeros(2, dtype=np.bool_)
    for j in range(2):
        for d in range(factors.shape[1]):
            used[j] |= listeners[j, d] != np.float32(0.0)
    for i in range(songs.shape[0]):
        if i + 2 * _AHEAD < songs.shape[0]:
            _fetch_factors(songs[i + _AHEAD], songs[i + 2 * _AHEAD], positions, factors)
        if songs[i] >= 0:
            _copy_values(by_song, of_songs, songs[i], signals[i], 0)
            for j in range(2):
                if positions[songs[i]] >= 0 and used[j]:
                    signals[i, 2 + j] = _product(factors, positions[songs[i]], listeners, j)
        if artists[i] >= 0:
            _copy_values(by_artist, of_artists, artists[i], signals[i], 4)
            _copy_values(by_related, of_related, artists[i], signals[i], 6)
    return signals
