"""From raw features to unit vectors: imputation, scaling by rank and by value, weighting.

The scaler is fitted once per build and kept in the snapshot; tracks that arrive later use that
fit. Every step works row by row in one fixed order of operations, so equal features give vectors
that are equal bit by bit, in a build of a million rows as in a single new track.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.features import DIMENSIONS, FEATURES, Feature

LOWEST_SHARE = 0.001
"""Mid-ranks are clipped to ``LOWEST_SHARE .. 1 - LOWEST_SHARE``, about 3.09 standard deviations."""
ROUNDING = 1e-9

SCALER_ARRAYS = tuple(
    f"scaler_{kind}_{feature.name}" for kind in ("values", "scores") for feature in FEATURES
)
_ROOT_WEIGHTS = np.sqrt([feature.weight for feature in FEATURES])
_TYPICAL = np.array([sum(feature.typical) / 2 for feature in FEATURES])
_PRIOR_KNOTS = 101


@dataclass(frozen=True, slots=True)
class Scaler:
    """Spreads each feature by rank and by value, as far as its ``evenly`` says.

        score = evenly * ndtri(mid-rank) + (1 - evenly) * (value - mean) / deviation

    where values are clipped, mean and deviation taken, within the mid-ranks of `LOWEST_SHARE`.
    ``values[j]`` are all known values of feature j, strictly ascending, and ``scores[j]`` their
    scores. For a feature that was never known they spread evenly over its typical range.
    """

    values: tuple[NDArray[np.float64], ...]
    scores: tuple[NDArray[np.float64], ...]

    @classmethod
    def fit(cls, raw: NDArray[np.float64]) -> "Scaler":
        """Fit to ``raw`` (n, 8) with NaN where unknown; mid-rank = (less + equal / 2) / n."""
        fits = [_fit_feature(raw[:, j], feature) for j, feature in enumerate(FEATURES)]

        return cls(tuple(values for values, _ in fits), tuple(scores for _, scores in fits))

    def transform(self, filled: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scores (n, 8) of ``filled`` (n, 8), which must not hold NaN.

        A value between two known ones is interpolated, one beyond them takes the outermost score.
        """
        if not np.isfinite(filled).all():
            raise ValueError("features must be finite: impute the unknown ones first")

        scaled = np.zeros(filled.shape, dtype=np.float64)
        for j, (values, scores) in enumerate(zip(self.values, self.scores, strict=True)):
            scaled[:, j] = np.interp(filled[:, j], values, scores)
        return scaled

    def to_arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return the fit as arrays by the names of `SCALER_ARRAYS`."""
        return dict(zip(SCALER_ARRAYS, (*self.values, *self.scores), strict=True))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.float64]]) -> "Scaler":
        """Return the fit that `to_arrays` wrote."""
        columns = [np.asarray(arrays[name]) for name in SCALER_ARRAYS]
        return cls(tuple(columns[:DIMENSIONS]), tuple(columns[DIMENSIONS:]))


def _fit_feature(
    column: NDArray[np.float64], feature: Feature
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # Only builds need it, and it would take a good part of the time a server needs to start.
    from scipy.special import ndtri

    known = column[~np.isnan(column)]
    if not len(known):
        # The first tracks of an empty catalogue are to differ before the first rebuild, too.
        known = np.linspace(*feature.typical, _PRIOR_KNOTS)

    values, counts = np.unique(known, return_counts=True)
    less = np.cumsum(counts) - counts
    shares = (less + counts / 2) / len(known)
    by_rank = ndtri(np.clip(shares, LOWEST_SHARE, 1 - LOWEST_SHARE))
    scores = feature.evenly * by_rank + (1 - feature.evenly) * _by_value(values, counts, shares)
    return values, np.asarray(scores, dtype=np.float64)


def _by_value(
    values: NDArray[np.float64], counts: NDArray[np.int64], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return standard scores of ascending values, outliers counted as the outermost others."""
    inner = values[(shares >= LOWEST_SHARE) & (shares <= 1 - LOWEST_SHARE)]
    clipped = np.clip(values, inner[0], inner[-1])
    total = counts.sum()
    away = clipped - (counts * clipped).sum() / total
    deviation = np.sqrt((counts * away * away).sum() / total)
    # What lies in the middle but for rounding lies in the middle.
    away[np.abs(away) <= ROUNDING * deviation] = 0.0
    return np.asarray(away / deviation if deviation > 0 else np.zeros_like(away))


