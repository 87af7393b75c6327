"""What a generation must be able to do before it is served: find its own tracks."""

import numpy as np

from index.ann import COSINE_ERROR
from index.manifest import DamagedGeneration
from index.snapshot import Snapshot

SAMPLES = 100
_K = 10


def check_recall(snapshot: Snapshot) -> None:
    """Search for up to `SAMPLES` tracks by their own vectors; raise `DamagedGeneration`.

    Each must be among the best, unless that many others are just as near: duplicates.
    """
    n = len(snapshot.track_ids)
    if len(snapshot.ann) != n or len(snapshot.cards) != n:
        raise DamagedGeneration(f"generation {snapshot.generation}: its files do not fit together")

    for row in np.unique(np.linspace(0, n - 1, min(n, SAMPLES)).astype(np.int64)).tolist():
        if not _finds_itself(snapshot, row):
            raise DamagedGeneration(
                f"generation {snapshot.generation}: track {snapshot.track_ids[row]} is not found"
            )


def _finds_itself(snapshot: Snapshot, row: int) -> bool:
    vector = snapshot.vectors[row]
    if not vector.any():
        return True
    rows, cosines = snapshot.ann.search(vector, _K)
    if not len(rows) or rows.max() >= len(snapshot.track_ids):
        return False

    right = np.abs(snapshot.vectors[rows] @ vector - cosines) <= COSINE_ERROR
    itself_or_duplicates = row in rows or bool((cosines >= 1 - COSINE_ERROR).all())
    return bool(right.all()) and itself_or_duplicates
