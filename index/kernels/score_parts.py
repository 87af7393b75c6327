"""What the sound adds to the scores of a list."""

import numpy as np
from numba import float64

from index.features import COORDINATES, DIMENSIONS
from index.kernels.arguments import PREPARED, SEARCH, Prepared, Search
from index.kernels.compile import INTS, Floats, Ints, kernel
from index.kernels.score import contains_code, cosine


@kernel(float64[:, ::1](PREPARED, PREPARED, SEARCH, INTS))
def sound_parts(snapshot: Prepared, added: Prepared, search: Search, rows: Ints) -> Floats:
    """Return base, features and genre (k, f + 2) of some rows.

        base = w_audio / 2,  feature j = w_audio q_j v_j / 2,
        genre = w_audio (boost - 1) (1 + cos) / 2

    Vectors hold the roots of the features' weights, so their product has the weight in it.

    Parameters
    ----------
    snapshot, added : tracks of the snapshot, and of the delta, whose rows follow
    search : see `index.kernels.arguments`
    rows : (k,) of either

    """
    half, query = search.audio_weight / 2.0, search.vector
    boosted, extra = search.boosted, search.bonus - 1.0
    old, new = snapshot.tracks, added.tracks
    n = old.track_ids.shape[0]
    parts = np.empty((rows.shape[0], DIMENSIONS + 2), dtype=np.float64)
    for i in range(rows.shape[0]):
        row = rows[i] if rows[i] < n else rows[i] - n
        vectors = old.vectors if rows[i] < n else new.vectors
        code = old.genre_codes[row] if rows[i] < n else new.genre_codes[row]
        parts[i, 0] = half
        for j in range(DIMENSIONS):
            parts[i, 1 + j] = half * vectors[row, j] * query[j]
        for j in range(DIMENSIONS, COORDINATES):
            parts[i, 0] += half * vectors[row, j] * query[j]
        boost = extra if contains_code(boosted, code) else 0.0
        parts[i, 1 + DIMENSIONS] = half * boost * (1.0 + cosine(vectors, row, query))
    return parts
