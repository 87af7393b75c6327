"""Nearest vectors by inner product. The only file that imports FAISS.

The index is flat: it compares with every vector and errs by float32 rounding alone. Tree
searches are quicker (`index.snapshot.forest`). FAISS, which shares no code with them, checks them
when a generation is built and before it is served.
"""

from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.features import DIMENSIONS

COSINE_ERROR = 4e-6
"""Bound on what float32 storage and arithmetic can change in a cosine of 8 terms."""

# FAISS trusts the sizes in its files up to 1 TB, and starts a thread per core per process.
faiss.set_deserialization_vector_byte_limit(8 << 30)
faiss.set_deserialization_loop_limit(1 << 24)
faiss.omp_set_num_threads(1)


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """A FAISS index that is only ever read; safe for concurrent searches."""

    index: faiss.Index

    def __len__(self) -> int:
        return int(self.index.ntotal)

    def search(
        self, query: NDArray[np.float64], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return rows and approximate cosines of the ``k`` rows nearest to ``query`` (8,).

        Best first; fewer than ``k`` where the index holds fewer.
        """
        k = min(k, len(self))
        if k <= 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64)

        cosines, rows = self.index.search(query.astype(np.float32).reshape(1, DIMENSIONS), k)
        # FAISS pads with row -1, which Python would take for the last row.
        found = rows[0] >= 0
        return rows[0][found], cosines[0][found].astype(np.float64)


def build_index(vectors: NDArray[np.float64]) -> VectorIndex:
    """Index ``vectors`` (n, 8), which must be finite: FAISS would never find the others again."""
    if not np.isfinite(vectors).all():
        raise ValueError("vectors must be finite")

    index = faiss.IndexFlatIP(DIMENSIONS)
    index.add(vectors.astype(np.float32))
    return VectorIndex(index)


def write_index(index: VectorIndex, path: Path) -> None:
    """Write ``index`` to ``path``."""
    faiss.write_index(index.index, str(path))


def read_index(path: Path) -> VectorIndex:
    """Map what `write_index` wrote: all workers of a machine share its memory.

    Verify the file's hash first: FAISS files carry none.
    """
    index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    if index.d != DIMENSIONS or index.metric_type != faiss.METRIC_INNER_PRODUCT:
        raise ValueError(f"{path.name} is not an inner-product index over {DIMENSIONS} dimensions")

    return VectorIndex(index)
