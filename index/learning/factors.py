"""Songs as points in a space of tastes: alternating least squares on implicit feedback.

Every liked song has factors q, so that a listener's u . q is near 1 for what was liked and near 0
for the rest, what is liked counting more (Hu, Koren, Volinsky 2008). A listener's u is solved for
from the history at hand, so that a like counts at once and nobody has to be trained:

    u = (Q^T Q + sum_i (c_i - 1) q_i q_i^T + lambda I)^-1  sum_{i liked} c_i q_i,  c = 1 + a |s|

with the strengths s of the songs; a song that is disliked is one that is surely not wanted.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.learning.preferences import Preferences

FACTORS = 64
REGULARISATION = 30.0
CONFIDENCE = 10.0
ITERATIONS = 10
NO_FACTORS = -1


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """The factors of the songs that anybody likes."""

    positions: NDArray[np.int32]
    """(songs,) row of each song in ``items``, `NO_FACTORS` where nobody likes it."""
    items: NDArray[np.float32]
    """(liked songs, factors)"""
    gram: NDArray[np.float64]
    """(factors, factors) items^T items + lambda I."""

    @classmethod
    def none(cls, n: int) -> "Factors":
        """Return what is known of ``n`` songs that nobody has listened to."""
        return cls(
            np.full(n, NO_FACTORS, np.int32),
            np.empty((0, FACTORS), np.float32),
            REGULARISATION * np.eye(FACTORS),
        )

    def of(self, codes: NDArray[np.int32]) -> "Factors":
        """Return the factors of other songs, by what their codes were here; -1 for new ones."""
        positions = np.full(len(codes), NO_FACTORS, dtype=np.int32)
        known = codes >= 0
        positions[known] = self.positions[codes[known]]
        return Factors(positions, self.items, self.gram)

    def listeners(
        self,
        songs: NDArray[np.int32],
        strengths: Sequence[NDArray[np.float64]],
        counted: Iterable[bool],
    ) -> NDArray[np.float32]:
        """Return the factors (ways, factors) of a history in several ways of seeing it.

        Parameters
        ----------
        songs : (h,) codes, -1 for unknown ones
        strengths : (h,) for each way
        counted : which ways matter; the others are left at 0

        """
        found = np.zeros((len(strengths), FACTORS), dtype=np.float32)
        positions = self.positions[songs[songs >= 0]]
        own = self.items[positions[positions >= 0]]
        if len(own):
            for way, (each, matters) in enumerate(zip(strengths, counted, strict=True)):
                if matters:
                    known = each[songs >= 0][positions >= 0].astype(np.float32)
                    found[way] = self._solved(own, known)
        return found

    def _solved(
        self, own: NDArray[np.float32], strengths: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        surplus = np.float32(CONFIDENCE) * np.abs(strengths)
        left = self.gram.astype(np.float32) + (own.T * surplus) @ own
        right = ((1 + surplus) * (strengths > 0)) @ own
        return np.asarray(np.linalg.solve(left, right), dtype=np.float32)


def song_factors(lists: Preferences, n: int) -> Factors:
    """Return the factors of the ``n`` songs that liked ``lists`` hold."""
    # Not above: what serves has no use for it.
    from implicit.cpu.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix
    from threadpoolctl import threadpool_limits

    known, columns = np.unique(lists.items, return_inverse=True)
    if not len(known):
        return Factors.none(n)
    matrix = csr_matrix(
        ((1 + CONFIDENCE * lists.strengths).astype(np.float32), columns, lists.offsets),
        shape=(len(lists), len(known)),
    )
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=FACTORS,
            regularization=REGULARISATION,
            alpha=1.0,
            iterations=ITERATIONS,
            random_state=1,
            num_threads=int(os.environ.get("OMP_NUM_THREADS", "1")),
        )
        model.fit(matrix, show_progress=False)
    items = np.ascontiguousarray(model.item_factors, dtype=np.float32)
    positions = np.full(n, NO_FACTORS, dtype=np.int32)
    positions[known] = np.arange(len(known))
    wide = items.astype(np.float64)
    return Factors(positions, items, wide.T @ wide + REGULARISATION * np.eye(FACTORS))
