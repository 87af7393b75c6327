"""Arrays as a generation keeps them: one file each, and runs of rows by their offsets."""

import mmap
import re
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import ArrayLike, NDArray

_HEADER = re.compile(
    rb"\{'descr': '([<>|][biuf]\d+)', 'fortran_order': False, 'shape': \(([\d, ]*)\), \} *\n"
)


def array_file(name: str) -> str:
    """Return the name of the file that holds an array."""
    return f"{name}.npy"


def save_array(folder: Path, name: str, array: NDArray[Any]) -> None:
    """Write an array into a generation's folder."""
    np.save(folder / array_file(name), np.ascontiguousarray(array), allow_pickle=False)


def map_array(folder: Path, name: str) -> NDArray[Any]:
    """Map what `save_array` wrote. Any number of threads may do so at once.

    Raises
    ------
    FileNotFoundError
        There is no such array.
    ValueError
        Something else lies there.

    """
    with (folder / array_file(name)).open("rb") as file:
        dtype, shape = _header(file)
        start = file.tell()
        # NumPy's memmap takes longer to open, and its slices are several times slower.
        return np.ndarray(shape, dtype, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), start)


def release_pages(array: NDArray[Any]) -> None:
    """Give back the memory of the file that an array is mapped from; reading maps it again."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap):
        base.madvise(mmap.MADV_DONTNEED)


def offsets_of(counts: ArrayLike) -> NDArray[np.int64]:
    """Return (n + 1,) where each of n runs of so many rows begins, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)


def _header(file: BinaryIO) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Read the type and the shape, and stop where the values begin.

    NumPy would have them parsed as Python; of threads that do so at once one fails at times in
    CPython before 3.11.8 (https://github.com/python/cpython/issues/106905).
    """
    version = np.lib.format.read_magic(file)
    header = _HEADER.fullmatch(file.read(int.from_bytes(file.read(2), "little")))
    if version != (1, 0) or header is None:
        raise ValueError(f"{file.name} holds no array that Segue wrote")
    dtype, shape = header[1].decode(), header[2].decode()
    return np.dtype(dtype), tuple(int(size) for size in shape.split(",") if size.strip())
