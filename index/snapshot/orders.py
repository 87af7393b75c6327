"""The best rows of a snapshot by scores that are the same for everybody, put in order once.

What is trending decays, but by the same factor for every track, and popularity stands until the
next build: the order of a snapshot's rows never changes. Its first thousands, of which lists pass
over what is dead, excluded or of another genre, are found when the snapshot is loaded.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.row_sets import union

MOST = 4096
"""Rows that are kept in order: 64 kB an order."""

_NOBODY, _NOTHING = np.empty(0, dtype=np.bool_), np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Leaders:
    """The first rows of an order, best first, ties by ascending track id."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    complete: bool
    """Whether no other row is in the order at all."""

    def first(
        self,
        k: int,
        *,
        start: int,
        stop: int,
        dead: NDArray[np.bool_] | None = None,
        excluded: NDArray[np.int64] = _NOTHING,
        replaced: NDArray[np.int64] = _NOTHING,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
        """Return the first ``k`` of rows ``start..stop-1`` that are left, and their scores.

        None where rows beyond those that are kept could be among them.

        Parameters
        ----------
        dead : (n,) rows that are gone; None if none is
        excluded, replaced : rows to leave out, each ascending and each row once

        """
        gone = _NOBODY if dead is None else dead
        left_out = union(excluded, replaced) if len(replaced) else excluded
        rows, scores = kernels.first_of(self.rows, self.scores, gone, left_out, start, stop, k)
        return (rows, scores) if len(rows) == k or self.complete or start == stop else None


def by_count(counts: NDArray[np.float64], track_ids: NDArray[np.int64]) -> Leaders:
    """Return the rows with the greatest positive ``counts``, (n,)."""
    found = by_value(counts, track_ids)
    positive = int(np.count_nonzero(found.scores > 0))
    complete = found.complete or positive < MOST
    return Leaders(found.rows[:positive], found.scores[:positive], complete)


def by_value(values: NDArray[np.float64], track_ids: NDArray[np.int64]) -> Leaders:
    """Return the rows with the greatest ``values``, (n,)."""
    n = len(track_ids)
    found = kernels.top_values(values, track_ids, _NOBODY, _NOTHING, 0, n, min(MOST, n))
    return Leaders(*found, complete=n <= MOST)
