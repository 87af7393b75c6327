"""Growing the trees that `index.kernels.tree_search` searches."""

import numpy as np
from numba import float32, int32, int64, uint8, uint16
from numpy.typing import NDArray

from index.features import COORDINATES
from index.kernels.compile import Ints, helper, kernel
from index.kernels.simd import BOX_BITS, LANES, LEAF_BYTES, SCALE_BYTES

Singles = NDArray[np.float32]

AXES = COORDINATES + 1
"""Along which nodes are divided: the coordinates of a vector, and the static score."""
_SAMPLE = 512
"""Rows from which the widest coordinate of a node is told."""
_NOWHERE = np.float32(1e9)
UNITS, ORIGIN = 32_000.0, 32_768.0
"""Boxes are kept in whole units from 0 to 65,535: coordinates lie in [-1, 1]."""


@helper
def _widest(points: Singles, start: int, stop: int) -> int:
    """Return the coordinate that varies most in rows ``start..stop-1``."""
    step = max((stop - start) // _SAMPLE, 1)
    widest, greatest = 0, -1.0
    for j in range(AXES):
        total, squares, count = 0.0, 0.0, 0
        for i in range(start, stop, step):
            total += points[i, j]
            squares += points[i, j] * points[i, j]
            count += 1
        variance = squares / count - (total / count) ** 2
        if variance > greatest:
            widest, greatest = j, variance
    return widest


@helper
def _swap_rows(points: Singles, rows: NDArray[np.int32], a: int, b: int) -> None:
    rows[a], rows[b] = rows[b], rows[a]
    for j in range(AXES):
        points[a, j], points[b, j] = points[b, j], points[a, j]


@helper
def _divide(
    points: Singles, rows: NDArray[np.int32], start: int, stop: int, middle: int, j: int
) -> None:
    """Order rows so that coordinate ``j`` of none before ``middle`` exceeds one from there on.

    (Quickselect; Hoare, "Algorithm 65: find", 1961.)
    """
    first, last = start, stop - 1
    while first < last:
        a, b, c = points[first, j], points[(first + last) // 2, j], points[last, j]
        pivot = max(min(a, b), min(max(a, b), c))
        low, high = first, last
        while low <= high:
            while points[low, j] < pivot:
                low += 1
            while points[high, j] > pivot:
                high -= 1
            if low <= high:
                _swap_rows(points, rows, low, high)
                low += 1
                high -= 1
        if middle <= high:
            last = high
        elif middle >= low:
            first = low
        else:
            return


@kernel(int64[::1](float32[:, ::1], int32[::1], int64))
def build_tree(points: Singles, rows: NDArray[np.int32], depth: int) -> Ints:
    """Order ``points`` and ``rows`` by the leaves of a balanced k-d tree, in place.

    Every node is halved at the median of the coordinate that varies most (Friedman, Bentley and
    Finkel, "An algorithm for finding best matches in logarithmic expected time", 1977).

    Parameters
    ----------
    points : (n, d + 1) vectors and static scores, n at least 2 ** depth unless depth is 0
    rows : (n,) what is moved along with them
    depth : halvings from the root to a leaf

    Returns
    -------
    (2 ** depth + 1,) where the leaves begin, and n

    """
    leaves = 1 << depth
    edges = np.empty(leaves + 1, dtype=np.int64)
    edges[0], edges[leaves] = 0, points.shape[0]
    width = leaves
    while width > 1:
        for leaf in range(0, leaves, width):
            start, stop = edges[leaf], edges[leaf + width]
            middle = (start + stop) // 2
            _divide(points, rows, start, stop, middle, _widest(points, start, stop))
            edges[leaf + width // 2] = middle
        width //= 2
    return edges


@kernel(int64(float32[:, ::1], int32[::1], int64[::1], int32[::1], uint8[::1], float32[::1]))
def fill_leaves(
    points: Singles,
    rows: NDArray[np.int32],
    edges: Ints,
    leaf_rows: NDArray[np.int32],
    leaves: NDArray[np.uint8],
    static: Singles,
) -> int:
    """Write leaves as `index.kernels.simd.score_leaf` reads them; return their number.

    A coordinate is quantised to the nearest of 255 steps between the least and the greatest of its
    leaf. This takes a quarter of the memory of float32, and its error is known.

    Parameters
    ----------
    points, rows, edges : what `build_tree` has put in order, and what it returned
    leaf_rows : (leaves * LANES,) gets the row of each lane, -1 for unused ones
    leaves : (leaves * LEAF_BYTES,) gets the quantised coordinates
    static : (leaves * LANES,) gets the static scores; (0,) where there are none

    """
    count = edges.shape[0] - 1
    for leaf in range(count):
        start, stop, lane = edges[leaf], edges[leaf + 1], leaf * LANES
        record = leaves[leaf * LEAF_BYTES : (leaf + 1) * LEAF_BYTES]
        for i in range(LEAF_BYTES):
            record[i] = 0
        for i in range(LANES):
            leaf_rows[lane + i] = rows[start + i] if start + i < stop else -1
            if static.shape[0] > 0:
                static[lane + i] = points[start + i, COORDINATES] if start + i < stop else 0.0
        scale = record[:SCALE_BYTES].view(np.float32)
        for j in range(COORDINATES):
            least, most = points[start, j], points[start, j]
            for i in range(start, stop):
                least, most = min(least, points[i, j]), max(most, points[i, j])
            step = np.float32((most - least) / np.float32(255))
            scale[j], scale[COORDINATES + j] = least, step
            for i in range(start, stop if step > 0 else start):
                code = np.rint((points[i, j] - least) / step)
                record[SCALE_BYTES + j * LANES + i - start] = np.uint8(min(code, np.float32(255)))
    return count


@helper
def _bound_leaves(points: Singles, edges: Ints, bounds: Singles) -> None:
    leaves = edges.shape[0] - 1
    for leaf in range(leaves):
        for j in range(AXES):
            least, most = _NOWHERE, -_NOWHERE
            for i in range(edges[leaf], edges[leaf + 1]):
                least = min(least, points[i, j])
                most = max(most, points[i, j])
            bounds[leaves + leaf, 0, j] = least
            bounds[leaves + leaf, 1, j] = most
    for node in range(leaves - 1, 0, -1):
        for j in range(AXES):
            bounds[node, 0, j] = min(bounds[2 * node, 0, j], bounds[2 * node + 1, 0, j])
            bounds[node, 1, j] = max(bounds[2 * node, 1, j], bounds[2 * node + 1, 1, j])


@kernel(int64(float32[:, ::1], int64[::1], int64, uint16[:, :, ::1], float32[:, ::1]))
def fill_groups(
    points: Singles, edges: Ints, depth: int, groups: NDArray[np.uint16], max_static: Singles
) -> int:
    """Write the bounding boxes of a tree, `BOXES` siblings to a group; return the groups' number.

    `BOX_BITS` levels of halving become one step of a search. The root's group takes the levels
    that are left over.

    Parameters
    ----------
    points, edges, depth : as in `build_tree`
    groups : (g, 2 * d, BOXES) gets the least and the greatest of each coordinate in each child,
        rounded outwards to whole units
    max_static : (g, BOXES) gets the greatest static scores; (0, BOXES) where there are none

    """
    leaves = edges.shape[0] - 1
    bounds = np.empty((2 * leaves, 2, AXES), dtype=np.float32)
    _bound_leaves(points, edges, bounds)

    above, step = 0, (depth - 1) % BOX_BITS + 1
    filled = 0
    while above < depth:
        for parent in range(1 << above):
            first = (1 << (above + step)) + (parent << step)
            for child in range(1 << step):
                for j in range(COORDINATES):
                    low, high = bounds[first + child, 0, j], bounds[first + child, 1, j]
                    groups[filled, j, child] = np.uint16(np.floor(low * UNITS + ORIGIN))
                    groups[filled, COORDINATES + j, child] = np.uint16(
                        np.ceil(high * UNITS + ORIGIN)
                    )
                if max_static.shape[0] > 0:
                    max_static[filled, child] = bounds[first + child, 1, COORDINATES]
            filled += 1
        above, step = above + step, BOX_BITS
    return filled
