"""Arrays as a generation keeps them: one file each, and runs of rows by their offsets."""

import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def array_file(name: str) -> str:
    """Return the name of the file that holds an array."""
    return f"{name}.npy"


def save_array(folder: Path, name: str, array: NDArray[Any]) -> None:
    """Write an array into a generation's folder."""
    np.save(folder / array_file(name), np.ascontiguousarray(array), allow_pickle=False)


def map_array(folder: Path, name: str) -> NDArray[Any]:
    """Map what `save_array` wrote."""
    # A plain array over the mapping: slices of the memmap class are several times slower.
    return np.asarray(np.load(folder / array_file(name), mmap_mode="r", allow_pickle=False))


def let_go(array: NDArray[Any]) -> None:
    """Give back the memory of the file that an array is mapped from; reading maps it again."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap):
        base.madvise(mmap.MADV_DONTNEED)


def offsets_of(counts: ArrayLike) -> NDArray[np.int64]:
    """Return (n + 1,) where each of n runs of so many rows begins, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)
