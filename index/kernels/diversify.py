"""List policies."""

import numpy as np
from numba import boolean, float64, int64

from index.kernels.compile import FLOATS, INTS, ROWS_OF_8, Floats, Ints, helper, kernel
from index.kernels.score import cosine
from index.kernels.sorted_sets import contains_row


@helper
def recent(keys: Ints, positions: Ints, filled: int, position: int, window: int) -> int:
    """Return how many of the last ``window`` places share the key of ``position``; 0 is no key."""
    count, key = 0, keys[position]
    if key != 0:
        for place in range(max(0, filled - window), filled):
            if keys[positions[place]] == key:
                count += 1
    return count


@helper
def take_out(gone: Ints, songs: Ints, key: int) -> None:
    """Mark what is a version of one song."""
    for position in range(songs.shape[0]):
        if songs[position] == key:
            gone[position] = 1


@helper
def gone_from_the_start(n: int, songs: Ints, unwanted: Ints) -> Ints:
    """Mark what is a version of an unwanted song."""
    gone = np.zeros(n, dtype=np.int64)
    if unwanted.shape[0] > 0:
        for position in range(songs.shape[0]):
            if songs[position] != 0 and contains_row(unwanted, songs[position]):
                gone[position] = 1
    return gone


@kernel(int64[::1](INTS, INTS, int64))
def distinct_songs(songs: Ints, unwanted: Ints, k: int) -> Ints:
    """Return the first ``k`` positions of different songs, none of them ``unwanted`` (ascending).

    This is what `select_diverse` comes to where a song's versions are all that a policy is about.
    """
    n, filled = songs.shape[0], 0
    gone = gone_from_the_start(n, songs, unwanted)
    positions = np.empty(min(k, n), dtype=np.int64)
    for position in range(n):
        if filled == k:
            break
        song, found = songs[position], gone[position] == 1
        if song != 0:
            for place in range(filled):
                found = found or songs[positions[place]] == song
        if not found:
            positions[filled] = position
            filled += 1
    return positions[:filled].copy()


@kernel(
    int64[::1](
        *(ROWS_OF_8, FLOATS, INTS, INTS, INTS, INTS),
        *(int64, float64, int64, int64, int64, int64, int64, boolean),
    )
)
def select_diverse(
    vectors: Floats,
    scores: Floats,
    artists: Ints,
    albums: Ints,
    songs: Ints,
    unwanted: Ints,
    k: int,
    diversity: float,
    max_per_artist: int,
    max_per_album: int,
    window: int,
    spacing: int,
    lookahead: int,
    complete: bool,
) -> Ints:
    """Fill up to ``k`` places from a pool in order, by the rules of `index.ranking.diversity`.

    Parameters
    ----------
    vectors, scores : columns of the pool, best first; no vectors are needed without ``diversity``
    artists, albums : keys, 0 where unknown; (0,) where nothing counts them
    songs : keys, 0 where unknown; (0,) where versions may stand beside one another
    unwanted : keys of songs that are left out, ascending
    max_per_artist, max_per_album : 0 for no cap
    spacing : in so many places after a track its artist comes only if no other candidate does
    complete : whether the pool holds every track there is

    Returns
    -------
    Positions in the pool, place by place. Empty if the pool is too short to decide and not
    ``complete``: fetch more and ask again.

    """
    n = scores.shape[0]
    positions = np.empty(min(k, n), dtype=np.int64)
    gone = gone_from_the_start(n, songs, unwanted)
    nearest = np.zeros(n, dtype=np.float64)
    """Greatest (1 + cos) / 2 to a placed track, brought up to date when it is looked at."""
    compared = np.zeros(n, dtype=np.int64)
    first = 0

    for filled in range(k):
        while first < n and gone[first]:
            first += 1
        best, best_value, best_spaced, seen, position = -1, -np.inf, False, 0, first
        while position < n and seen < lookahead:
            capped = (
                max_per_artist > 0
                and recent(artists, positions, filled, position, window - 1) >= max_per_artist
            ) or (
                max_per_album > 0
                and recent(albums, positions, filled, position, window - 1) >= max_per_album
            )
            if not gone[position] and not capped:
                seen += 1
                value = scores[position]
                if diversity > 0.0:
                    for other in range(compared[position], filled):
                        likeness = (
                            1.0 + cosine(vectors, position, vectors[positions[other]])
                        ) / 2.0
                        nearest[position] = max(nearest[position], likeness)
                    compared[position] = filled
                    value = (1.0 - diversity) * value - diversity * nearest[position]
                spaced = spacing == 0 or recent(artists, positions, filled, position, spacing) == 0
                if (spaced and not best_spaced) or (spaced == best_spaced and value > best_value):
                    best, best_value, best_spaced = position, value, spaced
                if diversity == 0.0 and best_spaced:
                    break
            position += 1
        if seen < lookahead and not complete and not (diversity == 0.0 and best_spaced):
            return positions[:0].copy()
        if best < 0:
            return positions[:filled].copy()
        positions[filled] = best
        gone[best] = 1
        if songs.shape[0] > 0 and songs[best] != 0:
            take_out(gone, songs, songs[best])
    return positions
