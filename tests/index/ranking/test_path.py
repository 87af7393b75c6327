"""Claims on ways from one track to another."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from index.live import LiveIndex
from index.ranking import find_path, path
from index.ranking.path import POSITION_WEIGHT, STEP_WEIGHT, Floats
from index.retrieval import Filters
from tests.index import worlds
from tests.index.reference import live_rows
from tests.index.worlds import random_live


def ends_of(live: LiveIndex, seed: int) -> tuple[int, int]:
    rows = live_rows(live)
    first, last = np.random.default_rng(seed).choice(rows, 2, replace=False).tolist()
    return first, last


def points_between(a: Floats, b: Floats, steps: int) -> Floats:
    """Return points on the great circle, by its textbook formula."""
    angle = np.arccos(np.clip(a @ b, -1, 1))
    shares = np.arange(1, steps + 1)[:, None] / (steps + 1)
    return np.asarray(
        (np.sin((1 - shares) * angle) * a + np.sin(shares * angle) * b) / np.sin(angle)
    )


def total(live: LiveIndex, rows: list[int]) -> float:
    vectors = live.take(np.array(rows)).vectors
    points = points_between(vectors[0], vectors[-1], len(rows) - 2)
    stay = sum(
        POSITION_WEIGHT * (1 + v @ p) / 2 for v, p in zip(vectors[1:-1], points, strict=True)
    )
    step = sum(STEP_WEIGHT * (1 + v @ w) / 2 for v, w in pairwise(vectors))
    return float(stay + step)


def most_of_an_artist(live: LiveIndex, rows: list[int]) -> int:
    """Return how often, ends included, the artist comes who comes most often between the ends."""
    keys = live.take(np.array(rows)).artist_keys.tolist()
    return max(keys.count(key) for key in keys[1:-1] if key) if any(keys[1:-1]) else 1


def repeats_no_song(live: LiveIndex, rows: list[int]) -> bool:
    """Tell whether no track between the ends is of a song that comes elsewhere."""
    songs = live.take(np.array(rows)).song_keys.tolist()
    return all(song == 0 or songs.count(song) == 1 for song in songs[1:-1])


@settings(max_examples=40)
@given(world=st.integers(0, 6), seed=st.integers(0, 99), steps=st.integers(1, 12))
def test_ways_lead_from_end_to_end_and_repeat_nothing(world: int, seed: int, steps: int) -> None:
    live = random_live(world, n=60, m=15, exact=bool(world % 2))
    first, last = ends_of(live, seed)

    found = find_path(live, first, last, steps)

    rows = found.ranked.rows.tolist()
    assert (rows[0], rows[-1], len(rows)) == (first, last, steps + 2)
    assert len(set(rows)) == len(rows)
    assert set(rows) <= set(live_rows(live).tolist())
    assert repeats_no_song(live, rows)
    np.testing.assert_allclose(found.ranked.parts.sum(axis=1), found.ranked.scores, atol=1e-9)


@settings(max_examples=6)
@given(world=st.integers(0, 6), seed=st.integers(0, 99))
def test_no_other_way_of_as_few_tracks_an_artist_scores_higher(world: int, seed: int) -> None:
    live = random_live(world, n=14, m=3, exact=False)
    first, last = ends_of(live, seed)
    vectors = live.take(np.array([first, last])).vectors
    assume(abs(vectors[0] @ vectors[1]) < 0.99)

    found = find_path(live, first, last, 3)

    others = [row for row in live_rows(live).tolist() if row not in (first, last)]
    ways = [[first, *some, last] for some in product(others, repeat=3) if len(set(some)) == 3]
    ways = [each for each in ways if repeats_no_song(live, each)]
    fewest = min(most_of_an_artist(live, each) for each in ways)
    best = max(total(live, each) for each in ways if most_of_an_artist(live, each) == fewest)
    rows = found.ranked.rows.tolist()
    assert most_of_an_artist(live, rows) == fewest
    assert total(live, rows) == pytest.approx(best, abs=1e-9)
    assert found.is_best


def test_steps_are_smaller_than_the_jump() -> None:
    live = random_live(3, n=1_000, m=0, exact=False)
    for seed in range(10):
        first, last = ends_of(live, seed)
        smooth = find_path(live, first, last, 6).smoothness
        assert smooth.largest_step < max(smooth.direct, 0.25)
        assert smooth.ideal_step == pytest.approx(smooth.direct / 7)
        assert smooth.mean_step <= smooth.largest_step


def test_scores_sum_to_what_was_maximised() -> None:
    live = random_live(1, n=200, m=20, exact=False)
    first, last = ends_of(live, 1)
    found = find_path(live, first, last, 5)

    both_ends = POSITION_WEIGHT + STEP_WEIGHT + POSITION_WEIGHT
    assert found.ranked.scores.sum() - both_ends == pytest.approx(
        total(live, found.ranked.rows.tolist())
    )


@pytest.mark.parametrize("which", ["opposite", "equal", "silent"])
def test_ends_without_one_great_circle(which: str) -> None:
    generator = np.random.default_rng(0)
    vectors = worlds.sphere(generator, 40)
    vectors[1] = {"opposite": -vectors[0], "equal": vectors[0], "silent": 0 * vectors[0]}[which]
    tracks = worlds.columns(generator, vectors, genres=0)
    tracks["track_ids"] = np.arange(1, 41)
    tracks["genre_codes"][:] = 0
    live = worlds.with_delta(worlds.snapshot(tracks, genres=0))

    found = find_path(live, 0, 1, 4)

    assert len(set(found.ranked.rows.tolist())) == 6
    assert np.isfinite(found.ranked.scores).all()


def test_one_artist_is_enough_where_there_is_no_other() -> None:
    live = random_live(2, n=80, m=0, exact=False)
    live.snapshot.artist_keys[:] = 7
    first, last = ends_of(live, 3)

    assert len(find_path(live, first, last, 10).ranked.rows) == 12


def test_a_way_is_as_long_as_there_are_tracks() -> None:
    live = random_live(4, n=12, m=0, exact=False)
    first, last = ends_of(live, 0)

    assert len(find_path(live, first, last, 50).ranked.rows) == len(live_rows(live))
    nothing = Filters(genres=("nothing like it",))
    assert find_path(live, first, last, 5, nothing).ranked.rows.tolist() == [first, last]


def test_a_greedy_way_keeps_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    live = random_live(5, n=100, m=10, exact=False)
    first, last = ends_of(live, 2)
    best = find_path(live, first, last, 8)
    monkeypatch.setattr(path, "MOST_TRIES", 2)

    found = find_path(live, first, last, 8)

    rows = found.ranked.rows.tolist()
    assert not found.is_best
    assert len(set(rows)) == 10
    assert most_of_an_artist(live, rows) == most_of_an_artist(live, best.ranked.rows.tolist())
    assert found.ranked.scores.sum() <= best.ranked.scores.sum() + 1e-12
