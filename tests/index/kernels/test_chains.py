import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index import kernels


def walk(previous: list[int], last: int) -> list[int]:
    """The slow twin."""
    positions: list[int] = []
    while last >= 0:
        positions.insert(0, last)
        last = previous[last]
    return positions


@given(st.lists(st.integers(0, 3), max_size=30))
def test_a_chain_is_walked_from_its_beginning(owners: list[int]) -> None:
    latest: dict[int, int] = {}
    previous = []
    for position, owner in enumerate(owners):
        previous.append(latest.get(owner, -1))
        latest[owner] = position

    for owner in range(4):
        last = latest.get(owner, -1)
        found = kernels.chain(np.array(previous, dtype=np.int64), last)
        assert found.tolist() == walk(previous, last)
        assert found.tolist() == [position for position, each in enumerate(owners) if each == owner]
