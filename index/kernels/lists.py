"""List policies."""

import numpy as np
from numba import boolean, float64, int64

from index.kernels.base import FLOATS, INTS, ROWS_OF_8, Floats, Ints, cosine, helper, kernel


@helper
def recent(artist_keys: Ints, places: Ints, filled: int, artist: int, window: int) -> int:
    """Return how many of the last ``window - 1`` places are taken by ``artist``."""
    count = 0
    for place in range(max(0, filled - window + 1), filled):
        if artist_keys[places[place]] == artist:
            count += 1
    return count


@kernel(int64[::1](ROWS_OF_8, FLOATS, INTS, int64, float64, int64, int64, int64, boolean))
def arrange(
    vectors: Floats,
    scores: Floats,
    artist_keys: Ints,
    k: int,
    diversity: float,
    max_per_artist: int,
    window: int,
    lookahead: int,
    complete: bool,
) -> Ints:
    """Fill up to ``k`` places from a pool in exact order; see `index.diversity` for the rules.

    Parameters
    ----------
    vectors, scores, artist_keys : columns of the pool, best first
    max_per_artist : 0 for no cap
    complete : whether the pool holds every track there is

    Returns
    -------
    Positions in the pool, place by place. Empty if the pool is too short to decide and not
    ``complete``: fetch more and ask again.

    """
    n = scores.shape[0]
    places = np.empty(min(k, n), dtype=np.int64)
    placed = np.zeros(n, dtype=np.bool_)
    nearest = np.zeros(n, dtype=np.float64)
    """Greatest (1 + cos) / 2 to a placed track, brought up to date when it is looked at."""
    compared = np.zeros(n, dtype=np.int64)
    first = 0

    for filled in range(k):
        while first < n and placed[first]:
            first += 1
        best, best_value, seen, position = -1, -np.inf, 0, first
        while position < n and seen < lookahead:
            artist = artist_keys[position]
            capped = (
                max_per_artist > 0
                and artist != 0
                and recent(artist_keys, places, filled, artist, window) >= max_per_artist
            )
            if not placed[position] and not capped:
                seen += 1
                for other in range(compared[position], filled):
                    likeness = (1.0 + cosine(vectors, position, vectors[places[other]])) / 2.0
                    nearest[position] = max(nearest[position], likeness)
                compared[position] = filled
                value = (1.0 - diversity) * scores[position] - diversity * nearest[position]
                if value > best_value:
                    best, best_value = position, value
            position += 1
        if seen < lookahead and not complete:
            return places[:0].copy()
        if best < 0:
            return places[:filled].copy()
        places[filled] = best
        placed[best] = True
    return places
