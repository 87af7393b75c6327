"""Plain nearest neighbours by well-known libraries, each over a range of settings."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import faiss
import hnswlib
import numpy as np
import voyager
from numpy.typing import NDArray
from usearch.index import Index

Vectors = NDArray[np.float32]

LINKS, CONSTRUCTION = 24, 100
"""M and efConstruction of every graph. Tried with hnswlib on 100,000 tracks: 12 and 200, 16 and 60,
16 and 200, 32 and 200; these answer soonest at the recall that is asked for in 8 dimensions."""
WIDTHS = (20, 25, 30, 35, 40, 50, 60, 80, 120, 200)


@dataclass(frozen=True, slots=True)
class Rival:
    """A library's index and how to search it."""

    name: str
    parameter: str
    settings: Sequence[int]
    build: Callable[[Vectors], Any]
    search: Callable[[Any, Vectors, int, int, int], Any]
    """(index, vectors, k, setting, row of the query) -> rows."""


def _faiss_hnsw(vectors: Vectors) -> Any:
    index = faiss.IndexHNSWFlat(vectors.shape[1], LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = CONSTRUCTION
    _with_all_cores(lambda: index.add(vectors))
    return index


def _search_faiss_hnsw(index: Any, vectors: Vectors, k: int, setting: int, row: int) -> Any:
    parameters = faiss.SearchParametersHNSW()  # type: ignore[attr-defined]
    parameters.efSearch = setting
    return index.search(vectors[row : row + 1], k, params=parameters)[1][0]


def _faiss_ivf(vectors: Vectors) -> Any:
    lists = min(4096, max(len(vectors) // 64, 1))
    index = faiss.IndexIVFFlat(
        faiss.IndexFlatIP(vectors.shape[1]), vectors.shape[1], lists, faiss.METRIC_INNER_PRODUCT
    )

    def fill() -> None:
        index.train(vectors[:: max(len(vectors) // (64 * lists), 1)])
        index.add(vectors)

    _with_all_cores(fill)
    return index


def _search_faiss_ivf(index: Any, vectors: Vectors, k: int, setting: int, row: int) -> Any:
    parameters = faiss.SearchParametersIVF()
    parameters.nprobe = setting
    return index.search(vectors[row : row + 1], k, params=parameters)[1][0]


def _hnswlib(vectors: Vectors) -> Any:
    index = hnswlib.Index("ip", vectors.shape[1])
    index.init_index(len(vectors), M=LINKS, ef_construction=CONSTRUCTION, random_seed=1)
    index.add_items(vectors)
    index.set_num_threads(1)
    return index


def _search_hnswlib(index: Any, vectors: Vectors, k: int, setting: int, row: int) -> Any:
    index.set_ef(max(setting, k))
    return index.knn_query(vectors[row], k)[0][0]


def _usearch(vectors: Vectors) -> Any:
    index = Index(
        ndim=vectors.shape[1],
        metric="ip",
        dtype="f32",
        connectivity=LINKS,
        expansion_add=CONSTRUCTION,
    )
    index.add(np.arange(len(vectors)), vectors)
    return index


def _search_usearch(index: Any, vectors: Vectors, k: int, setting: int, row: int) -> Any:
    index.expansion_search = setting
    return index.search(vectors[row], k, threads=1).keys.astype(np.int64)


def _voyager(vectors: Vectors) -> Any:
    index = voyager.Index(
        voyager.Space.InnerProduct, vectors.shape[1], M=LINKS, ef_construction=CONSTRUCTION
    )
    index.add_items(vectors)
    return index


def _search_voyager(index: Any, vectors: Vectors, k: int, setting: int, row: int) -> Any:
    found = index.query(vectors[row], k, num_threads=1, query_ef=max(setting, k))[0]
    return found.astype(np.int64)


def _with_all_cores(work: Callable[[], None]) -> None:
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    try:
        work()
    finally:
        faiss.omp_set_num_threads(1)


RIVALS = (
    Rival("FAISS IVF", "nprobe", (8, 16, 24, 32, 48, 64), _faiss_ivf, _search_faiss_ivf),
    Rival("FAISS HNSW", "efSearch", WIDTHS, _faiss_hnsw, _search_faiss_hnsw),
    Rival("hnswlib", "ef", WIDTHS, _hnswlib, _search_hnswlib),
    Rival("usearch", "expansion", WIDTHS, _usearch, _search_usearch),
    Rival("voyager", "ef", WIDTHS, _voyager, _search_voyager),
)
