"""Where ids stand in an ascending list of them."""

import numpy as np
from numpy.typing import NDArray

_SPARSE = 8
"""A table may have so many times the entries of the list: it is four times as quick."""
_AT_ONCE = 500_000
"""Millions at once would take eight times their memory."""


class IdLookup:
    """Looks up ids, by a table where they are dense and by bisection where they are not."""

    def __init__(self, ascending: NDArray[np.int64]) -> None:
        self._ids = ascending
        self._table: NDArray[np.int32] | None = None
        n = len(ascending)
        if n and ascending[0] >= 0 and ascending[-1] < _SPARSE * n:
            self._table = np.full(int(ascending[-1]) + 2, -1, dtype=np.int32)
            self._table[ascending] = np.arange(n, dtype=np.int32)

    def of(self, wanted: NDArray[np.integer]) -> NDArray[np.int32]:
        """Return the place of each wanted id, -1 where there is none."""
        found = np.full(len(wanted), -1, dtype=np.int32)
        if not len(self._ids):
            return found
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            found[start : start + _AT_ONCE] = self._found(part)
        return found

    def _found(self, wanted: NDArray[np.integer]) -> NDArray[np.int32]:
        if self._table is not None:
            # What lies outside of the table is sent to its last entry, which is -1.
            last = len(self._table) - 1
            inside = (wanted >= 0) & (wanted < last)
            return self._table[np.where(inside, wanted, last)]
        positions = np.minimum(np.searchsorted(self._ids, wanted), len(self._ids) - 1)
        return np.where(self._ids[positions] == wanted, positions, -1).astype(np.int32)
