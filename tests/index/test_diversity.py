"""List policies, on lists whose answer can be seen by eye."""

from itertools import pairwise

import numpy as np
import pytest

from index.diversity import ARTIST_WINDOW, ListPolicy, arranged
from index.live import LiveIndex
from index.retrieval import Candidates
from tests.index import worlds


def catalogue(
    scores: list[float], artists: list[int], vectors: np.ndarray | None = None
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
    live = worlds.with_delta(worlds.snapshot(tracks, genres=0))
    return live, Candidates(np.arange(n), np.array(scores))


def places(live: LiveIndex, order: Candidates, k: int, policy: ListPolicy) -> list[int]:
    def best(size: int) -> Candidates:
        return Candidates(order.rows[:size], order.scores[:size])

    return [int(row) for row in arranged(live, best, k, policy).rows]


def falling(n: int) -> list[float]:
    return [1.0 - i / (2 * n) for i in range(n)]


def test_without_a_policy_the_order_of_scores_stays() -> None:
    live, order = catalogue(falling(30), [7] * 30)

    assert places(live, order, 12, ListPolicy()) == list(range(12))


def test_an_artist_comes_twice_and_again_after_ten_places() -> None:
    live, order = catalogue(falling(40), [7] * 20 + list(range(100, 120)))

    found = places(live, order, 22, ListPolicy(max_per_artist=2))

    assert found == [0, 1, *range(20, 28), 2, 3, *range(28, 36), 4, 5]


def test_an_artist_far_ahead_of_all_others_makes_the_pool_grow() -> None:
    live, order = catalogue(falling(700), [7] * 600 + list(range(100, 200)))

    assert places(live, order, 5, ListPolicy(max_per_artist=2)) == [0, 1, 600, 601, 602]


def test_tracks_without_an_artist_are_never_held_back() -> None:
    live, order = catalogue(falling(20), [0] * 20)

    assert places(live, order, 12, ListPolicy(max_per_artist=1)) == list(range(12))


def test_a_list_ends_when_no_other_artist_is_left() -> None:
    live, order = catalogue(falling(20), [7] * 20)

    assert places(live, order, 12, ListPolicy(max_per_artist=2)) == [0, 1]


def test_a_copy_of_the_first_track_has_to_wait() -> None:
    vectors = np.eye(8)[[0, 0, 1, 2]]
    live, order = catalogue([1.0, 0.99, 0.95, 0.9], [1, 2, 3, 4], vectors)

    assert places(live, order, 4, ListPolicy(diversity=0.3)) == [0, 2, 3, 1]


def test_a_shorter_list_is_the_beginning_of_a_longer_one() -> None:
    generator = np.random.default_rng(8)
    live, order = catalogue(
        falling(400), generator.integers(0, 30, 400).tolist(), worlds.sphere(generator, 400)
    )
    policy = ListPolicy(diversity=0.4, max_per_artist=2)

    lists = [places(live, order, k, policy) for k in (1, 5, 10, 40, 100)]

    for shorter, longer in pairwise(lists):
        assert longer[: len(shorter)] == shorter


def test_no_ten_consecutive_places_hold_an_artist_three_times() -> None:
    generator = np.random.default_rng(9)
    artists = generator.integers(0, 12, 500)
    live, order = catalogue(falling(500), artists.tolist(), worlds.sphere(generator, 500))

    found = artists[places(live, order, 60, ListPolicy(diversity=0.5, max_per_artist=2))]

    assert len(found) == 60
    for start in range(len(found)):
        window = found[start : start + ARTIST_WINDOW].tolist()
        assert all(window.count(artist) <= 2 for artist in window if artist != 0)


@pytest.mark.parametrize("diversity", [-0.1, 1.1, float("nan")])
def test_diversity_outside_its_range_is_refused(diversity: float) -> None:
    with pytest.raises(ValueError, match="diversity"):
        ListPolicy(diversity=diversity)


def test_a_cap_of_no_track_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="max_per_artist"):
        ListPolicy(max_per_artist=0)
