"""What may be recommended at all: filters as people say them, and as a search applies them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.features import DIMENSIONS, FEATURE_NAMES
from index.live import LiveIndex
from index.retrieval.card_numbers import DURATION, YEAR, outside_rows
from index.row_sets import distinct

_NO_ROWS = np.empty(0, dtype=np.int64)
_NO_RANGES = np.empty((0, DIMENSIONS), dtype=np.float64)

Bounds = tuple[float | None, float | None]
OPEN: Bounds = (None, None)


@dataclass(frozen=True, slots=True)
class Filters:
    """By name and id. A track must pass all of them."""

    genres: tuple[str, ...] = ()
    """Any of these, however they are written; none for every genre."""
    minimum: Mapping[str, float] = field(default_factory=dict)
    """Least value by feature name, in its own unit. An unknown value passes no limit."""
    maximum: Mapping[str, float] = field(default_factory=dict)
    """Greatest value by feature name."""
    excluded_track_ids: Sequence[int] | NDArray[np.int64] = ()
    """Never these; ids that nobody knows are passed over."""
    duration: Bounds = OPEN
    """Least and greatest length in seconds."""
    year: Bounds = OPEN
    """First and last year of release."""

    def __bool__(self) -> bool:
        """Tell whether anything is filtered."""
        named = self.genres or self.minimum or self.maximum or len(self.excluded_track_ids) > 0
        return bool(named) or self.duration != OPEN or self.year != OPEN


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Filters in the terms of one live index."""

    codes: tuple[int, ...] | None = None
    """Genre codes that may come; None for all."""
    ranges: NDArray[np.float64] = field(default_factory=lambda: _NO_RANGES)
    """(2, 8) least and greatest raw values, infinite where open; (0, 8) for no limits."""
    excluded: NDArray[np.int64] = field(default_factory=lambda: _NO_ROWS)
    """Rows that may not come, ascending, each once."""


NO_LIMITS = Limits()


def resolve(live: LiveIndex, filters: Filters | Limits) -> Limits:
    """Return ``filters`` in codes, numbers and rows of ``live``; limits are as they are."""
    if isinstance(filters, Limits):
        return filters
    if not filters:
        return NO_LIMITS
    found = (live.genre_code(name) for name in filters.genres)
    codes = tuple(dict.fromkeys(code for code in found if code is not None))

    return Limits(
        codes=codes if filters.genres else None,
        ranges=_ranges(filters.minimum, filters.maximum),
        excluded=_excluded(live, filters),
    )


def _excluded(live: LiveIndex, filters: Filters) -> NDArray[np.int64]:
    """Return the rows of excluded tracks, and of those outside of the lengths and years."""
    excluded = rows_of(live, filters.excluded_track_ids)
    for name, bounds in ((DURATION, filters.duration), (YEAR, filters.year)):
        if bounds != OPEN:
            excluded = np.union1d(excluded, outside_rows(live, name, *bounds))
    return excluded


def rows_of(live: LiveIndex, track_ids: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the live rows of ``track_ids``, ascending, each once, without unknown ids."""
    if not len(track_ids):
        return _NO_ROWS
    rows = live.rows_of(np.asarray(track_ids, dtype=np.int64))
    return distinct(rows[rows >= 0])


def outside(features: NDArray[np.float64], ranges: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which of the raw ``features`` (n, 8) break ``ranges``."""
    if not len(ranges):
        return np.zeros(len(features), dtype=np.bool_)
    return kernels.outside(features, ranges)


def _ranges(minimum: Mapping[str, float], maximum: Mapping[str, float]) -> NDArray[np.float64]:
    if not minimum and not maximum:
        return _NO_RANGES
    ranges = np.empty((2, DIMENSIONS), dtype=np.float64)
    ranges[0], ranges[1] = -np.inf, np.inf
    for side, limits in enumerate((minimum, maximum)):
        for name, value in limits.items():
            ranges[side, FEATURE_NAMES.index(name)] = value
    return ranges
