"""What a listener's history reaches: songs by co-listening, and tracks by artist."""

from typing import Any

import numpy as np
from numba import float64, int32, int64
from numpy.typing import NDArray

from index.kernels.base import (
    CODES,
    FLOATS,
    INTS,
    SINGLES,
    Floats,
    Ints,
    helper,
    kernel,
    score_of,
    tuple_of,
)
from index.kernels.base import ROWS_OF_8 as ROWS

Codes = NDArray[np.int32]
Singles = NDArray[np.float32]

COLUMNS = ROWS
FREE = np.int32(-1)


@helper
def place_of(codes: Codes, code: int) -> int:
    """Return where a code stands in a table of open addresses, or where it is to stand."""
    mask = codes.shape[0] - 1
    at: Any = (code * 0x9E3779B1) & mask
    while codes[at] != FREE and codes[at] != code:
        at = (at + 1) & mask
    return int(at)


@kernel(tuple_of((int32[::1], float64[:, ::1]))(CODES, FLOATS, FLOATS, INTS, CODES, SINGLES))
def spread(
    codes: Codes,
    strengths: Floats,
    recents: Floats,
    near_offsets: Ints,
    near: Codes,
    near_weights: Singles,
) -> tuple[Codes, NDArray[np.float64]]:
    """Return what a history of ``codes`` reaches by a table of neighbours, and how strongly.

    Parameters
    ----------
    codes : (h,) songs or artists, each once; -1 for one that the table doesn't know
    strengths, recents : (h,) how much each counts, in all and lately; below 0 for dislike
    near_offsets, near, near_weights : the neighbours of each code

    Returns
    -------
    codes (m,), in the order in which they were met, and sums (m, 2) of weights times strengths
    and weights times recents.

    """
    total = 0
    for i in range(codes.shape[0]):
        if codes[i] >= 0:
            total += near_offsets[codes[i] + 1] - near_offsets[codes[i]]
    slots = 16
    while slots < 2 * total:
        slots *= 2
    table = np.full(slots, FREE, dtype=np.int32)
    sums = np.zeros((slots, 2), dtype=np.float64)
    met = np.empty(total, dtype=np.int32)
    count = 0
    for i in range(codes.shape[0]):
        if codes[i] < 0:
            continue
        for at in range(near_offsets[codes[i]], near_offsets[codes[i] + 1]):
            place = place_of(table, near[at])
            if table[place] == FREE:
                table[place] = near[at]
                met[count] = near[at]
                count += 1
            sums[place, 0] += near_weights[at] * strengths[i]
            sums[place, 1] += near_weights[at] * recents[i]
    found = np.empty((count, 2), dtype=np.float64)
    for i in range(count):
        place = place_of(table, met[i])
        found[i, 0], found[i, 1] = sums[place, 0], sums[place, 1]
    return met[:count].copy(), found


@kernel(int64[::1](CODES, INTS, CODES, int64, CODES, INTS, CODES, int64, CODES, int64))
def rows_of_groups(
    songs: Codes,
    song_offsets: Ints,
    song_rows: Codes,
    versions: int,
    artists: Codes,
    artist_offsets: Ints,
    artist_rows: Codes,
    tracks: int,
    related: Codes,
    tracks_of_related: int,
) -> Ints:
    """Return the first rows of some songs and artists, each once, in no order.

    Parameters
    ----------
    songs, artists, related : codes of groups
    song_offsets, song_rows, artist_offsets, artist_rows : the rows of each group
    versions, tracks, tracks_of_related : the most to take of one group of each kind

    """
    seen = np.zeros(max(song_rows.shape[0], artist_rows.shape[0], 1), dtype=np.bool_)
    most = songs.shape[0] * versions
    for codes, limit in ((artists, tracks), (related, tracks_of_related)):
        for code in codes:
            most += min(limit, artist_offsets[code + 1] - artist_offsets[code])
    found = np.empty(most, dtype=np.int64)
    count = 0
    for code in songs:
        first = song_offsets[code]
        for at in range(first, min(song_offsets[code + 1], first + versions)):
            if not seen[song_rows[at]]:
                seen[song_rows[at]] = True
                found[count] = song_rows[at]
                count += 1
    for codes, limit in ((artists, tracks), (related, tracks_of_related)):
        for code in codes:
            first = artist_offsets[code]
            for at in range(first, min(artist_offsets[code + 1], first + limit)):
                if not seen[artist_rows[at]]:
                    seen[artist_rows[at]] = True
                    found[count] = artist_rows[at]
                    count += 1
    return found[:count].copy()


@helper
def _copy_values(
    codes: Codes,
    values: NDArray[np.float64],
    code: int,
    out: NDArray[np.float64],
    row: int,
    first: int,
) -> None:
    """Write the values of one of the ascending ``codes`` to ``out[row, first:]``."""
    low, high = 0, codes.shape[0]
    while low < high:
        middle = (low + high) // 2
        if codes[middle] < code:
            low = middle + 1
        else:
            high = middle
    if low < codes.shape[0] and codes[low] == code:
        for column in range(values.shape[1]):
            out[row, first + column] = values[low, column]


@kernel(float64[:, ::1](CODES, CODES, CODES, COLUMNS, CODES, COLUMNS, CODES, COLUMNS))
def reach_signals(
    songs: Codes,
    artists: Codes,
    song_codes: Codes,
    of_songs: NDArray[np.float64],
    artist_codes: Codes,
    of_artists: NDArray[np.float64],
    related_codes: Codes,
    of_related: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the signals of tracks: two of their song, two of their artist, one as a relation.

    Parameters
    ----------
    songs, artists : (m,) of each track, -1 for none
    song_codes, artist_codes, related_codes : ascending; what they lack has signals of 0
    of_songs, of_artists, of_related : (codes, 2), (codes, 2) and (codes, 1)

    """
    signals = np.zeros((songs.shape[0], 5), dtype=np.float64)
    for i in range(songs.shape[0]):
        _copy_values(song_codes, of_songs, songs[i], signals, i, 0)
        _copy_values(artist_codes, of_artists, artists[i], signals, i, 2)
        _copy_values(related_codes, of_related, artists[i], signals, i, 4)
    return signals


@kernel(float64[::1](ROWS, CODES, FLOATS, FLOATS, INTS, FLOATS, FLOATS, FLOATS))
def scores_of(
    vectors: Floats,
    genre_codes: Codes,
    popularity: Floats,
    freshness: Floats,
    rows: Ints,
    query: Floats,
    boosts: Floats,
    weights: Floats,
) -> Floats:
    """Return the score of each of some rows, as `scans.top_scores` would."""
    factors = weights[0] * boosts * 0.5
    scores = np.empty(rows.shape[0], dtype=np.float64)
    for i in range(rows.shape[0]):
        scores[i] = score_of(
            vectors, genre_codes, popularity, freshness, rows[i], query, factors, weights
        )
    return scores
