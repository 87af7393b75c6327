"""Numba loops and nothing else.

Signatures are explicit, so that no request ever waits for a compiler, and inputs are declared
read-only, so that memory-mapped arrays fit. Each kernel has a slow NumPy twin in
`tests/index/reference.py`. Indices are not checked here: callers own the shapes.

`base.sound_of` and `base.signals_of` make every score of the engine, in one order of operations:
equal vectors get scores that are equal bit by bit, whichever kernel meets them.
"""

import numpy as np
from numpy.typing import NDArray

from index.kernels.cache import complete_folder

with complete_folder():
    from index.kernels import gathering as gathering
    from index.kernels import inverted_index as inverted_index
    from index.kernels import tree_build as tree_build
    from index.kernels.blend_scan import noise, top_blend
    from index.kernels.candidates import latest_of, reach_signals, rows_of_groups, spread, sums_of
    from index.kernels.chains import chain
    from index.kernels.counting import count_listeners
    from index.kernels.delta_scan import merge_delta, pack_blocks
    from index.kernels.diversify import distinct_songs, select_diverse
    from index.kernels.item_item import cosine_neighbours, ease_weights, strongest
    from index.kernels.item_json import write_items
    from index.kernels.profile import taste
    from index.kernels.scan import first_of, outside, top_counts, top_scores, top_signals
    from index.kernels.score_parts import parts_of
    from index.kernels.top_k import merged, partial_scores, top_k_of_partial, union
    from index.kernels.tree_search import search_trees

__all__ = [
    "chain",
    "cosine_neighbours",
    "count_listeners",
    "distinct_songs",
    "ease_weights",
    "first_of",
    "latest_of",
    "merge_delta",
    "merged",
    "noise",
    "outside",
    "pack_blocks",
    "partial_scores",
    "parts_of",
    "reach_signals",
    "rows_of_groups",
    "search_trees",
    "select_diverse",
    "spread",
    "strongest",
    "sums_of",
    "taste",
    "top_blend",
    "top_counts",
    "top_k_of_partial",
    "top_scores",
    "top_signals",
    "union",
    "warm_up",
    "write_items",
]


def warm_up() -> None:
    """Run every kernel once, so that what is left of loading them happens before the first call."""
    vectors = np.eye(8, dtype=np.float64)[:2].copy()
    ids = np.arange(2, dtype=np.int64)
    codes = np.zeros(2, dtype=np.int32)
    ones = np.ones(2, dtype=np.float64)
    nobody, nothing = np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.int64)
    weights = np.ones(3, dtype=np.float64)

    top_scores(
        vectors,
        ids,
        codes,
        ones,
        ones,
        nobody,
        nothing,
        vectors[0],
        ones,
        weights,
        ones[:0],
        0,
        2,
        1,
    )
    top_counts(ones, ids, nobody, nothing, 0, 2, 1)
    top_signals(ones, ones, weights, ids, 1)
    first_of(ids, ones, nobody, nothing, nothing, 0, 2, 1)
    outside(vectors, vectors)
    distinct_songs(ids, nothing, 1)
    select_diverse(vectors, ones, ids, ids, ids, ids, 1, 0.5, 1, 1, 10, 1, 1, True)
    taste(vectors, codes, ones, 1, 0.0)
    _warm_up_blend(vectors, codes, ids, ones)
    chain(ids - 1, 1)
    text, offsets = np.zeros(8, dtype=np.uint8), np.zeros(14, dtype=np.int64)
    write_items(text, offsets, text, text, offsets, text, nothing, ones, vectors, text, offsets)
    _warm_up_search()


def _warm_up_blend(
    vectors: NDArray[np.float64],
    codes: NDArray[np.int32],
    ids: NDArray[np.int64],
    ones: NDArray[np.float64],
) -> None:
    nobody, targets = np.zeros(0, dtype=np.bool_), np.zeros((3, 8), dtype=np.float64)
    noise(1, ids)
    top_blend(
        *(vectors, vectors, ids, codes, ones, nobody, ids[:0]),
        *(vectors[0], ones, ones, targets, 0.0, 1, 0, 2, 1),
    )


def _warm_up_search() -> None:
    entries, offsets = np.array([0, -1, -1, -1, -1], dtype=np.int32), np.array([0, 5])
    rows, ids = np.zeros(1, dtype=np.int32), np.zeros(1, dtype=np.int64)
    counts = inverted_index.count_words(entries, 1)
    posted, _ = inverted_index.fill_postings(entries, offsets, rows, counts)
    inverted_index.compare_names(entries, offsets, rows, ids, 0, ids, 0, 1)
    inverted_index.find_phrase(entries, offsets, rows, ids, ids, 0, 1)
    inverted_index.keep_common(ids, np.zeros(1, dtype=np.int8), posted)
