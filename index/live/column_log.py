"""Append-only columns that many versions share: adding to one costs only what is added."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Schema = Mapping[str, tuple[Any, tuple[int, ...]]]
"""Type and shape of one position, by column."""


class _Store:
    """Columns with room to grow. Positions below ``used`` never change once written."""

    def __init__(self, schema: Schema, capacity: int) -> None:
        self.schema = schema
        self.capacity = capacity
        self.columns: dict[str, NDArray[Any]] = {
            name: np.empty((capacity, *shape), dtype=dtype)
            for name, (dtype, shape) in schema.items()
        }
        self.used = 0


@dataclass(frozen=True, slots=True, eq=False)
class ColumnLog:
    """One version of append-only columns: the first ``length`` positions of a shared store.

    Any number of threads may read any version; one at a time may append. Appending to a version
    that is not the newest copies it first, so versions never see each other's additions.
    """

    store: _Store
    length: int

    @classmethod
    def empty(cls, schema: Schema) -> "ColumnLog":
        """Return a log without positions."""
        return cls(_Store(schema, 0), 0)

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, column: str) -> NDArray[Any]:
        """Return the column (length, ...); not to be written to."""
        return self.store.columns[column][: self.length]

    def append(self, count: int, **columns: ArrayLike) -> "ColumnLog":
        """Return the version with ``count`` more positions, given column by column."""
        store = self._with_room(count)
        end = self.length + count
        for name, values in columns.items():
            store.columns[name][self.length : end] = values
        store.used = end
        return ColumnLog(store, end)

    def _with_room(self, count: int) -> _Store:
        needed = self.length + count
        if self.store.used == self.length and needed <= self.store.capacity:
            return self.store

        grown = _Store(self.store.schema, max(16, 2 * needed))
        for name, column in grown.columns.items():
            column[: self.length] = self[name]
        return grown
