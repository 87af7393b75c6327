"""Numbers are read as they were written, or not at all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.kernels.decoding import wholes


def read(text: str) -> list[int]:
    found: list[int] = wholes(np.frombuffer(text.encode(), np.uint8)).tolist()
    return found


@given(st.lists(st.integers(-(2**62), 2**62)))
def test_what_was_written_is_read(numbers: list[int]) -> None:
    assert read("".join(f"{number}," for number in numbers)) == numbers


@pytest.mark.parametrize("text", ["", "1", "1,2", "1,-", "1.5,", "1, 2,", "x,", "1,é,"])
def test_of_what_is_cut_or_no_number_nothing_is_read(text: str) -> None:
    assert read(text) == []
