"""Nearest vectors by inner product. The only file that imports FAISS.

Up to `FLAT_ROWS` rows the index is flat, so exact but for float32 rounding (see
`COSINE_ERROR`). Above, it is an inverted file whose number of probed lists is calibrated at build
time against the flat answer and kept beside the index.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.features import DIMENSIONS

FLAT_ROWS = 262_144
COSINE_ERROR = 4e-6
"""Bound on what float32 storage and arithmetic can change in a cosine of 8 terms."""
TARGET_RECALL = 0.9995
_CALIBRATION_K = 100
_CALIBRATION_QUERIES = 256
_TRAINING_ROWS_PER_LIST = 64
SEED = 1234

# FAISS trusts the sizes in its files up to 1 TB, and starts a thread per core per process.
faiss.set_deserialization_vector_byte_limit(8 << 30)
faiss.set_deserialization_loop_limit(1 << 24)
faiss.omp_set_num_threads(1)


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """A FAISS index that is only ever read; safe for concurrent searches."""

    index: faiss.Index
    probes: int
    """Lists that a search visits; 0 for a flat index."""

    def __len__(self) -> int:
        return int(self.index.ntotal)

    @property
    def exact(self) -> bool:
        """Whether a search misses nothing but for float32 rounding."""
        return self.probes == 0

    def search(
        self, query: NDArray[np.float64], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return rows and approximate cosines of the ``k`` rows nearest to ``query`` (8,).

        Best first; fewer than ``k`` where the index (or the lists it probes) hold fewer.
        """
        k = min(k, len(self))
        if k <= 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64)

        batch = query.astype(np.float32).reshape(1, DIMENSIONS)
        # Parameters travel with the call: the index itself is shared by every request.
        if self.exact:
            cosines, rows = self.index.search(batch, k)
        else:
            cosines, rows = self.index.search(batch, k, params=_visiting(self.probes))

        # FAISS pads with row -1, which Python would take for the last row.
        found = rows[0] >= 0
        return rows[0][found], cosines[0][found].astype(np.float64)


@dataclass(frozen=True, slots=True)
class Built:
    """A new index and what its calibration measured."""

    index: VectorIndex
    recall: float
    """Share of the exact 100 nearest that a search finds; 1 for a flat index."""


def build_index(vectors: NDArray[np.float64], *, flat_rows: int = FLAT_ROWS) -> Built:
    """Index ``vectors`` (n, 8), which must be finite: FAISS would never find the others again."""
    if not np.isfinite(vectors).all():
        raise ValueError("vectors must be finite")

    exact = faiss.IndexFlatIP(DIMENSIONS)
    exact.add(vectors.astype(np.float32))
    if len(vectors) <= flat_rows:
        return Built(VectorIndex(exact, probes=0), recall=1.0)
    return _build_inverted(vectors.astype(np.float32), exact)


def _build_inverted(vectors: NDArray[np.float32], exact: faiss.Index) -> Built:
    lists = 2 ** round(math.log2(4 * math.sqrt(len(vectors))))
    generator = np.random.default_rng(SEED)
    trained_on = min(len(vectors), lists * _TRAINING_ROWS_PER_LIST)
    sample = vectors[np.sort(generator.choice(len(vectors), trained_on, replace=False))]

    inverted = faiss.IndexIVFFlat(
        faiss.IndexFlatIP(DIMENSIONS), DIMENSIONS, lists, faiss.METRIC_INNER_PRODUCT
    )
    inverted.cp.seed = SEED
    inverted.train(sample)
    inverted.add(vectors)

    picked = generator.choice(len(vectors), _CALIBRATION_QUERIES, replace=False)
    return _calibrated(inverted, exact, vectors[np.sort(picked)])


def _calibrated(
    inverted: faiss.IndexIVFFlat, exact: faiss.Index, queries: NDArray[np.float32]
) -> Built:
    """Double the probed lists until the recall is met; all lists are exact, so it ends."""
    worst = exact.search(queries, _CALIBRATION_K)[0][:, -1:]
    probes = 8
    while True:
        found = inverted.search(queries, _CALIBRATION_K, params=_visiting(probes))[0]
        # By score, not by row: duplicates may stand in for each other.
        recall = float((found >= worst - COSINE_ERROR).mean())
        if recall >= TARGET_RECALL or probes >= inverted.nlist:
            inverted.nprobe = probes  # so that the file remembers; searches pass their own
            return Built(VectorIndex(inverted, probes), recall)
        probes = min(2 * probes, inverted.nlist)


def _visiting(probes: int) -> faiss.SearchParametersIVF:
    parameters = faiss.SearchParametersIVF()
    parameters.nprobe = probes

    return parameters


def write_index(index: VectorIndex, path: Path) -> None:
    """Write ``index`` to ``path``."""
    faiss.write_index(index.index, str(path))


def read_index(path: Path) -> VectorIndex:
    """Read what `write_index` wrote. Verify the file's hash first: FAISS files carry none."""
    index = faiss.read_index(str(path))
    if index.d != DIMENSIONS or index.metric_type != faiss.METRIC_INNER_PRODUCT:
        raise ValueError(f"{path.name} is not an inner-product index over {DIMENSIONS} dimensions")

    return VectorIndex(index, probes=getattr(index, "nprobe", 0))
