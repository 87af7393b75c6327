"""Sizes and sounds of the genres: aggregates of real music, and the shape they are grown to."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from index.features import DIMENSIONS, FEATURE_NAMES

Floats = NDArray[np.float64]

NO_GENRE_SHARE = 0.02
"""Tracks without a genre; they sound like any genre."""
_EXPONENT, _TAIL = 0.6, 22.0
"""The genre of rank r holds a share of ``r^-exponent e^(-r / tail)``: 17 % down to 0.006 %."""


@dataclass(frozen=True, slots=True)
class GenreTable:
    """What is known of each genre, the largest first.

    Sounds are normal scores of the features: ``quantiles`` lead from a score to a feature.
    """

    names: tuple[str, ...]
    shares: Floats
    means: Floats
    """(genres, 8)."""
    roots: Floats
    """(genres, 8, 8) lower triangular roots of the covariances."""
    scores: Floats
    quantiles: Floats
    """(8, scores) the feature at each of ``scores``, ascending."""


@cache
def genre_table() -> GenreTable:
    """Read the committed table."""
    table = orjson.loads((Path(__file__).parent / "genres.json").read_bytes())
    if tuple(table["features"]) != FEATURE_NAMES:
        raise ValueError("genres.json has other features than Segue")
    ranks = np.arange(1, len(table["genres"]) + 1)
    sizes = ranks**-_EXPONENT * np.exp(-ranks / _TAIL)

    return GenreTable(
        names=tuple(genre["name"] for genre in table["genres"]),
        shares=sizes / sizes.sum() * (1 - NO_GENRE_SHARE),
        means=np.array([genre["means"] for genre in table["genres"]]),
        roots=np.array([_root(genre["covariances"]) for genre in table["genres"]]),
        scores=np.array(table["scores"]),
        quantiles=np.array([table["quantiles"][name] for name in FEATURE_NAMES]),
    )


def _root(triangle: list[float]) -> Floats:
    covariance = np.zeros((DIMENSIONS, DIMENSIONS))
    covariance[np.tril_indices(DIMENSIONS)] = triangle
    covariance = covariance + np.tril(covariance, -1).T
    # Rounding may have made it a little indefinite.
    values, vectors = np.linalg.eigh(covariance)
    whole = (vectors * np.maximum(values, 1e-4)) @ vectors.T
    return np.asarray(np.linalg.cholesky(whole), np.float64)


def genre_sizes(tracks: int) -> NDArray[np.int64]:
    """Return how many of ``tracks`` each genre holds; the rest have none."""
    ends = np.round(np.cumsum(genre_table().shares) * tracks).astype(np.int64)
    return np.diff(ends, prepend=0)
