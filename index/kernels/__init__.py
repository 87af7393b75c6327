"""Numba loops and nothing else.

Signatures are explicit, so that no request ever waits for a compiler, and inputs are declared
read-only, so that memory-mapped arrays fit. The tests compare kernels, or the functions that call
them, with slow NumPy twins in `tests/index/reference.py`. Indices are not checked here: callers own
the shapes.

`index.kernels.score.score_of` makes the scores of all kernels, in one order of operations: equal
vectors get scores that are equal bit by bit, whichever kernel meets them.
"""

import numpy as np

from index.features import COORDINATES, DIMENSIONS
from index.kernels.cache import complete_folder

with complete_folder():
    from index.kernels import gathering as gathering
    from index.kernels import inverted_index as inverted_index
    from index.kernels import tree_build as tree_build
    from index.kernels.arguments import Prepared, Search, Tracks, Trees, no_trees, prepare
    from index.kernels.blend_scan import Wishes, noise, top_blend
    from index.kernels.candidates import latest_of, reach_signals, rows_of_groups, spread, sums_of
    from index.kernels.chains import chain
    from index.kernels.counting import count_listeners
    from index.kernels.delta_scan import merge_delta, pack_blocks
    from index.kernels.diversify import Policy, Pool, distinct_songs, select_diverse
    from index.kernels.item_item import cosine_neighbours, ease_weights, strongest
    from index.kernels.item_json import EncodedTracks, Words, write_items
    from index.kernels.profile import taste
    from index.kernels.scan import first_of, outside, top_scores, top_values
    from index.kernels.score_parts import sound_parts
    from index.kernels.top_k import (
        PartialScores,
        merged,
        partial_scores,
        top_k_of_partial,
        union,
    )
    from index.kernels.tree_search import search_trees

__all__ = [
    "EncodedTracks",
    "PartialScores",
    "Policy",
    "Pool",
    "Prepared",
    "Search",
    "Tracks",
    "Trees",
    "Wishes",
    "Words",
    "chain",
    "cosine_neighbours",
    "count_listeners",
    "distinct_songs",
    "ease_weights",
    "first_of",
    "latest_of",
    "merge_delta",
    "merged",
    "no_trees",
    "noise",
    "outside",
    "pack_blocks",
    "partial_scores",
    "prepare",
    "reach_signals",
    "rows_of_groups",
    "search_trees",
    "select_diverse",
    "sound_parts",
    "spread",
    "strongest",
    "sums_of",
    "taste",
    "top_blend",
    "top_k_of_partial",
    "top_scores",
    "top_values",
    "union",
    "warm_up",
    "write_items",
]


def warm_up() -> None:
    """Run every kernel once, so that what is left of loading them happens before the first call."""
    vectors = np.eye(COORDINATES, dtype=np.float64)[:2].copy()
    features = np.zeros((2, DIMENSIONS), dtype=np.float64)
    ids = np.arange(2, dtype=np.int64)
    codes = np.zeros(2, dtype=np.int32)
    ones = np.ones(2, dtype=np.float64)
    nobody, nothing = np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.int64)
    tracks = Tracks(vectors, ids, codes, ones, features)
    search = Search(vectors[0], 1.0, nothing, 1.0, nothing, features[:0], nothing, nobody)

    top_scores(tracks, search, ones[:0], 0, 0, 2, 1)
    top_blend(tracks, search, Wishes(ones, np.zeros((3, DIMENSIONS)), 0.0, 1), 0, 0, 2, 1)
    noise(1, ids)
    prepared = prepare(tracks, no_trees())
    sound_parts(prepared, prepared, search, ids)
    top_values(ones, ids, nobody, nothing, 0, 2, 1)
    first_of(ids, ones, nobody, nothing, 0, 2, 1)
    outside(features, features)
    distinct_songs(ids, nothing, 1)
    policy = Policy(0.5, 1, 1, 10, 1, 1)
    select_diverse(Pool(vectors, ones, ids, ids, ids), ids, policy, 1, True)
    taste(vectors, codes, ones, 1, 0.0)
    chain(ids - 1, 1)
    text, offsets = np.zeros(8, dtype=np.uint8), np.zeros(14, dtype=np.int64)
    encoded = EncodedTracks(text, offsets, text)
    write_items(encoded, encoded, nothing, ones, features, Words(text, offsets))
    _warm_up_search()


def _warm_up_search() -> None:
    entries, offsets = np.array([0, -1, -1, -1, -1], dtype=np.int32), np.array([0, 5])
    rows, ids = np.zeros(1, dtype=np.int32), np.zeros(1, dtype=np.int64)
    counts = inverted_index.count_words(entries, 1)
    posted, _ = inverted_index.fill_postings(entries, offsets, rows, counts)
    inverted_index.compare_names(entries, offsets, rows, ids, 0, ids, 0, 1)
    inverted_index.find_phrase(entries, offsets, rows, ids, ids, 0, 1)
    inverted_index.keep_common(ids, np.zeros(1, dtype=np.int8), posted)
