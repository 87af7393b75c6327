"""Plain nearest neighbours by well-known libraries, each over a range of settings."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import faiss
import hnswlib
import numpy as np
import voyager
from numpy.typing import NDArray
from usearch.index import Index

Vectors = NDArray[np.float32]

GRAPHS = {f"M={m}, efConstruction={ef}": (m, ef) for m, ef in ((16, 200), (24, 100), (32, 200))}
LISTS = {f"{count} lists": count for count in (1024, 4096)}
"""Of a million vectors; fewer of fewer."""
WIDTHS = (20, 25, 30, 35, 40, 50, 60, 80, 120, 200)


@dataclass(frozen=True, slots=True)
class Library:
    """A library's index, how it may be built, and how it may be searched."""

    name: str
    parameter: str
    settings: Sequence[int]
    builds: Mapping[str, Any]
    build: Callable[[Vectors, Any], Any]
    search: Callable[[Any, Vectors, int, int, int], Any]
    """(index, vectors, k, setting, row of the query) -> rows."""


def _faiss_hnsw(vectors: Vectors, graph: tuple[int, int]) -> Any:
    links, construction = graph
    index = faiss.IndexHNSWFlat(vectors.shape[1], links, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = construction
    _with_all_cores(lambda: index.add(vectors))
    return index


def _search_faiss_hnsw(index: Any, vectors: Vectors, k: int, setting: int, row: int) -> Any:
    parameters = faiss.SearchParametersHNSW()  # type: ignore[attr-defined]
    parameters.efSearch = setting
    return index.search(vectors[row : row + 1], k, params=parameters)[1][0]


def _faiss_ivf(vectors: Vectors, lists: int) -> Any:
    lists = min(lists, max(len(vectors) // 64, 1))
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


def _hnswlib(vectors: Vectors, graph: tuple[int, int]) -> Any:
    links, construction = graph
    index = hnswlib.Index("ip", vectors.shape[1])
    index.init_index(len(vectors), M=links, ef_construction=construction, random_seed=1)
    index.add_items(vectors)
    index.set_num_threads(1)
    return index


def _search_hnswlib(index: Any, vectors: Vectors, k: int, setting: int, row: int) -> Any:
    index.set_ef(max(setting, k))
    return index.knn_query(vectors[row], k)[0][0]


def _usearch(vectors: Vectors, graph: tuple[int, int]) -> Any:
    links, construction = graph
    index = Index(
        ndim=vectors.shape[1],
        metric="ip",
        dtype="f32",
        connectivity=links,
        expansion_add=construction,
    )
    index.add(np.arange(len(vectors)), vectors)
    return index


def _search_usearch(index: Any, vectors: Vectors, k: int, setting: int, row: int) -> Any:
    index.expansion_search = setting
    return index.search(vectors[row], k, threads=1).keys.astype(np.int64)


def _voyager(vectors: Vectors, graph: tuple[int, int]) -> Any:
    links, construction = graph
    index = voyager.Index(
        voyager.Space.InnerProduct, vectors.shape[1], M=links, ef_construction=construction
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


LIBRARIES = (
    Library("FAISS IVF", "nprobe", (8, 16, 24, 32, 48, 64), LISTS, _faiss_ivf, _search_faiss_ivf),
    Library("FAISS HNSW", "efSearch", WIDTHS, GRAPHS, _faiss_hnsw, _search_faiss_hnsw),
    Library("hnswlib", "ef", WIDTHS, GRAPHS, _hnswlib, _search_hnswlib),
    Library("usearch", "expansion", WIDTHS, GRAPHS, _usearch, _search_usearch),
    Library("voyager", "ef", WIDTHS, GRAPHS, _voyager, _search_voyager),
)
