"""Columns of texts as bytes, and several arrays in one file."""

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.catalogue import Texts, values_at
from index.storage import pack, unpack

COLUMNS = st.lists(st.none() | st.text(max_size=8))


def texts(values: list[str | None]) -> Texts:
    encoded = [None if value is None else value.encode(errors="replace") for value in values]
    lengths = [-1 if value is None else len(value) for value in encoded]
    return Texts.packed(b"".join(filter(None, encoded)), np.array(lengths, dtype=np.int32))


def readable(values: list[str | None]) -> list[str | None]:
    return [value and value.encode(errors="replace").decode() for value in values]


@given(COLUMNS)
def test_a_column_holds_what_was_put_in(values: list[str | None]) -> None:
    column = texts(values)

    assert len(column) == len(values)
    assert list(column) == readable(values)
    assert [column[at] for at in range(len(values))] == readable(values)
    assert column[1:3] == readable(values)[1:3]


@given(COLUMNS, COLUMNS, st.randoms())
def test_columns_are_joined_and_picked_from(
    one: list[str | None], other: list[str | None], random: Random
) -> None:
    both = readable(one + other)
    positions = [at for at in range(len(both)) if random.random() < 0.5]
    joined = Texts.joined([texts(one), texts(other)])

    assert list(joined) == both
    picked = joined.at(np.array(positions, dtype=np.int64))
    assert list(picked) == [both[at] for at in positions]
    assert len(picked.content) == sum(len(text.encode()) for text in picked if text)


def test_values_of_any_column_are_picked_alike() -> None:
    positions = np.array([2, 0])
    assert values_at(["a", "b", "c"], positions) == values_at(texts(["a", "b", "c"]), positions)


def test_packed_arrays_come_back(tmp_path: Path) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "empty": np.empty(0, dtype=np.uint32),
        "bytes": np.arange(7, dtype=np.uint8),
        "table": np.arange(12.0).reshape(4, 3),
        "nothing wide": np.empty((0, 5)),
    }
    pack(tmp_path / "packed.bin", arrays)
    found = unpack(tmp_path / "packed.bin")

    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)
        assert not found[name].flags.writeable


def test_no_arrays_are_a_file_too(tmp_path: Path) -> None:
    pack(tmp_path / "packed.bin", {})
    assert unpack(tmp_path / "packed.bin") == {}
