"""Matrix factorisation of implicit feedback by alternating least squares (Hu et al. 2008).

The item factors come from the `implicit` library; a history's factors are solved for from them,
so that listeners need not have been learnt from.
"""

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from index.evaluation.problem import Matrix, Problem

FACTORS, REGULARISATION, CONFIDENCE, ITERATIONS = 64, 30.0, 10.0, 15


class Factorisation:
    """score = <factors of the history, factors of the song>."""

    def __init__(self, problem: Problem, seed: int = 0) -> None:
        self._known, self._songs = np.flatnonzero(problem.listeners), len(problem.songs)
        if not len(self._known):
            return
        with threadpool_limits(1, "blas"):  # the library's own loops would wait for BLAS threads
            model = AlternatingLeastSquares(
                factors=FACTORS,
                regularization=REGULARISATION,
                alpha=CONFIDENCE,
                iterations=ITERATIONS,
                random_state=seed + 1,
                num_threads=1,
            )
            lists = csr_matrix(problem.lists[:, self._known], dtype=np.float32)
            model.fit(lists, show_progress=False)
        self._items = np.asarray(model.item_factors, dtype=np.float64)
        self._gram = self._items.T @ self._items + REGULARISATION * np.eye(FACTORS)

    def scores(self, histories: Matrix) -> NDArray[np.float64]:
        """Return the product of factors; 0 for songs that no list holds."""
        found = np.zeros((histories.shape[0], self._songs))
        if not len(self._known):
            return found
        own = histories[:, self._known].tocsr()
        for at in range(own.shape[0]):
            mine = self._items[own.indices[own.indptr[at] : own.indptr[at + 1]]]
            # (Y^T Y + (c - 1) Y_x^T Y_x + lambda I) u = c Y_x^T 1, c the confidence in what is held
            left = self._gram + (CONFIDENCE - 1) * mine.T @ mine
            factors = np.linalg.solve(left, CONFIDENCE * mine.sum(axis=0))
            found[at, self._known] = self._items @ factors
        return found
