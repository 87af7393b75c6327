"""EASE: the linear item-item model with a closed form (Steck 2019).

    B = argmin |X - X B|^2 + lambda |B|^2  with a zero diagonal
    P = (X^T X + lambda I)^-1,  B[i, j] = -P[i, j] / P[j, j]

The score of a song j that a history x does not hold is ``-(x P)[j] / P[j, j]``. Where there are
fewer lists than songs, P comes from a matrix of lists by lists (Woodbury):

    P = (I - X^T M X) / lambda,  M = (X X^T + lambda I)^-1
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from index.evaluation.problem import Matrix, Problem

REGULARISATION = 20.0
MOST_BYTES = 4 << 30
"""Of the matrices that the closed form needs at a time."""


class TooLarge(Exception):
    """The closed form doesn't fit into memory; the message says how much it would take."""


class Ease:
    """The exact model, without ever holding B."""

    def __init__(
        self,
        problem: Problem,
        regularisation: float = REGULARISATION,
        *,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """Fit the model. Raises `TooLarge` where the matrices take more than ``most_bytes``."""
        known = np.flatnonzero(problem.listeners)
        lists = problem.lists[:, known]
        needed = 3 * 8 * min(lists.shape) ** 2
        if needed > most_bytes:
            raise TooLarge(f"it would take {needed / 1e9:,.0f} GB")
        self._known, self._songs = known, len(problem.songs)
        self._lists = lists
        if lists.shape[0] < lists.shape[1]:
            self._inverse = _inverse((lists @ lists.T).toarray(), regularisation)
            # diag(X^T M X), a column of X at a time: only its ones count.
            spread = self._inverse @ lists
            self._diagonal = (1 - np.asarray(lists.multiply(spread).sum(axis=0)).ravel()) / (
                regularisation
            )
            self._by_lists, self._regularisation = True, regularisation
        else:
            self._inverse = _inverse((lists.T @ lists).toarray(), regularisation)
            self._diagonal = np.diag(self._inverse).copy()
            self._by_lists, self._regularisation = False, regularisation

    def scores(self, histories: Matrix) -> NDArray[np.float64]:
        """Return x B, (lists, songs); 0 for songs that no list holds."""
        own = histories[:, self._known]
        found = np.zeros((histories.shape[0], self._songs))
        if len(self._known):
            found[:, self._known] = own.toarray() - self._times_inverse(own) / self._diagonal
        return found

    def _times_inverse(self, own: Matrix) -> NDArray[np.float64]:
        """Return x P of each history."""
        if not self._by_lists:
            return np.asarray(own @ self._inverse)
        shared = (own @ self._lists.T).toarray() @ self._inverse
        return np.asarray((own.toarray() - shared @ self._lists) / self._regularisation)


def _inverse(gram: NDArray[np.float64], regularisation: float) -> NDArray[np.float64]:
    gram[np.diag_indices_from(gram)] += regularisation
    return np.asarray(cho_solve(cho_factor(gram, overwrite_a=True), np.eye(len(gram))))
