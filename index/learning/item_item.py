"""Lists -> which items stand side by side in them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.learning.preferences import Preferences
from index.storage import offsets_of

EASE_LAMBDA = 20.0
MOST_EASE_LISTS = 6_000
"""EASE inverts a matrix of lists by lists: 6,000 take 150 MB and some seconds."""
CANDIDATES = 2
"""So many times as many as are kept get weights by EASE: the nearest by cosine."""
MOST_ENTRIES, ENTRIES_PER_LIKE = 20_000_000, 30
"""The table holds so many neighbours in all, and so many for each song that somebody likes."""
MOST_NEIGHBOURS, LEAST_NEIGHBOURS = 100, 20
Method = Literal["none", "cosine", "ease"]


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """For each item the others that its listeners have too."""

    offsets: NDArray[np.int64]
    items: NDArray[np.int32]
    weights: NDArray[np.float32]

    @classmethod
    def nobody(cls, n: int) -> "Neighbours":
        """Return the table of ``n`` items that nobody has listened to."""
        return cls(np.zeros(n + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class _Matrix:
    """Lists by items, kept both ways; items ascending within a list."""

    offsets: NDArray[np.int64]
    items: NDArray[np.int32]
    values: NDArray[np.float64]
    item_offsets: NDArray[np.int64]
    item_lists: NDArray[np.int32]


def song_neighbours(lists: Preferences, n: int) -> tuple[Neighbours, Method]:
    """Return what the ``n`` songs of liked ``lists`` lead to, and how it was found.

    By EASE where its matrix fits; else by cosine. A list counts by ``1 / sqrt(length)`` when the
    candidates are chosen: what stands in a short list stands there for a reason.
    """
    lengths = np.maximum(np.diff(lists.offsets), 1)
    matrix = _matrix(lists, n, np.repeat(lengths**-0.5, np.diff(lists.offsets)))
    most = _most(matrix)
    near = Neighbours(*kernels.cosine_neighbours(*_columns(matrix), CANDIDATES * most))
    if len(lists) > MOST_EASE_LISTS:
        return strongest(near, most), "cosine"
    weights = kernels.ease_weights(
        near.offsets, near.items, matrix.item_offsets, matrix.item_lists, _inverse(matrix)
    )
    return strongest(Neighbours(near.offsets, near.items, weights), most), "ease"


def artist_neighbours(lists: Preferences, n: int, most: int) -> Neighbours:
    """Return what the ``n`` artists of lists lead to; a list's value is ``log(1 + songs)``."""
    matrix = _matrix(lists, n, lists.strengths)
    return Neighbours(*kernels.cosine_neighbours(*_columns(matrix), most))


def strongest(near: Neighbours, most: int) -> Neighbours:
    """Return the table with the ``most`` greatest weights above 0 of each item."""
    return Neighbours(*kernels.strongest(near.offsets, near.items, near.weights, most))


def _most(matrix: _Matrix) -> int:
    listened = int(np.count_nonzero(np.diff(matrix.item_offsets)))
    entries = min(MOST_ENTRIES, ENTRIES_PER_LIKE * len(matrix.items))
    return int(np.clip(entries // max(listened, 1), LEAST_NEIGHBOURS, MOST_NEIGHBOURS))


def _inverse(matrix: _Matrix) -> NDArray[np.float32]:
    """Return ``(lambda I + X X')^-1`` (lists, lists) for the binary X."""
    from scipy.linalg import cho_factor, cho_solve
    from scipy.sparse import csr_array

    lists, n = len(matrix.offsets) - 1, len(matrix.item_offsets) - 1
    ones = np.ones(len(matrix.items), dtype=np.float32)
    binary = csr_array((ones, matrix.items, matrix.offsets), shape=(lists, n))
    gram = (binary @ binary.T).toarray()
    gram[np.diag_indices(lists)] += np.float32(EASE_LAMBDA)
    identity = np.eye(lists, dtype=np.float32)
    inverse = cho_solve(cho_factor(gram, overwrite_a=True), identity, overwrite_b=True)
    return np.ascontiguousarray(inverse, dtype=np.float32)


def _matrix(lists: Preferences, n: int, values: NDArray[np.float64]) -> _Matrix:
    owners = lists.owners
    order = np.lexsort((lists.items, owners))
    by_item = np.lexsort((owners, lists.items))
    counts = np.bincount(lists.items, minlength=n)
    return _Matrix(
        offsets=lists.offsets,
        items=lists.items[order],
        values=values[order],
        item_offsets=offsets_of(counts),
        item_lists=owners[by_item].astype(np.int32),
    )


def _columns(
    matrix: _Matrix,
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.int32],
]:
    return matrix.offsets, matrix.items, matrix.values, matrix.item_offsets, matrix.item_lists
