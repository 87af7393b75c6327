"""List policies."""

from typing import NamedTuple

import numpy as np
from numba import boolean, float64, int64

from index.kernels.compile import FLOATS, FLOATS_2D, INTS, Floats, Ints, group_of, helper, kernel
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


class Pool(NamedTuple):
    """Tracks of which a list is made, best first."""

    vectors: Floats
    """(n, d), or (0, d) for a policy without diversity."""
    scores: Floats
    """(n,)"""
    artists: Ints
    """(n,) keys, 0 where unknown; (0,) if their number is not limited."""
    albums: Ints
    """(n,) likewise."""
    songs: Ints
    """(n,) keys, 0 where unknown; (0,) if versions may stand beside one another."""


class Policy(NamedTuple):
    """The numbers of `index.ranking.diversity`."""

    diversity: float
    max_per_artist: int
    """In ``window`` consecutive places; 0 for no limit."""
    max_per_album: int
    window: int
    spacing: int
    """In so many places after a track its artist comes only if no other candidate does."""
    lookahead: int
    """How many eligible tracks are candidates for a place."""


POOL = group_of(Pool, FLOATS_2D, FLOATS, INTS, INTS, INTS)
POLICY = group_of(Policy, float64, int64, int64, int64, int64, int64)


@helper
def _is_capped(
    keys: Ints, positions: Ints, filled: int, position: int, most: int, window: int
) -> bool:
    """Whether the last places hold ``most`` tracks with the key of ``position``; 0 is no limit."""
    return most > 0 and recent(keys, positions, filled, position, window - 1) >= most


@helper
def _is_eligible(pool: Pool, policy: Policy, positions: Ints, filled: int, position: int) -> bool:
    """Whether neither artist nor album of a track has come too often."""
    most, window = policy.max_per_artist, policy.window
    if _is_capped(pool.artists, positions, filled, position, most, window):
        return False
    most = policy.max_per_album
    return not _is_capped(pool.albums, positions, filled, position, most, window)


@helper
def _mmr_value(pool: Pool, diversity: float, nearest: Floats, position: int) -> float:
    """Return ``(1 - diversity) * score - diversity * nearest``: maximal marginal relevance."""
    score = pool.scores[position]
    if diversity == 0.0:
        return float(score)
    return float((1.0 - diversity) * score - diversity * nearest[position])


@helper
def _compare(pool: Pool, positions: Ints, first: int, filled: int, position: int) -> float:
    """Return the greatest (1 + cos) / 2 of a track to those at places ``first..filled-1``, or 0."""
    nearest = 0.0
    for place in range(first, filled):
        placed = pool.vectors[positions[place]]
        nearest = max(nearest, (1.0 + cosine(pool.vectors, position, placed)) / 2.0)
    return nearest


@kernel(int64[::1](POOL, INTS, POLICY, int64, boolean))
def select_diverse(pool: Pool, unwanted: Ints, policy: Policy, k: int, complete: bool) -> Ints:
    """Fill up to ``k`` places from a pool in order, by the rules of `index.ranking.diversity`.

        value = (1 - diversity) * score - diversity * max((1 + cos(track, placed)) / 2)

    Parameters
    ----------
    pool, policy : see `Pool` and `Policy`
    unwanted : (u,) keys of songs that are left out, ascending
    k : how many places to fill at the most
    complete : whether the pool holds every track there is

    Returns
    -------
    Positions in the pool, place by place. Empty if the pool is too short to decide and not
    ``complete``: fetch more and ask again.

    """
    n, diversity = pool.scores.shape[0], policy.diversity
    positions = np.empty(min(k, n), dtype=np.int64)
    gone = gone_from_the_start(n, pool.songs, unwanted)
    nearest = np.zeros(n, dtype=np.float64)  # to a placed track, brought up to date when needed
    compared = np.zeros(n, dtype=np.int64)  # places that this was done for
    first = 0

    for filled in range(k):
        while first < n and gone[first]:
            first += 1
        best, best_value, best_spaced, seen, position = -1, -np.inf, False, 0, first
        while position < n and seen < policy.lookahead:
            if not gone[position] and _is_eligible(pool, policy, positions, filled, position):
                seen += 1
                if diversity > 0.0:
                    greatest = _compare(pool, positions, compared[position], filled, position)
                    nearest[position] = max(nearest[position], greatest)
                    compared[position] = filled
                value = _mmr_value(pool, diversity, nearest, position)
                spaced = (
                    policy.spacing == 0
                    or recent(pool.artists, positions, filled, position, policy.spacing) == 0
                )
                if (spaced and not best_spaced) or (spaced == best_spaced and value > best_value):
                    best, best_value, best_spaced = position, value, spaced
                if diversity == 0.0 and best_spaced:
                    break
            position += 1
        is_decided = diversity == 0.0 and best_spaced
        if seen < policy.lookahead and not complete and not is_decided:
            return positions[:0].copy()
        if best < 0:
            return positions[:filled].copy()
        positions[filled] = best
        gone[best] = 1
        if pool.songs.shape[0] > 0 and pool.songs[best] != 0:
            take_out(gone, pool.songs, pool.songs[best])
    return positions
