"""Plain methods on lists whose answer can be seen by eye, and beside slow twins."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.evaluation import METHODS, NOTHING, Problem, Songs, TooLarge, incidence, recommended
from index.evaluation.ease import Ease
from index.evaluation.factors import Factorisation
from index.evaluation.methods import ArtistAffinity, Content, ItemItem, Popularity
from index.evaluation.ranked import best_places

SONGS = 8
BLOCKS = [[0, 1, 2], [0, 1, 3], [1, 2, 3], [4, 5, 6], [4, 5, 7], [5, 6, 7]] * 20
"""Two camps that share nothing: 0..3 and 4..7."""


def problem(lists: list[list[int]], songs: int = SONGS) -> Problem:
    angles = np.arange(songs) * np.pi / songs
    return Problem(
        Songs(
            vectors=np.column_stack([np.cos(angles), np.sin(angles)]),
            artists=np.arange(songs) // 2,
            popularity=np.full(songs, np.nan),
        ),
        incidence([np.array(own, dtype=np.int64) for own in lists], songs),
    )


def histories(*lists: list[int], songs: int = SONGS) -> object:
    return incidence([np.array(own, dtype=np.int64) for own in lists], songs)


def dense(lists: list[list[int]], songs: int) -> NDArray[np.float64]:
    found = np.zeros((len(lists), songs))
    for at, own in enumerate(lists):
        found[at, own] = 1
    return found


@pytest.mark.parametrize("name", ["item-item", "matrix factorisation", "EASE"])
def test_what_learns_from_lists_keeps_the_camps_apart(name: str) -> None:
    world = problem(BLOCKS)
    method = METHODS[name](world, 0)
    found = recommended(method, histories([0, 1], [6]), world.order, 2)
    assert set(found[0].tolist()) == {2, 3}
    assert set(found[1].tolist()) <= {4, 5, 7}


@pytest.mark.parametrize("name", METHODS)
def test_no_method_recommends_what_the_list_holds(name: str) -> None:
    world = problem(BLOCKS)
    found = recommended(METHODS[name](world, 0), histories([0, 1], []), world.order, SONGS)
    assert sorted(found[0].tolist()) == [NOTHING, NOTHING, 2, 3, 4, 5, 6, 7]
    assert sorted(found[1].tolist()) == list(range(SONGS))


@pytest.mark.parametrize("name", METHODS)
def test_every_method_stands_a_world_without_lists(name: str) -> None:
    world = problem([[]])
    found = recommended(METHODS[name](world, 0), histories([3]), world.order, 3)
    assert 3 not in found
    assert (found != NOTHING).all()


def test_equal_scores_come_best_known_first() -> None:
    world = problem([[3, 5], [3], [6, 5], [3]])
    found = recommended(Popularity(world), histories([]), world.order, 5)
    assert found[0].tolist() == [3, 5, 6, 0, 1]


def test_content_looks_for_the_direction_of_the_history() -> None:
    world = problem(BLOCKS)
    found = recommended(Content(world), histories([2, 4]), world.order, 3)
    assert found[0].tolist() == [3, 5, 1] or found[0].tolist() == [3, 1, 5]


def test_artist_affinity_stays_with_the_artists_of_the_history() -> None:
    world = problem([[0, 1, 2, 3], [3, 4], [3]])
    scores = ArtistAffinity(world).scores(histories([2, 6]))[0]
    assert np.flatnonzero(scores).tolist() == [2, 3, 6, 7]
    assert scores[3] == pytest.approx(np.log(4) + 1e-3)
    assert scores[7] == pytest.approx(1e-3)


some_lists = st.lists(
    st.lists(st.integers(0, 6), min_size=1, max_size=5, unique=True), min_size=1, max_size=12
)


@given(some_lists, st.lists(st.integers(0, 6), min_size=1, max_size=4, unique=True))
def test_item_item_is_the_sum_of_cosines(lists: list[list[int]], own: list[int]) -> None:
    matrix = dense(lists, 7)
    norms = np.maximum(np.linalg.norm(matrix, axis=0), 1)
    cosines = (matrix.T @ matrix) / np.outer(norms, norms)
    found = ItemItem(problem(lists, 7)).scores(histories(own, songs=7))
    assert found[0] == pytest.approx(dense([own], 7)[0] @ cosines)


@settings(deadline=None)
@given(some_lists, st.lists(st.integers(0, 6), min_size=1, max_size=4, unique=True))
def test_ease_is_the_closed_form(lists: list[list[int]], own: list[int]) -> None:
    matrix = dense(lists, 7)
    inverse = np.linalg.inv(matrix.T @ matrix + 20 * np.eye(7))
    model = inverse / -np.diag(inverse)
    np.fill_diagonal(model, 0)
    known = matrix.any(axis=0)
    expected = np.where(known, dense([own], 7)[0] @ model, 0)

    found = Ease(problem(lists, 7)).scores(histories(own, songs=7))[0]
    others = [song for song in range(7) if song not in own]
    assert found[others] == pytest.approx(expected[others], abs=1e-10)


def test_ease_is_the_same_by_lists_and_by_songs() -> None:
    few = [[0, 1, 2], [2, 3]]
    many = few + [[]] * 30  # Lists that hold nothing change nothing but the way it is found.
    asked = histories([1, 3])
    assert Ease(problem(few)).scores(asked) == pytest.approx(Ease(problem(many)).scores(asked))


def test_ease_that_does_not_fit_into_memory_says_so() -> None:
    with pytest.raises(TooLarge, match="GB"):
        Ease(problem(BLOCKS), most_bytes=100)


def test_a_factorisation_scores_a_listener_it_has_not_learnt_from_like_one_it_has() -> None:
    method = Factorisation(problem(BLOCKS))
    scores = method.scores(histories([0, 1, 2], [4]))
    assert scores[0, 3] > scores[0, 4:].max()
    assert scores[1, 5:].min() > scores[1, :4].max()


@given(st.lists(st.integers(0, 4), min_size=1, max_size=20), st.integers(1, 25))
def test_the_best_places_are_those_of_a_stable_sort(scores: list[int], k: int) -> None:
    values = np.array(scores, dtype=np.float64)
    assert best_places(values, k).tolist() == np.argsort(-values, kind="stable")[:k].tolist()
