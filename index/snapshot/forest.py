"""Trees over the tracks of a snapshot: one over all of them, and one over each genre.

A search by sound or by taste looks at a few thousand of a million tracks and still finds the exact
best; `index.kernels.tree_search` says how. A forest is six flat arrays, so that all workers of a
machine share its memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.features import COORDINATES
from index.kernels import tree_build
from index.kernels.arguments import Trees
from index.kernels.simd import BOX_BITS, BOXES, LANES, LEAF_BYTES
from index.signals import Kind

STATIC_SPREAD = 10.0
"""Weight of the static score, against a coordinate, in the choice of where to divide a node."""
ARRAYS = ("leaf_rows", "leaves", "groups", "trees", "static", "max_static")
FORESTS: tuple[Kind, ...] = ("similar", "personal")
"""The lists that are searched by trees. The static score decides which tracks lie side by side."""


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Tree 0 holds all rows, tree ``code + 1`` those of one genre."""

    leaf_rows: NDArray[np.int32]
    """Row of each lane of each leaf; -1 where a lane is empty."""
    leaves: NDArray[np.uint8]
    """Leaf by leaf what `index.kernels.simd.score_leaf` reads."""
    groups: NDArray[np.uint16]
    """(groups, 2 * COORDINATES, BOXES) lows and highs of sibling boxes."""
    trees: NDArray[np.int64]
    """(trees, 6): levels, halvings in the first of them, first group, first leaf, rows from, to."""
    static: NDArray[np.float32]
    """Static score of each lane; of one leaf, zeros, where tracks have none."""
    max_static: NDArray[np.float32]
    """(groups, BOXES) greatest static scores in the boxes; of one group likewise."""

    def arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield name and content of each array."""
        for name in ARRAYS:
            yield name, getattr(self, name)

    def flat(self) -> Trees:
        """Return the arrays as kernels take them."""
        return Trees(*(array.reshape(-1) for _, array in self.arrays()))


@dataclass(frozen=True, slots=True)
class _Shape:
    """How large a tree over some rows is."""

    rows: int
    depth: int

    @classmethod
    def over(cls, rows: int) -> "_Shape":
        depth = 0
        while -(-rows // (1 << depth)) > LANES:
            depth += 1
        return cls(rows, depth)

    @property
    def leaves(self) -> int:
        return 1 << self.depth if self.rows else 0

    @property
    def levels(self) -> int:
        return -(-self.depth // BOX_BITS)

    @property
    def root_bits(self) -> int:
        return (self.depth - 1) % BOX_BITS + 1 if self.depth else 0

    @property
    def groups(self) -> int:
        below = sum(BOXES**level for level in range(self.levels - 1)) << self.root_bits
        return 1 + below if self.levels else 0


def build_forest(
    vectors: NDArray[np.float64], genre_offsets: NDArray[np.int64], static: NDArray[np.float64]
) -> Forest:
    """Return the forest for lists with these static scores.

    Parameters
    ----------
    vectors : (n, COORDINATES) of at most unit length
    genre_offsets : (codes + 1,) rows ``genre_offsets[c]:genre_offsets[c + 1]`` are of genre ``c``
    static : (n,) the part of each score that no request changes; (0,) for none

    """
    n, has_static = len(vectors), len(static) > 0
    spans = [(0, n), *zip(genre_offsets[:-1].tolist(), genre_offsets[1:].tolist(), strict=True)]
    shapes = [_Shape.over(stop - start) for start, stop in spans]
    leaves = np.cumsum([0, *(shape.leaves for shape in shapes)])
    groups = np.cumsum([0, *(shape.groups for shape in shapes)])

    forest = Forest(
        leaf_rows=np.empty(leaves[-1] * LANES, dtype=np.int32),
        leaves=np.empty(leaves[-1] * LEAF_BYTES, dtype=np.uint8),
        groups=np.zeros((groups[-1], 2 * COORDINATES, BOXES), dtype=np.uint16),
        trees=np.array(
            [
                (shape.levels, shape.root_bits, groups[tree], leaves[tree], *spans[tree])
                for tree, shape in enumerate(shapes)
            ],
            dtype=np.int64,
        ),
        static=np.zeros(leaves[-1] * LANES if has_static else LANES, dtype=np.float32),
        max_static=np.zeros((groups[-1] if has_static else 1, BOXES), dtype=np.float32),
    )
    for (start, stop), shape, record in zip(spans, shapes, forest.trees.tolist(), strict=True):
        if not shape.rows:
            continue
        points = np.empty((stop - start, tree_build.AXES), dtype=np.float32)
        points[:, :COORDINATES] = vectors[start:stop]
        points[:, COORDINATES] = static[start:stop] * STATIC_SPREAD if has_static else 0.0
        rows = np.arange(start, stop, dtype=np.int32)
        _grow(forest, shape, record, points, rows, has_static=has_static)
    return forest


def _grow(
    forest: Forest,
    shape: _Shape,
    record: list[int],
    points: NDArray[np.float32],
    rows: NDArray[np.int32],
    *,
    has_static: bool,
) -> None:
    """Grow one tree and write it where ``record`` says."""
    _, _, first_group, first_leaf, _, _ = record
    edges = tree_build.build_tree(points, rows, shape.depth)
    points[:, COORDINATES] /= np.float32(STATIC_SPREAD)

    end = first_leaf + shape.leaves
    lanes = slice(first_leaf * LANES, end * LANES)
    leaves = forest.leaves[first_leaf * LEAF_BYTES : end * LEAF_BYTES]
    groups = slice(first_group, first_group + shape.groups)
    static = forest.static[lanes if has_static else slice(0)]
    max_static = forest.max_static[groups if has_static else slice(0)]
    tree_build.fill_leaves(points, rows, edges, forest.leaf_rows[lanes], leaves, static)
    tree_build.fill_groups(points, edges, shape.depth, forest.groups[groups], max_static)
