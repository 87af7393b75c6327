"""Scans for lists that are asked for by seeds, targets and knobs; see `index.ranking.seed_list`."""

import numpy as np
from numba import float64, int64
from numpy.typing import NDArray

from index.kernels.compile import (
    CODES,
    FLAGS,
    FLOATS,
    INTS,
    RANKED,
    ROWS_OF_8,
    Floats,
    Ints,
    helper,
    kernel,
)
from index.kernels.heap import heap_push, heap_sort
from index.kernels.score import cosine
from index.kernels.sorted_sets import is_excluded

_STEP = np.uint64(0x9E3779B97F4A7C15)
_ONE, _TWO = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53


@helper
def gumbel(seed: int, track_id: int) -> float:
    """Return standard Gumbel noise of a track: always the same for the same seed.

    Two rounds of SplitMix64 (Steele, Lea and Flood, 2014) over both numbers.
    """
    mixed = np.uint64(seed)
    for each in (np.uint64(0), np.uint64(track_id)):
        mixed = (mixed ^ each) + _STEP
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _ONE
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _TWO
        mixed = mixed ^ (mixed >> np.uint64(31))
    uniform: float = (np.float64(mixed >> np.uint64(11)) + 0.5) * _UNIT
    return float(-np.log(-np.log(uniform)))


GREATEST_NOISE = 38.0
"""No track ever draws more: the logarithm of 2**54 is 37.4."""


@kernel(float64[::1](int64, INTS))
def noise(seed: int, track_ids: Ints) -> Floats:
    """Return what `gumbel` gives each track."""
    found = np.empty(track_ids.shape[0], dtype=np.float64)
    for i in range(track_ids.shape[0]):
        found[i] = gumbel(seed, track_ids[i])
    return found


@helper
def closeness(value: float, target: float, slope: float) -> float:
    """Return how close a value is to a target, 1 at it; 0 where the value is not known."""
    if np.isnan(value):
        return 0.0
    return float(1.0 / (1.0 + abs(value - target) * slope))


@kernel(
    RANKED(
        *(ROWS_OF_8, ROWS_OF_8, INTS, CODES, FLOATS, FLAGS, INTS),
        *(FLOATS, FLOATS, FLOATS, ROWS_OF_8, float64, int64, int64, int64, int64),
    )
)
def top_blend(
    vectors: Floats,
    features: Floats,
    track_ids: Ints,
    genre_codes: NDArray[np.int32],
    popularity: Floats,
    dead: NDArray[np.bool_],
    excluded: Ints,
    query: Floats,
    factors: Floats,
    known: Floats,
    targets: Floats,
    temperature: float,
    seed: int,
    start: int,
    stop: int,
    k: int,
) -> tuple[Ints, Floats]:
    """Return rows and scores of the ``k`` best of rows ``start..stop-1``, ties by track id.

        score = factors[genre] * (1 + cos)
              + known[0] * popularity + known[1] * (1 - popularity)
              + sum of weight / (1 + slope * |value - target|) over the features with a weight
              + temperature * Gumbel noise

    Parameters
    ----------
    vectors, features, track_ids, genre_codes, popularity : columns of the same n rows
    dead : (n,) rows that are gone, or (0,) if none is
    excluded : rows to leave out, ascending, each once
    query : (8,) unit vector or zero
    factors : half the weight of the sound by genre code, for every code that occurs
    known : (2,) weights of being known and of being little known
    targets : (3, 8) values, slopes and weights; a weight of 0 is no target
    temperature, seed : how much chance counts, and which draw it is
    start, stop, k : range of rows, and how many to return at the most

    """
    scores = np.empty(k, dtype=np.float64)
    ids = np.empty(k, dtype=np.int64)
    rows = np.empty(k, dtype=np.int64)
    size = 0
    threshold = -np.inf if k > 0 else np.inf
    luckiest = temperature * GREATEST_NOISE

    for row in range(start, stop):
        score = factors[genre_codes[row]] * (1.0 + cosine(vectors, row, query))
        score += known[0] * popularity[row] + known[1] * (1.0 - popularity[row])
        for j in range(8):
            if targets[2, j] > 0.0:
                score += targets[2, j] * closeness(features[row, j], targets[0, j], targets[1, j])
        if temperature > 0.0 and score + luckiest >= threshold:
            score += temperature * gumbel(seed, track_ids[row])
        if score >= threshold and not is_excluded(dead, excluded, row):
            size = heap_push(scores, ids, rows, size, score, track_ids[row], row)
            if size == k:
                threshold = scores[0]

    heap_sort(scores, ids, rows, size)
    return rows[:size].copy(), scores[:size].copy()
