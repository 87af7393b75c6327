"""List policies, on lists whose answer can be seen by eye."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.live import LiveIndex
from index.ranking import WINDOW, ListPolicy
from index.ranking.diversity import SPACING, select_by_policy
from index.retrieval import Candidates
from tests.index import worlds


def catalogue(
    scores: list[float],
    artists: list[int],
    vectors: np.ndarray | None = None,
    *,
    albums: list[int] | None = None,
    songs: list[int] | None = None,
) -> tuple[LiveIndex, Candidates]:
    """Return tracks in the order of their scores."""
    n = len(scores)
    tracks = worlds.columns(
        np.random.default_rng(0),
        np.eye(8)[np.arange(n) % 8] if vectors is None else vectors,
        genres=0,
    )
    tracks["track_ids"] = np.arange(1, n + 1, dtype=np.int64)
    tracks["artist_keys"] = np.array(artists, dtype=np.int64)
    tracks["album_keys"] = np.array(albums or [0] * n, dtype=np.int64)
    tracks["song_keys"] = np.array(songs or [0] * n, dtype=np.int64)
    live = worlds.with_delta(worlds.snapshot(tracks, genres=0))
    return live, Candidates(np.arange(n), np.array(scores))


def positions(live: LiveIndex, order: Candidates, k: int, policy: ListPolicy) -> list[int]:
    def best(size: int) -> Candidates:
        return Candidates(order.rows[:size], order.scores[:size])

    return [int(row) for row in select_by_policy(live, best, k, policy).rows]


def falling(n: int) -> list[float]:
    return [1.0 - i / (2 * n) for i in range(n)]


def test_without_a_policy_the_order_of_scores_stays() -> None:
    live, order = catalogue(falling(30), [7] * 30)

    assert positions(live, order, 12, ListPolicy()) == list(range(12))


def test_an_artist_comes_twice_and_again_after_ten_places() -> None:
    live, order = catalogue(falling(40), [7] * 20 + list(range(100, 120)))

    found = positions(live, order, 22, ListPolicy(max_per_artist=2))

    assert found == [0, 20, 21, 1, *range(22, 28), 2, 28, 29, 3, *range(30, 36), 4, 36]


def test_an_artist_far_ahead_of_all_others_makes_the_pool_grow() -> None:
    live, order = catalogue(falling(700), [7] * 600 + list(range(100, 200)))

    assert positions(live, order, 5, ListPolicy(max_per_artist=2)) == [0, 1, 600, 601, 602]


def test_tracks_without_an_artist_are_never_held_back() -> None:
    live, order = catalogue(falling(20), [0] * 20)

    assert positions(live, order, 12, ListPolicy(max_per_artist=1)) == list(range(12))


def test_a_list_ends_when_no_other_artist_is_left() -> None:
    live, order = catalogue(falling(20), [7] * 20)

    assert positions(live, order, 12, ListPolicy(max_per_artist=2)) == [0, 1]


def test_an_artist_is_kept_apart_only_while_there_are_others() -> None:
    live, order = catalogue(falling(6), [7, 7, 7, 1, 7, 7])

    assert positions(live, order, 6, ListPolicy(max_per_artist=9)) == [0, 3, 1, 2, 4, 5]


def test_an_album_comes_twice_and_again_after_ten_places() -> None:
    live, order = catalogue(
        falling(30), list(range(1, 31)), albums=[5] * 10 + list(range(100, 120))
    )

    found = positions(live, order, 12, ListPolicy(max_per_album=2))

    assert found == [0, 1, *range(10, 18), 2, 3]


def test_a_song_comes_once_as_its_best_version() -> None:
    live, order = catalogue(falling(8), [1] * 8, songs=[3, 4, 3, 5, 3, 4, 0, 0])

    assert positions(live, order, 8, ListPolicy()) == list(range(8))
    assert positions(live, order, 8, ListPolicy(collapse_versions=True)) == [0, 1, 3, 6, 7]


def test_songs_that_are_left_out_never_come() -> None:
    live, order = catalogue(falling(6), [1] * 6, songs=[3, 4, 3, 5, 0, 6])
    unwanted = np.array([0, 3, 5])

    found = positions(live, order, 6, ListPolicy(collapse_versions=True, songs_left_out=unwanted))

    assert found == [1, 4, 5]


def test_a_song_with_hundreds_of_versions_makes_the_pool_grow() -> None:
    live, order = catalogue(
        falling(700), list(range(1, 701)), songs=[9] * 600 + list(range(1000, 1100))
    )

    assert positions(live, order, 3, ListPolicy(collapse_versions=True)) == [0, 600, 601]


def test_a_copy_of_the_first_track_has_to_wait() -> None:
    vectors = np.eye(8)[[0, 0, 1, 2]]
    live, order = catalogue([1.0, 0.99, 0.95, 0.9], [1, 2, 3, 4], vectors)

    assert positions(live, order, 4, ListPolicy(diversity=0.3)) == [0, 2, 3, 1]


def test_a_shorter_list_is_the_beginning_of_a_longer_one() -> None:
    generator = np.random.default_rng(8)
    live, order = catalogue(
        falling(400), generator.integers(0, 30, 400).tolist(), worlds.sphere(generator, 400)
    )
    policy = ListPolicy(diversity=0.4, max_per_artist=2)

    lists = [positions(live, order, k, policy) for k in (1, 5, 10, 40, 100)]

    for shorter, longer in pairwise(lists):
        assert longer[: len(shorter)] == shorter


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    artists=st.integers(1, 40),
    diversity=st.sampled_from([0.0, 0.2, 1.0]),
    caps=st.tuples(st.sampled_from([None, 1, 2, 4]), st.sampled_from([None, 1, 2])),
    collapse=st.booleans(),
)
def test_no_list_breaks_its_policy(
    seed: int, artists: int, diversity: float, caps: tuple[int | None, int | None], collapse: bool
) -> None:
    generator = np.random.default_rng(seed)
    drawn = [generator.integers(0, most, 250) for most in (artists, 60, 120)]
    live, order = catalogue(
        falling(250),
        drawn[0].tolist(),
        worlds.sphere(generator, 250),
        albums=drawn[1].tolist(),
        songs=drawn[2].tolist(),
    )
    unwanted = np.array([3, 4, 5])
    policy = ListPolicy(diversity, *caps, collapse, unwanted)

    found = positions(live, order, 60, policy)

    assert len(set(found)) == len(found)
    for keys, most in zip(drawn, caps, strict=False):
        for start in range(len(found)):
            window = [key for key in keys[found[start : start + WINDOW]].tolist() if key != 0]
            assert most is None or all(window.count(key) <= most for key in window)
    songs = [song for song in drawn[2][found].tolist() if song != 0]
    assert not collapse or len(set(songs)) == len(songs)
    assert not collapse or not set(songs) & set(unwanted.tolist())


def test_where_artists_are_many_none_comes_again_at_once() -> None:
    generator = np.random.default_rng(9)
    artists = generator.integers(1, 12, 500)
    live, order = catalogue(falling(500), artists.tolist(), worlds.sphere(generator, 500))

    found = artists[
        positions(live, order, 60, ListPolicy(diversity=0.5, max_per_artist=2))
    ].tolist()

    assert len(found) == 60
    for position, artist in enumerate(found):
        assert artist not in found[position + 1 : position + 1 + SPACING]


@pytest.mark.parametrize("diversity", [-0.1, 1.1, float("nan")])
def test_diversity_outside_its_range_is_refused(diversity: float) -> None:
    with pytest.raises(ValueError, match="diversity"):
        ListPolicy(diversity=diversity)


def test_a_cap_of_no_track_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="max_per_artist"):
        ListPolicy(max_per_artist=0)
    with pytest.raises(ValueError, match="max_per_album"):
        ListPolicy(max_per_album=0)
