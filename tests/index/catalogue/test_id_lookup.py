"""Ids are found where they stand, however far apart they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import kernels
from index.catalogue import IdLookup

IDS = st.lists(st.integers(-5, 40) | st.integers(-(2**62), 2**62), max_size=30)


@given(listed=IDS, wanted=IDS)
def test_each_id_is_found_in_its_place(listed: list[int], wanted: list[int]) -> None:
    ascending = sorted(set(listed))

    found = IdLookup(np.array(ascending, np.int64)).of(np.array(wanted, np.int64))

    expected = [ascending.index(each) if each in ascending else -1 for each in wanted]
    assert found.tolist() == expected


@pytest.mark.parametrize("size", [0, 1, 1_200_000])
def test_many_ids_are_found_as_few_are(size: int) -> None:
    ids = np.arange(10, dtype=np.int64)

    found = IdLookup(ids).of(np.arange(size) % 12)

    assert found.tolist() == np.where(np.arange(size) % 12 < 10, np.arange(size) % 12, -1).tolist()


@given(
    lists=st.lists(st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=8), max_size=8)
)
def test_a_listener_is_counted_once_for_each_track(lists: list[list[tuple[int, bool]]]) -> None:
    events = [event for each in lists for event in each]
    offsets = np.cumsum([0, *map(len, lists)]).astype(np.int64)

    found = kernels.count_listeners(
        offsets,
        np.array([row for row, _ in events], np.int32),
        np.array([chosen for _, chosen in events], np.bool_),
        7,
    )

    chosen = [{row for row, counts in each if counts} for each in lists]
    assert found.tolist() == [sum(row in rows for rows in chosen) for row in range(7)]
