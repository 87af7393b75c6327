"""Arrays as files: what was written is mapped, whoever else does so at the same time."""

import gc
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index.storage import array_file, map_array, save_array

THREADS, TIMES = 4, 200


@pytest.fixture
def interrupted() -> Iterator[None]:
    """Let another thread go on wherever objects are made, as a garbage collection may."""

    def let_others(_phase: str, _info: dict[str, int]) -> None:
        time.sleep(0)

    before = gc.get_threshold()
    gc.callbacks.append(let_others)
    gc.set_threshold(5)
    yield
    gc.set_threshold(*before)
    gc.callbacks.remove(let_others)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24.0).reshape(3, 8),
        np.arange(5, dtype=np.int32),
        np.array([True, False]),
        np.empty((0, 8)),
        np.empty(0, dtype=np.int64),
        np.arange(6.0).reshape(2, 3).T,
        np.array([1, 2], dtype=">i4"),
    ],
    ids=lambda array: f"{array.dtype.str}{array.shape}",
)
def test_what_was_written_is_mapped(tmp_path: Path, array: np.ndarray) -> None:
    save_array(tmp_path, "values", array)

    mapped = map_array(tmp_path, "values")

    np.testing.assert_array_equal(mapped, array, strict=True)
    np.testing.assert_array_equal(np.load(tmp_path / array_file("values")), array, strict=True)
    assert type(mapped) is np.ndarray
    assert not mapped.flags.writeable


def test_threads_map_at_once(tmp_path: Path, interrupted: None) -> None:
    array = np.arange(24.0).reshape(3, 8)
    save_array(tmp_path, "values", array)
    start = threading.Barrier(THREADS)

    def look() -> bool:
        start.wait()
        return all(np.array_equal(map_array(tmp_path, "values"), array) for _ in range(TIMES))

    with ThreadPoolExecutor(THREADS) as threads:
        looks = [threads.submit(look) for _ in range(THREADS)]
        assert all(look.result() for look in looks)


@pytest.mark.parametrize("content", [b"", b"no array at all", b"\x93NUMPY\x02\x00\x04\x00abc\n"])
def test_anything_else_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / array_file("values")).write_bytes(content)

    with pytest.raises(ValueError, match=r"array|magic|EOF"):
        map_array(tmp_path, "values")
