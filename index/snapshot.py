"""The frozen bundle that answers reads: one generation, memory-mapped, shared by all workers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.ann import VectorIndex
from index.cards import Cards
from index.catalogue import Watermark
from index.normalization import Scaler
from index.search import SearchIndex


@dataclass(frozen=True, slots=True)
class Genres:
    """The genres of a snapshot. Code 0 always means "no genre" and never earns a bonus."""

    names: tuple[str, ...]
    """Spelling shown to people, by code; ``names[0]`` is empty."""
    keys: tuple[str, ...]
    """Folded form that is compared, by code."""
    medians: NDArray[np.float64]
    """(codes, 8) raw feature medians; row 0 holds the medians of the whole catalogue."""
    offsets: NDArray[np.int64]
    """(codes + 1,) rows ``offsets[c]:offsets[c + 1]`` are the tracks of genre ``c``."""


@dataclass(frozen=True, slots=True)
class Histories:
    """Interactions of every listener as compressed rows, oldest first within a listener."""

    user_ids: NDArray[np.int64]
    """(u,) every user of the catalogue, ascending, those without interactions too."""
    offsets: NDArray[np.int64]
    """(u + 1,) events ``offsets[i]:offsets[i + 1]`` belong to ``user_ids[i]``."""
    rows: NDArray[np.int32]
    actions: NDArray[np.uint8]
    ratings: NDArray[np.uint8]
    listened: NDArray[np.float32]
    at: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One verified generation. ``row`` is a position in these arrays, never a ``track_id``.

    Rows are sorted by (genre code, track_id), so a genre is one contiguous slice.
    """

    generation: int
    database: str
    watermark: Watermark
    built_at: float
    """Seconds since 1970."""
    size_bytes: int
    track_ids: NDArray[np.int64]
    id_order: NDArray[np.int64]
    """Rows in ascending order of track_id, for look-ups by bisection."""
    vectors: NDArray[np.float64]
    """(n, 8) normalised features times sqrt(weight), unit length; a zero row where the norm is 0."""
    genre_codes: NDArray[np.int32]
    artist_keys: NDArray[np.int64]
    """Hash of the first artist's folded name; 0 where there is none."""
    imputed: NDArray[np.uint8]
    """Bit j is set where feature j was filled in."""
    popularity: NDArray[np.float64]
    """Signal in [0, 1]."""
    freshness: NDArray[np.float64]
    """Signal in [0, 1]."""
    trending: NDArray[np.float64]
    """(windows, n) decayed counts as of ``built_at``, by window of `index.trending.WINDOWS`."""
    genres: Genres
    histories: Histories
    scaler: Scaler
    ann: VectorIndex
    cards: Cards
    search: SearchIndex
