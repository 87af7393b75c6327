"""What the scores of a list are made of."""

import numpy as np
from numba import boolean, float64
from numpy.typing import NDArray

from index.kernels.array_table import codes_at, floats_at, rows_of_8_at
from index.kernels.compile import FLOATS, INTS, Floats, Ints, kernel
from index.kernels.score import cosine
from index.kernels.tree_search import FRESHNESS, GENRE_CODES, POPULARITY, VECTORS, contains_code


@kernel(float64[:, ::1](INTS, INTS, INTS, FLOATS, FLOATS, INTS, float64, boolean))
def parts_of(
    table: Ints,
    late: Ints,
    rows: Ints,
    query: Floats,
    weights: Floats,
    boosted: Ints,
    bonus: float,
    signals: bool,
) -> NDArray[np.float64]:
    """Return base, eight features and genre of each row, then popularity and freshness if asked.

        base = w_audio / 2,  feature j = w_audio q_j v_j / 2,
        genre = w_audio (boost - 1) (1 + cos) / 2,  signal = its weight times its value

    Vectors hold the roots of the features' weights, so their product has the weight in it.

    Parameters
    ----------
    table : the columns of a snapshot; see `trees.search_trees`
    late : those of its delta's tracks, in the same places
    rows : of the snapshot and, behind them, of the delta
    query, weights : as in `trees.search_trees`
    boosted : codes of the genres whose boost is ``bonus``
    signals : whether the list is judged by them

    Returns
    -------
    (rows, 10) or (rows, 12); a row sums to its score within 1e-9.

    """
    n = codes_at(table, GENRE_CODES).shape[0]
    half = weights[0] / 2.0
    parts = np.empty((rows.shape[0], 12 if signals else 10), dtype=np.float64)
    for i in range(rows.shape[0]):
        columns, row = (table, rows[i]) if rows[i] < n else (late, rows[i] - n)
        vectors, code = rows_of_8_at(columns, VECTORS), codes_at(columns, GENRE_CODES)[row]
        parts[i, 0] = half
        for j in range(8):
            parts[i, 1 + j] = half * vectors[row, j] * query[j]
        extra = bonus - 1.0 if contains_code(boosted, code) else 0.0
        parts[i, 9] = half * extra * (1.0 + cosine(vectors, row, query))
        if signals:
            parts[i, 10] = weights[1] * floats_at(columns, POPULARITY)[row]
            parts[i, 11] = weights[2] * floats_at(columns, FRESHNESS)[row]
    return parts
