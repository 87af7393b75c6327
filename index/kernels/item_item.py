"""Training of item-item tables: which songs, or artists, stand side by side in listeners' lists.

A *list* is what one listener likes, a matrix of lists by items is kept both ways: ``offsets`` and
``items`` by list, ``item_offsets`` and ``item_lists`` by item.
"""

import numpy as np
from numba import float32, int32, int64
from numpy.typing import NDArray

from index.kernels.compile import (
    CODES,
    FLOATS,
    INTS,
    SINGLES,
    SINGLES_2D,
    Floats,
    Ints,
    helper,
    kernel,
    tuple_of,
)
from index.kernels.heap import nth_greatest

Codes = NDArray[np.int32]
Singles = NDArray[np.float32]
TABLE = tuple_of((int64[::1], int32[::1], float32[::1]))


@helper
def put_greatest(
    items: Codes,
    values: Singles,
    count: int,
    most: int,
    out_items: Codes,
    out_values: Singles,
    first: int,
) -> int:
    """Write the ``most`` greatest of ``count`` values that are above 0; return how many those are.

    They keep their order; of those that are equal to the last one, the first ones come.
    """
    least, spare = np.float32(0.0), 0
    if count > most:
        least = nth_greatest(values[:count].copy(), most)
        spare = most
        for i in range(count):
            if values[i] > least:
                spare -= 1
    put = 0
    for i in range(count):
        value = values[i]
        if value > np.float32(0.0) and (value > least or (value == least and spare > 0)):
            if value == least:
                spare -= 1
            out_items[first + put], out_values[first + put] = items[i], value
            put += 1
    return put


@kernel(TABLE(INTS, CODES, FLOATS, INTS, CODES, int64))
def cosine_neighbours(
    offsets: Ints, items: Codes, values: Floats, item_offsets: Ints, item_lists: Codes, most: int
) -> tuple[Ints, Codes, Singles]:
    """Return for each item its nearest others by the cosine of their columns.

        cos(i, j) = sum_l x_li x_lj / (|x_i| |x_j|)

    (Sarwar et al., "Item-based collaborative filtering recommendation algorithms", WWW 2001.)

    Parameters
    ----------
    offsets, items, values : the matrix by list, items ascending within one; values above 0
    item_offsets, item_lists : the lists of each item, ascending
    most : neighbours to keep of each item

    Returns
    -------
    offsets (n + 1,), items and cosines of the neighbours, in no order.

    """
    n = item_offsets.shape[0] - 1
    norms = np.zeros(n, dtype=np.float64)
    for at in range(items.shape[0]):
        norms[items[at]] += values[at] * values[at]
    for item in range(n):
        norms[item] = np.sqrt(norms[item])

    sums = np.zeros(n, dtype=np.float64)
    met = np.empty(n, dtype=np.int32)
    likeness = np.empty(n, dtype=np.float32)
    found_offsets = np.zeros(n + 1, dtype=np.int64)
    found_items = np.empty(max(items.shape[0], 1024) + most, dtype=np.int32)
    found_values = np.empty(found_items.shape[0], dtype=np.float32)
    size = 0
    for item in range(n):
        count = 0
        for at in range(item_offsets[item], item_offsets[item + 1]):
            first, last = offsets[item_lists[at]], offsets[item_lists[at] + 1]
            value = values[first + np.searchsorted(items[first:last], item)]
            for other in range(first, last):
                j = items[other]
                if sums[j] == 0.0:
                    met[count] = j
                    count += 1
                sums[j] += value * values[other]
        for i in range(count):
            j = met[i]
            likeness[i] = 0.0 if j == item else sums[j] / (norms[item] * norms[j])
            sums[j] = 0.0
        if size + most > found_items.shape[0]:
            found_items = np.concatenate((found_items, np.empty_like(found_items)))
            found_values = np.concatenate((found_values, np.empty_like(found_values)))
        size += put_greatest(met, likeness, count, most, found_items, found_values, size)
        found_offsets[item + 1] = size
    return found_offsets, found_items[:size].copy(), found_values[:size].copy()


@kernel(float32[::1](INTS, CODES, INTS, CODES, SINGLES_2D), fast=True)
def ease_weights(
    near_offsets: Ints,
    near_items: Codes,
    item_offsets: Ints,
    item_lists: Codes,
    inverse: NDArray[np.float32],
) -> Singles:
    """Return the weights of EASE from each item to each of its neighbours.

        B_ij = -P_ij / P_jj,   P = (X'X + lambda I)^-1 = (I - X' M X) / lambda,
        M = (lambda I + X X')^-1

    (Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019; the second form of P
    is Woodbury's identity, which needs an inverse of the size of the lists only.)

    Parameters
    ----------
    near_offsets, near_items : the neighbours
    item_offsets, item_lists : the lists of each item; X is 1 where an item is in a list, else 0
    inverse : M, (lists, lists)

    """
    n, lists = item_offsets.shape[0] - 1, inverse.shape[0]
    weights = np.empty(near_items.shape[0], dtype=np.float32)
    own = np.zeros(n, dtype=np.float32)
    row = np.empty(lists, dtype=np.float32)
    for item in range(n):
        first, last = item_offsets[item], item_offsets[item + 1]
        if first == last:
            continue
        row[:] = np.float32(0.0)
        for a in range(first, last):
            of_list = inverse[item_lists[a]]
            for other in range(lists):
                row[other] += of_list[other]
        for a in range(first, last):
            own[item] += row[item_lists[a]]
        for at in range(near_offsets[item], near_offsets[item + 1]):
            total = np.float32(0.0)
            for b in range(item_offsets[near_items[at]], item_offsets[near_items[at] + 1]):
                total += row[item_lists[b]]
            weights[at] = total
    for at in range(weights.shape[0]):
        weights[at] /= np.float32(1.0) - own[near_items[at]]
    return weights


@kernel(TABLE(INTS, CODES, SINGLES, int64))
def strongest(
    offsets: Ints, items: Codes, weights: Singles, most: int
) -> tuple[Ints, Codes, Singles]:
    """Return the ``most`` greatest weights above 0 of each item, in the order that they had."""
    n = offsets.shape[0] - 1
    kept_offsets = np.zeros(n + 1, dtype=np.int64)
    kept_items = np.empty(min(items.shape[0], n * most), dtype=np.int32)
    kept_weights = np.empty(kept_items.shape[0], dtype=np.float32)
    size = 0
    for item in range(n):
        first, last = offsets[item], offsets[item + 1]
        size += put_greatest(
            items[first:last],
            weights[first:last],
            last - first,
            most,
            kept_items,
            kept_weights,
            size,
        )
        kept_offsets[item + 1] = size
    return kept_offsets, kept_items[:size].copy(), kept_weights[:size].copy()
