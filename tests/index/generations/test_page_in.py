"""Every page of a snapshot is touched before it is served."""

import mmap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.generations.page_in import page_in


@dataclass
class Inner:
    table: NDArray[np.int32]


@dataclass
class Outer:
    name: str
    rows: NDArray[np.float64]
    inner: Inner
    content: mmap.mmap


def test_arrays_and_mappings_are_touched_however_deep_they_lie(tmp_path: Path) -> None:
    path = tmp_path / "content"
    path.write_bytes(bytes(2 * mmap.PAGESIZE))
    with path.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    rows = np.zeros((mmap.PAGESIZE, 1))  # eight bytes each

    assert page_in(Outer("a", rows, Inner(np.zeros(1, dtype=np.int32)), content)) == 8 + 1 + 2


def test_an_empty_array_has_no_page() -> None:
    assert page_in(np.empty(0)) == 0
