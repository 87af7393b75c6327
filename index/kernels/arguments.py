"""What kernels are called with: named groups of arrays and numbers.

A group that lives as long as a generation is prepared once: Numba takes .2 us for each array that
it is handed, and .7 us for a prepared group of a dozen.

In all shapes ``d`` is the number of coordinates of a vector, ``f`` that of features.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import float64, int32, types, uint8, uint16
from numba.experimental import structref
from numpy.typing import NDArray

from index.kernels.compile import (
    CODES,
    FLAGS,
    FLOATS,
    FLOATS_2D,
    INTS,
    SINGLES,
    Floats,
    Ints,
    array_of,
    group_of,
    kernel,
)


class Tracks(NamedTuple):
    """Columns of the same n tracks. They never change while a generation, or a delta, lives."""

    vectors: Floats
    """(n, d) of at most unit length."""
    track_ids: Ints
    """(n,) ids: of equal scores that of the lower id comes first."""
    genre_codes: NDArray[np.int32]
    """(n,) 0 for no genre."""
    static: Floats
    """(n,) the part of each score that no request changes; (0,) where it is 0 for all."""
    features: Floats
    """(n, f) raw values, NaN where unknown."""


class Trees(NamedTuple):
    """A forest over tracks; see `index.snapshot.forest.Forest` for its contents."""

    leaf_rows: NDArray[np.int32]
    """(leaves * LANES,) row of each lane, -1 where it is empty."""
    leaves: NDArray[np.uint8]
    """(leaves * LEAF_BYTES,) quantised vectors, leaf by leaf."""
    groups: NDArray[np.uint16]
    """(groups * 2 * d * BOXES,) lows and highs of sibling boxes, group by group."""
    records: Ints
    """(trees * RECORD,) a `TREE` record for each tree."""
    static: NDArray[np.float32]
    """(leaves * LANES,) static score of each lane; of one leaf where it is 0 for all."""
    max_static: NDArray[np.float32]
    """(groups * BOXES,) greatest static score in each box; of one group where it is 0 for all."""


class Search(NamedTuple):
    """What tracks are scored against, and which of them may be in the list.

    score = audio_weight * boost * (1 + cos) / 2 + static,   boost = bonus or 1
    """

    vector: Floats
    """(d,) of at most unit length."""
    audio_weight: float
    boosted: Ints
    """Codes of the genres whose boost is ``bonus``; that of all others is 1."""
    bonus: float
    """At least 1."""
    allowed: Ints
    """Codes of the genres that may come; empty for all."""
    ranges: Floats
    """(2, f) least and greatest raw value of each feature, infinite where open; (0, f) for none."""
    excluded: Ints
    """Rows to leave out, ascending, each once."""
    deleted: NDArray[np.bool_]
    """(n,) rows that are gone; (0,) if none is."""


TRACKS = group_of(Tracks, FLOATS_2D, INTS, CODES, FLOATS, FLOATS_2D)
TREES = group_of(Trees, array_of(int32), array_of(uint8), array_of(uint16), INTS, SINGLES, SINGLES)
SEARCH = group_of(Search, FLOATS, float64, INTS, float64, INTS, FLOATS_2D, INTS, FLAGS)


@structref.register
class _PreparedType(types.StructRef):
    """The type of `Prepared` in kernels."""


class Prepared(structref.StructRefProxy):
    """Tracks and their trees, handed to kernels as one argument."""


_define_boxing: Any = structref.define_boxing  # numba is untyped
_prepared_type: Any = _PreparedType
_define_boxing(_PreparedType, Prepared)
PREPARED = _prepared_type((("tracks", TRACKS), ("trees", TREES)))


@kernel(PREPARED(TRACKS, TREES))
def prepare(tracks: Tracks, trees: Trees) -> Prepared:
    """Return ``tracks`` and ``trees`` as one argument; it keeps their arrays alive."""
    prepared: Any = structref.new(PREPARED)
    prepared.tracks = tracks
    prepared.trees = trees
    return prepared


def no_trees() -> Trees:
    """Return the trees of tracks that are only scanned."""
    kinds = (np.int32, np.uint8, np.uint16, np.int64, np.float32, np.float32)
    return Trees(*(np.empty(0, dtype=kind) for kind in kinds))
