"""Several arrays in one file, each where a reader can map it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

_ALIGNMENT = 64


def pack(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays of one dimension or two, one after the other, behind a table of them."""
    table, position = {}, 0
    for name, array in arrays.items():
        table[name] = [array.dtype.str, list(array.shape), position]
        position += _aligned(array.nbytes)

    header = orjson.dumps(table)
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little"))
        file.write(header.ljust(_aligned(8 + len(header)) - 8))
        for array in arrays.values():
            file.write(np.ascontiguousarray(array).data if array.size else b"")
            file.write(bytes(_aligned(array.nbytes) - array.nbytes))


def unpack(path: Path) -> dict[str, NDArray[Any]]:
    """Map the arrays that `pack` wrote. Verify the file's hash first: it is taken at its word."""
    mapped = np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))
    length = int.from_bytes(mapped[:8].tobytes(), "little")
    table = orjson.loads(mapped[8 : 8 + length].tobytes())
    first = _aligned(8 + length)

    arrays = {}
    for name, (kind, shape, position) in table.items():
        dtype = np.dtype(kind)
        start = first + position
        stop = start + int(np.prod(shape)) * dtype.itemsize
        arrays[name] = mapped[start:stop].view(dtype).reshape(shape)
    return arrays


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
