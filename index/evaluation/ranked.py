"""The best songs by a method's scores."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from index.evaluation.methods import Method
from index.evaluation.metrics import NOTHING
from index.evaluation.problem import Matrix

BATCH_BYTES = 64 << 20
"""Scores held at a time."""


def recommended(
    method: Method,
    histories: Matrix,
    order: NDArray[np.int64],
    k: int,
    progress: Callable[[int], None] = lambda _lists: None,
) -> NDArray[np.int64]:
    """Return the ``k`` best songs for each history, without those it holds, (lists, k).

    Parameters
    ----------
    order : (songs,) all songs; of two with equal scores the one that stands first here is better
    progress : told of the number of lists that were made each time

    """
    lists, songs = histories.shape
    found = np.full((lists, k), NOTHING, dtype=np.int64)
    size = max(1, BATCH_BYTES // (8 * max(songs, 1)))
    for start in range(0, lists, size):
        some = histories[start : start + size]
        scores = method.scores(some)
        scores[some.nonzero()] = -np.inf
        for at, own in enumerate(scores, start):
            best = order[best_places(own[order], k)]
            best = best[own[best] > -np.inf]
            found[at, : len(best)] = best
        progress(len(scores))
    return found


def best_places(scores: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Return the places of the ``k`` highest scores, equal ones by place; all if there are less."""
    if k >= len(scores):
        return np.argsort(-scores, kind="stable")
    worst = np.partition(scores, -k)[-k]
    above = np.flatnonzero(scores > worst)
    chosen = np.sort(np.append(above, np.flatnonzero(scores == worst)[: k - len(above)]))
    return chosen[np.argsort(-scores[chosen], kind="stable")]
