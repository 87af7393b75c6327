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

from index.features import DIMENSIONS
from index.kernels import tree_build
from index.kernels.array_table import Arrays
from index.kernels.simd import BOXES, LANES, LEAF_BYTES
from index.signals import PERSONAL_WEIGHTS, SIMILAR_WEIGHTS

PRIOR_SPREAD = 10.0
"""How much the prior counts, against a coordinate, when it is decided where to divide a node."""
ARRAYS = ("leaf_rows", "leaves", "groups", "trees", "priors", "max_priors")
SOUND, TASTE = "sound", "taste"
FORESTS = {SOUND: SIMILAR_WEIGHTS, TASTE: PERSONAL_WEIGHTS}
"""A forest serves queries of one set of weights: they decide which tracks lie side by side."""


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Tree 0 holds all rows, tree ``code + 1`` those of one genre."""

    leaf_rows: NDArray[np.int32]
    """Row of each lane of each leaf; -1 where a lane is empty."""
    leaves: NDArray[np.uint8]
    """Leaf by leaf what `kernels.lanes.score_leaf` reads."""
    groups: NDArray[np.uint16]
    """(16, 8) numbers per group of up to eight sibling boxes: lows and highs."""
    trees: NDArray[np.int64]
    """(trees, 6): levels, halvings in the first of them, first group, first leaf, rows from, to."""
    priors: NDArray[np.float32]
    """Prior of each lane; of one leaf, zeros, where popularity and freshness have no weight."""
    max_priors: NDArray[np.float32]
    """(8,) greatest priors in the boxes of each group; of one likewise."""

    def arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield name and content of each array."""
        for name in ARRAYS:
            yield name, getattr(self, name)


@dataclass(frozen=True, slots=True, eq=False)
class ForestIndex:
    """A forest and the columns of its snapshot, as `kernels.search_trees` takes them."""

    weights: NDArray[np.float64]
    """(3,) of audio, popularity and freshness: those that a query must have."""
    arrays: Arrays

    @classmethod
    def over(
        cls,
        forest: Forest,
        weights: NDArray[np.float64],
        *,
        vectors: NDArray[np.float64],
        track_ids: NDArray[np.int64],
        genre_codes: NDArray[np.int32],
        popularity: NDArray[np.float64],
        freshness: NDArray[np.float64],
        features: NDArray[np.float64],
    ) -> "ForestIndex":
        """Put everything in its place; see `index.kernels.tree_search` for the order."""
        return cls(
            weights,
            Arrays.of(
                [
                    (forest.leaf_rows, np.int32),
                    (forest.leaves, np.uint8),
                    (forest.groups, np.uint16),
                    (forest.trees, np.int64),
                    (vectors, np.float64),
                    (track_ids, np.int64),
                    (genre_codes, np.int32),
                    (popularity, np.float64),
                    (freshness, np.float64),
                    (features, np.float64),
                    (forest.priors, np.float32),
                    (forest.max_priors, np.float32),
                ]
            ),
        )


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
        return -(-self.depth // 3)

    @property
    def root_bits(self) -> int:
        return (self.depth - 1) % 3 + 1 if self.depth else 0

    @property
    def groups(self) -> int:
        below = sum(8**level for level in range(self.levels - 1)) << self.root_bits
        return 1 + below if self.levels else 0


def build_forest(
    vectors: NDArray[np.float64],
    genre_offsets: NDArray[np.int64],
    popularity: NDArray[np.float64],
    freshness: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> Forest:
    """Return the forest for queries of these ``weights``.

    Parameters
    ----------
    vectors : (n, 8) of at most unit length
    genre_offsets : (codes + 1,) rows ``genre_offsets[c]:genre_offsets[c + 1]`` are of genre ``c``
    popularity, freshness : (n,) signals in [0, 1]
    weights : (3,) of audio, popularity and freshness

    """
    n = len(vectors)
    prior = weights[1] * popularity + weights[2] * freshness
    spans = [(0, n), *zip(genre_offsets[:-1].tolist(), genre_offsets[1:].tolist(), strict=True)]
    shapes = [_Shape.over(stop - start) for start, stop in spans]
    leaves = np.cumsum([0, *(shape.leaves for shape in shapes)])
    groups = np.cumsum([0, *(shape.groups for shape in shapes)])
    known = bool(weights[1:].any())  # whether there is a prior

    forest = Forest(
        leaf_rows=np.empty(leaves[-1] * LANES, dtype=np.int32),
        leaves=np.empty(leaves[-1] * LEAF_BYTES, dtype=np.uint8),
        groups=np.zeros((groups[-1], 2 * DIMENSIONS, BOXES), dtype=np.uint16),
        trees=np.array(
            [
                (shape.levels, shape.root_bits, groups[tree], leaves[tree], *spans[tree])
                for tree, shape in enumerate(shapes)
            ],
            dtype=np.int64,
        ),
        priors=np.zeros(leaves[-1] * LANES if known else LANES, dtype=np.float32),
        max_priors=np.zeros((groups[-1] if known else 1, BOXES), dtype=np.float32),
    )
    for (start, stop), shape, record in zip(spans, shapes, forest.trees.tolist(), strict=True):
        if not shape.rows:
            continue
        points = np.empty((stop - start, tree_build.COORDINATES), dtype=np.float32)
        points[:, :DIMENSIONS] = vectors[start:stop]
        points[:, DIMENSIONS] = prior[start:stop] * PRIOR_SPREAD
        rows = np.arange(start, stop, dtype=np.int32)
        _grow(forest, shape, record, points, rows, known=known)
    return forest


def _grow(
    forest: Forest,
    shape: _Shape,
    record: list[int],
    points: NDArray[np.float32],
    rows: NDArray[np.int32],
    *,
    known: bool,
) -> None:
    """Grow one tree and write it where ``record`` says; its priors too if they are ``known``."""
    _, _, first_group, first_leaf, _, _ = record
    edges = tree_build.build_tree(points, rows, shape.depth)
    points[:, DIMENSIONS] /= np.float32(PRIOR_SPREAD)

    end = first_leaf + shape.leaves
    lanes = slice(first_leaf * LANES, end * LANES)
    leaves = forest.leaves[first_leaf * LEAF_BYTES : end * LEAF_BYTES]
    groups = slice(first_group, first_group + shape.groups)
    if not known:
        priors, max_priors = forest.priors[:0], forest.max_priors[:0]
    else:
        priors, max_priors = forest.priors[lanes], forest.max_priors[groups]
    tree_build.fill_leaves(points, rows, edges, forest.leaf_rows[lanes], leaves, priors)
    tree_build.fill_groups(points, edges, shape.depth, forest.groups[groups], max_priors)
