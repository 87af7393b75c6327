"""What one generation holds in memory: vectors, trees, orders, artists and histories."""

from index.snapshot.ann import COSINE_ERROR, build_index, write_index
from index.snapshot.bundle import (
    CARDS,
    GENRES,
    NO_ROW,
    SEARCH,
    TASTES,
    VECTORS,
    Snapshot,
    forest_array,
    open_snapshot,
)
from index.snapshot.forest import ARRAYS, FORESTS, build_forest
from index.snapshot.histories import Events, listeners, sorted_events
from index.snapshot.normalization import (
    Scaler,
    genre_medians,
    impute,
    reweighted,
    unit_rows,
    weight_ratios,
)
from index.snapshot.scoring import static_array

__all__ = [
    "ARRAYS",
    "CARDS",
    "COSINE_ERROR",
    "FORESTS",
    "GENRES",
    "NO_ROW",
    "SEARCH",
    "TASTES",
    "VECTORS",
    "Events",
    "Scaler",
    "Snapshot",
    "build_forest",
    "build_index",
    "forest_array",
    "genre_medians",
    "impute",
    "listeners",
    "open_snapshot",
    "reweighted",
    "sorted_events",
    "static_array",
    "unit_rows",
    "weight_ratios",
    "write_index",
]
