"""What a generation must be able to do before it is served: find what FAISS finds."""

import numpy as np

from index import kernels
from index.features import DIMENSIONS
from index.kernels import Search
from index.kernels.tree_search import MARGIN
from index.snapshot import COSINE_ERROR, Snapshot
from index.storage import DamagedGeneration

SAMPLES = 100
LARGE_ROWS = 200_000
LARGE_SAMPLES = 20
"""Of more rows than that: FAISS looks at every one."""
_K = 10

_ALL_TRACKS = np.zeros(1, dtype=np.int64)
_NOBODY = np.zeros(0, dtype=np.bool_)
_NOTHING = np.zeros(0, dtype=np.int64)
_NO_SCORES = np.zeros(0, dtype=np.float64)
_NO_RANGES = np.zeros((0, DIMENSIONS), dtype=np.float64)


def check_recall(snapshot: Snapshot) -> None:
    """Search for some tracks by their own vectors; raise `DamagedGeneration`.

    The trees must find what FAISS finds, and each track must be among its own nearest unless that
    many others are just as near: duplicates.
    """
    n = len(snapshot.track_ids)
    if len(snapshot.ann) != n or len(snapshot.cards) != n:
        raise DamagedGeneration(f"generation {snapshot.generation}: its files do not fit together")

    samples = min(n, SAMPLES if n <= LARGE_ROWS else LARGE_SAMPLES)
    for row in np.unique(np.linspace(0, n - 1, samples).astype(np.int64)).tolist():
        if not _finds_itself(snapshot, row):
            raise DamagedGeneration(
                f"generation {snapshot.generation}: track {snapshot.track_ids[row]} is not found"
            )


def _finds_itself(snapshot: Snapshot, row: int) -> bool:
    vector = snapshot.vectors[row]
    if not vector.any():
        return True
    near, cosines = snapshot.ann.search(vector, _K)
    if not len(near) or near.max() >= len(snapshot.track_ids):
        return False

    prepared = snapshot.scorings["similar"].prepared
    search = Search(vector, 1.0, _NOTHING, 1.0, _NOTHING, _NO_RANGES, _NOTHING, _NOBODY)
    rows, scores = kernels.search_trees(prepared, search, _ALL_TRACKS, len(near), _NO_SCORES)
    agree = len(rows) == len(near) and np.abs(2 * scores - 1 - cosines).max() <= MARGIN
    itself_or_duplicates = row in rows or bool((cosines >= 1 - COSINE_ERROR).all())
    return bool(agree) and itself_or_duplicates
