"""Taste profiles."""

import numpy as np
from numba import float64, int64
from numpy.typing import NDArray

from index.features import COORDINATES
from index.kernels.compile import CODES, FLOATS, FLOATS_2D, Floats, kernel, tuple_of


@kernel(tuple_of((float64[::1], float64[::1]))(FLOATS_2D, CODES, FLOATS, int64, float64))
def taste(
    vectors: Floats,
    genre_codes: NDArray[np.int32],
    weights: Floats,
    n_codes: int,
    negative_pull: float,
) -> tuple[Floats, Floats]:
    """Return the taste vector (d,), unit or zero, and the positive weight by genre (n_codes,).

        vector ~ sum(w+ v) / sum(w+)  -  negative_pull * sum(|w-| v) / sum(|w-|)

    (Rocchio, "Relevance feedback in information retrieval", 1971.)

    Parameters
    ----------
    vectors, genre_codes : (e, d) and (e,) of the track of each event
    weights : (e,) weight of each event; below 0 for dislike
    n_codes : one more than the greatest genre code
    negative_pull : how far the mean of the pushing events moves the vector, against 1

    """
    liked = np.zeros(COORDINATES, dtype=np.float64)
    disliked = np.zeros(COORDINATES, dtype=np.float64)
    genres = np.zeros(n_codes, dtype=np.float64)
    positive, negative = 0.0, 0.0

    for i in range(weights.shape[0]):
        weight = weights[i]
        if weight > 0.0:
            positive += weight
            genres[genre_codes[i]] += weight
            for j in range(COORDINATES):
                liked[j] += weight * vectors[i, j]
        elif weight < 0.0:
            negative -= weight
            for j in range(COORDINATES):
                disliked[j] -= weight * vectors[i, j]

    square = 0.0
    for j in range(COORDINATES):
        if positive > 0.0:
            liked[j] /= positive
        if negative > 0.0:
            liked[j] -= negative_pull * disliked[j] / negative
        square += liked[j] * liked[j]
    norm = np.sqrt(square)
    for j in range(COORDINATES):
        liked[j] = liked[j] / norm if norm > 0.0 else 0.0
    return liked, genres
