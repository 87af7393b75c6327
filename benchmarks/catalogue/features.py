"""Features: drawn by genre and artist as normal scores, then led back to real marginals."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.catalogue.genres import Floats, genre_table
from index.features import DIMENSIONS, FEATURE_NAMES

ARTIST_SHARE = 0.45
"""How much of the variety within a genre lies between artists."""
UNANALYSED_SHARE, GAP_SHARE = 0.004, 0.01
"""Tracks without any feature, and single features that are unknown."""
_ROWS_AT_ONCE = 500_000
_DECIMALS = {"tempo": 3, "loudness": 3, "acousticness": 6, "instrumentalness": 6}


def draw_features(
    rng: np.random.Generator, sizes: NDArray[np.int64], artists: NDArray[np.int32]
) -> Floats:
    """Draw the features (n, 8) of tracks that stand genre by genre; NaN where unknown.

    Parameters
    ----------
    sizes : tracks by genre; one size more than there are genres: those without
    artists : (n,) codes

    """
    table = genre_table()
    n = len(artists)
    features = np.empty((n, DIMENSIONS))
    genres = np.repeat(np.arange(len(sizes)), sizes)
    genres[genres == len(table.names)] = rng.integers(0, len(table.names), int(sizes[-1]))
    voices = rng.standard_normal((int(artists.max(initial=-1)) + 1, DIMENSIONS), dtype=np.float32)

    for start in range(0, n, _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        latent = np.sqrt(1 - ARTIST_SHARE) * rng.standard_normal(features[rows].shape)
        latent += np.sqrt(ARTIST_SHARE) * voices[artists[rows]]
        scores = table.means[genres[rows]]
        # One product per dimension: gathering a root per row would take eight times the memory.
        for j in range(DIMENSIONS):
            scores += table.roots[genres[rows], :, j] * latent[:, j, None]
        features[rows] = _from_scores(scores)
        features[rows][rng.random(scores.shape) < GAP_SHARE] = np.nan
    features[rng.random(n) < UNANALYSED_SHARE] = np.nan
    return features


def _from_scores(scores: Floats) -> Floats:
    table = genre_table()
    columns = [
        np.round(np.interp(scores[:, j], table.scores, table.quantiles[j]), _DECIMALS.get(name, 4))
        for j, name in enumerate(FEATURE_NAMES)
    ]
    return np.stack(columns, axis=1)
