"""A sketch counts different tracks, in whatever portions they come."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.experiments import distinct, empty_sketch, merged, sketch_of
from index.experiments.hyperloglog import ERROR, SIZE

IDS = st.lists(st.integers(1, 2**31 - 1), max_size=50).map(lambda ids: np.array(ids, np.int64))


@pytest.mark.parametrize("count", [0, 1, 10, 1_000, 10_000, 100_000, 1_000_000])
def test_it_is_right_within_three_standard_errors(count: int) -> None:
    ids = np.arange(1, count + 1) * 7

    assert distinct(sketch_of(ids)) == pytest.approx(count, rel=3 * ERROR, abs=0.5)


@given(IDS, IDS)
def test_the_portions_do_not_matter(first: np.ndarray, second: np.ndarray) -> None:
    together = sketch_of(np.concatenate((first, second, first)))

    assert (merged(sketch_of(first), sketch_of(second)) == together).all()
    assert (merged(sketch_of(second), sketch_of(first)) == together).all()
    assert (merged(together, empty_sketch()) == together).all()


def test_it_is_small() -> None:
    assert sketch_of(np.arange(1_000_000)).nbytes == SIZE == 4096
