"""The arrays of a snapshot in one argument.

Handing an array to a kernel takes a quarter of a microsecond, and a search reads a dozen of them:
as long as a tenth of the search itself. They never change while a snapshot lives, so their
addresses are written down once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import carray, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from index.kernels.compile import inlined

Table = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """Arrays that kernels find by their places in ``table``; it keeps them alive."""

    table: Table
    """Address and length of each."""
    arrays: tuple[NDArray[Any], ...]

    @classmethod
    def of(cls, arrays: Sequence[tuple[NDArray[Any], type]]) -> "Arrays":
        """Write down arrays, each with the type of number that it must hold."""
        for array, kind in arrays:
            if array.dtype != kind or not array.flags.c_contiguous:
                raise TypeError(f"expected contiguous {kind.__name__}, not {array.dtype}")
        rows = [(array.ctypes.data, array.size) for array, _ in arrays]
        table = np.array(rows, dtype=np.int64).ravel()
        return cls(table, tuple(array for array, _ in arrays))


@intrinsic
def _pointer(_context: Any, address: Any) -> Any:
    signature = types.voidptr(address)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return signature, generate


@inlined
def floats_at(table: Table, position: int) -> NDArray[np.float64]:
    """Return an array of float64."""
    return carray(_pointer(table[2 * position]), table[2 * position + 1], np.float64)


@inlined
def singles_at(table: Table, position: int) -> NDArray[np.float32]:
    """Return an array of float32."""
    return carray(_pointer(table[2 * position]), table[2 * position + 1], np.float32)


@inlined
def ints_at(table: Table, position: int) -> NDArray[np.int64]:
    """Return an array of int64."""
    return carray(_pointer(table[2 * position]), table[2 * position + 1], np.int64)


@inlined
def codes_at(table: Table, position: int) -> NDArray[np.int32]:
    """Return an array of int32."""
    return carray(_pointer(table[2 * position]), table[2 * position + 1], np.int32)


@inlined
def rows_of_8_at(table: Table, position: int) -> NDArray[np.float64]:
    """Return an array of rows of eight float64."""
    shape = (table[2 * position + 1] // 8, 8)
    return carray(_pointer(table[2 * position]), shape, np.float64)


@inlined
def bytes_at(table: Table, position: int) -> NDArray[np.uint8]:
    """Return an array of bytes."""
    return carray(_pointer(table[2 * position]), table[2 * position + 1], np.uint8)


@inlined
def words_at(table: Table, position: int) -> NDArray[np.uint16]:
    """Return an array of uint16."""
    return carray(_pointer(table[2 * position]), table[2 * position + 1], np.uint16)
