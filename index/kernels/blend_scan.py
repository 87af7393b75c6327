"""Scans for lists from seeds: sound, popularity, targets and chance."""

from typing import NamedTuple

import numpy as np
from numba import float64, int64

from index.kernels.arguments import SEARCH, TRACKS, Search, Tracks
from index.kernels.compile import (
    FLOATS,
    FLOATS_2D,
    INTS,
    RANKED,
    Floats,
    Ints,
    group_of,
    helper,
    kernel,
)
from index.kernels.heap import empty_heap, heap_push, heap_sorted, threshold_of
from index.kernels.scan import factors_of, may_come
from index.kernels.score import sound_of

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


class Wishes(NamedTuple):
    """What a list from seeds is scored by beside its sound."""

    known: Floats
    """(2,) weights of popularity and of novelty, which is 1 - popularity."""
    targets: Floats
    """(3, f) values, slopes and weights; a weight of 0 is no target."""
    temperature: float
    """How much chance counts."""
    seed: int
    """Which draw of chance it is."""


WISHES = group_of(Wishes, FLOATS, FLOATS_2D, float64, int64)


@helper
def _with_wishes(
    features: Floats, popularity: float, wishes: Wishes, row: int, score: float
) -> float:
    """Add what a row scores by its popularity and by the targets."""
    known, targets = wishes.known, wishes.targets
    score += known[0] * popularity + known[1] * (1.0 - popularity)
    for j in range(targets.shape[1]):
        if targets[2, j] > 0.0:
            score += targets[2, j] * closeness(features[row, j], targets[0, j], targets[1, j])
    return score


@kernel(RANKED(TRACKS, SEARCH, WISHES, int64, int64, int64, int64))
def top_blend(
    tracks: Tracks, search: Search, wishes: Wishes, base: int, start: int, stop: int, k: int
) -> tuple[Ints, Floats]:
    """Return rows and scores of the ``k`` best of some tracks, ties by track id.

        score = audio_weight * boost * (1 + cos) / 2
              + known[0] * popularity + known[1] * (1 - popularity)
              + sum of weight / (1 + slope * |value - target|) over the features with a weight
              + temperature * Gumbel noise

    Parameters
    ----------
    tracks : their static score is their popularity
    search, wishes : see `index.kernels.arguments` and `Wishes`
    base, start, stop, k : as in `index.kernels.scan.top_scores`

    """
    vectors, popularity, genre_codes = tracks.vectors, tracks.static, tracks.genre_codes
    features, query = tracks.features, search.vector
    heap, size = empty_heap(k), 0
    threshold = threshold_of(heap, size)
    luckiest = wishes.temperature * GREATEST_NOISE
    factors = factors_of(search)
    last = factors.shape[0] - 1

    for row in range(start, stop):
        score = factors[min(genre_codes[row], last)] * sound_of(vectors, row, query)
        score = _with_wishes(features, popularity[row], wishes, row, score)
        if wishes.temperature > 0.0 and score + luckiest >= threshold:
            score += wishes.temperature * gumbel(wishes.seed, tracks.track_ids[row])
        if score >= threshold and may_come(tracks, search, base, row):
            size = heap_push(heap, size, score, tracks.track_ids[row], base + row)
            threshold = threshold_of(heap, size)

    return heap_sorted(heap, size)
