"""The index that requests read: a snapshot plus the changes since, as one immutable value."""

from index.live.delta import Changes, Delta, apply
from index.live.live_index import History, LiveIndex, TrackTable
from index.live.lookups import (
    genre_slice,
    rows_of_artist,
    rows_of_artist_key,
    rows_of_genre,
    sample_of,
)
from index.live.totals import Totals, live_totals
from index.live.trending_counts import Counts, contains

__all__ = [
    "Changes",
    "Counts",
    "Delta",
    "History",
    "LiveIndex",
    "Totals",
    "TrackTable",
    "apply",
    "contains",
    "genre_slice",
    "live_totals",
    "rows_of_artist",
    "rows_of_artist_key",
    "rows_of_genre",
    "sample_of",
]