def unit_rows(scaled: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scores (n, 8) times ``sqrt(weight)``, each row at unit length.

    The plain inner product of two such rows is their weighted cosine. A row of zeros stays zero.
    """
    weighted = scaled * _ROOT_WEIGHTS
    # Column by column: the sum must not depend on how many rows are worked on at once.
    squares = np.zeros(len(weighted), dtype=np.float64)
    for j in range(DIMENSIONS):
        squares += weighted[:, j] * weighted[:, j]
    norms = np.sqrt(squares)

    return np.ascontiguousarray(weighted / np.where(norms > 0, norms, 1.0)[:, None])


def weight_ratios(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what to multiply unit rows by so that features count by other ``weights`` (8,)."""
    return np.asarray(np.sqrt(weights) / _ROOT_WEIGHTS)


def reweighted(vectors: NDArray[np.float64], ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``vectors`` (n, 8) times ``ratios`` (8,), each at unit length again, or zero."""
    scaled = vectors * ratios
    norms = np.sqrt((scaled * scaled).sum(axis=1))
    return np.asarray(scaled / np.where(norms > 0, norms, 1.0)[:, None])


def genre_medians(
    raw: NDArray[np.float64], genre_codes: NDArray[np.int32], n_codes: int
) -> NDArray[np.float64]:
    """Return the median of each feature by genre code, (n_codes, 8), without any NaN.

    Row 0 ("no genre") holds the medians of the whole catalogue. A genre without a known value
    takes the catalogue's, a catalogue without one the middle of the feature's range.
    """
    medians = np.empty((n_codes, DIMENSIONS), dtype=np.float64)
    for j in range(DIMENSIONS):
        known = ~np.isnan(raw[:, j])
        values, codes = raw[known, j], genre_codes[known]
        everywhere = np.median(values) if len(values) else _TYPICAL[j]
        medians[:, j] = _grouped_medians(values, codes, n_codes, float(everywhere))
        medians[0, j] = everywhere
    return medians


def _grouped_medians(
    values: NDArray[np.float64], codes: NDArray[np.int32], n_codes: int, default: float
) -> NDArray[np.float64]:
    ordered = values[np.lexsort((values, codes))]
    counts = np.bincount(codes, minlength=n_codes)
    starts = np.cumsum(counts) - counts
    medians = np.full(n_codes, default, dtype=np.float64)

    filled = counts > 0
    low = ordered[(starts + (counts - 1) // 2)[filled]]
    high = ordered[(starts + counts // 2)[filled]]
    medians[filled] = (low + high) / 2
    return medians


def impute(
    raw: NDArray[np.float64], genre_codes: NDArray[np.int32], medians: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Fill unknown features by the median of the track's genre.

    Parameters
    ----------
    raw : (n, 8) raw features, NaN where unknown
    genre_codes : (n,) codes; one that ``medians`` does not know takes the catalogue's medians
    medians : (codes, 8) as `genre_medians` returns them

    Returns
    -------
    filled : (n, 8) without NaN
    imputed : (n,) bit j is set where feature j was filled in

    """
    unknown = np.isnan(raw)
    codes = np.where(genre_codes < len(medians), genre_codes, 0)
    filled = np.where(unknown, medians[codes], raw)

    return filled, np.packbits(unknown, axis=1, bitorder="little").reshape(-1)
