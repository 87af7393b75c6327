"""What is shown of a list, and what is hidden."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.evaluation import Cuts, Part, cuts, hidden_songs


def test_the_last_fifth_of_a_list_is_hidden() -> None:
    found = cuts(np.array([10, 50, 12, 13]))
    assert found.shown.tolist() == [8, 40, 10, 10]
    assert found.end.tolist() == [10, 50, 12, 13]


def test_a_short_list_is_shown_whole() -> None:
    found = cuts(np.array([9, 1, 0]))
    assert found.shown.tolist() == found.end.tolist() == [9, 1, 0]


def test_validation_hides_the_last_fifth_of_what_the_test_shows() -> None:
    found = cuts(np.array([10, 50, 9]), part=Part.VALIDATION)
    assert found.shown.tolist() == [6, 32, 9]
    assert found.end.tolist() == [8, 40, 9]


@given(st.lists(st.integers(0, 300), min_size=1), st.floats(0.01, 0.99))
def test_no_song_of_the_test_part_is_seen_by_the_validation(
    lengths: list[int], share: float
) -> None:
    test = cuts(np.array(lengths), share=share)
    validation = cuts(np.array(lengths), share=share, part=Part.VALIDATION)
    long = np.array(lengths) >= 10

    assert (validation.end == test.shown).all()
    assert (test.shown[long] < test.end[long]).all()
    assert (test.shown[long] >= 1).all()
    assert (validation.shown <= validation.end).all()


@pytest.mark.parametrize("share", [0.0, 1.0, -0.2, 1.5])
def test_a_share_is_between_none_and_all(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        cuts(np.array([10]), share=share)


def test_what_is_shown_already_is_not_to_be_found() -> None:
    songs = np.array([1, 2, 3, 3, 4, 1, 5, 5])
    [hidden] = hidden_songs([songs], Cuts(np.array([3]), np.array([8])))
    assert hidden.tolist() == [4, 5]


def test_nothing_after_the_end_is_to_be_found() -> None:
    [hidden] = hidden_songs([np.arange(6)], Cuts(np.array([2]), np.array([4])))
    assert hidden.tolist() == [2, 3]
