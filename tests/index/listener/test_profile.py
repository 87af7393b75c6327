"""What a listener's history says about taste."""

from dataclasses import replace

import numpy as np
import pytest

from index.actions import ACTION_CODES
from index.listener import event_weights, taste_profile
from index.listener.profile import DAY, TASTE_HALF_LIFE_DAYS
from index.live import History, LiveIndex
from tests.index import worlds

NOW = 1.7e9


def history(*events: tuple[int, str], **columns: list[float]) -> History:
    """Return one event of today per ``(row, action)``; ``columns`` replace the defaults."""
    n = len(events)
    return History(
        rows=np.array([row for row, _ in events], dtype=np.int64),
        actions=np.array([ACTION_CODES[action] for _, action in events], dtype=np.uint8),
        ratings=np.array(columns.get("ratings", [0] * n), dtype=np.uint8),
        listened=np.array(columns.get("listened", [np.nan] * n), dtype=np.float32),
        at=np.array(columns.get("at", [NOW] * n), dtype=np.float64),
    )


@pytest.fixture(scope="module")
def live() -> LiveIndex:
    """Row i lies on axis i; rows 0 and 1 have no genre, rows 2 to 7 genres 1, 1, 2, 3, 4, 5."""
    tracks = worlds.columns(np.random.default_rng(0), np.eye(8), genres=5)
    tracks["track_ids"] = np.arange(1, 9, dtype=np.int64)
    tracks["genre_codes"] = np.array([0, 0, 1, 1, 2, 3, 4, 5], dtype=np.int32)
    return worlds.with_delta(worlds.snapshot(tracks, genres=5))


def weight(action: str, **columns: list[float]) -> float:
    return float(event_weights(history((0, action), **columns))[0])


def test_stronger_actions_weigh_more_and_skips_and_dislikes_push_away() -> None:
    assert weight("like") > weight("playlist_add") > weight("play") > 0
    assert weight("dislike") < weight("skip") < 0


def test_a_rating_shifts_the_weight_and_three_stars_leave_it() -> None:
    by_stars = [weight("play", ratings=[stars]) for stars in (1, 2, 3, 4, 5)]

    assert by_stars == sorted(by_stars)
    assert by_stars[2] == weight("play")
    assert by_stars[0] < 0


def test_a_play_counts_by_the_share_listened_and_a_skip_by_the_share_left() -> None:
    assert 0 < weight("play", listened=[0.0]) < weight("play", listened=[0.5]) < weight("play")
    assert weight("play", listened=[1.0]) == weight("play")
    assert weight("skip", listened=[0.0]) == weight("skip") < weight("skip", listened=[0.9]) < 0
    assert weight("like", listened=[0.1]) == weight("like")


def test_an_event_a_half_life_before_the_latest_counts_half() -> None:
    at = [NOW - TASTE_HALF_LIFE_DAYS * DAY, NOW]
    older, latest = event_weights(history((0, "like"), (1, "like"), at=at))

    assert older == pytest.approx(latest / 2)


@pytest.mark.parametrize("years", [1, 10])
def test_a_history_says_the_same_however_long_ago_it_ended(live: LiveIndex, years: int) -> None:
    events = ((2, "like"), (5, "skip"), (3, "play"), (6, "like"))
    at = np.array([NOW - days * DAY for days in (400, 90, 30, 0)])
    now, before = (
        taste_profile(live, history(*events, at=moments.tolist()))
        for moments in (at, at - years * 365 * DAY)
    )

    assert np.allclose(now.vector, before.vector, atol=1e-12)
    assert now.favourite_genres == before.favourite_genres


def test_the_vector_points_to_what_was_liked_and_away_from_what_was_skipped(
    live: LiveIndex,
) -> None:
    vector = taste_profile(live, history((2, "like"), (5, "skip"))).vector

    assert vector[2] > 0.9
    assert -0.5 < vector[5] < 0
    assert np.linalg.norm(vector) == pytest.approx(1.0)


def test_favourite_genres_have_a_large_share_and_are_at_most_three(live: LiveIndex) -> None:
    profile = taste_profile(
        live, history((2, "like"), (3, "like"), (4, "play"), (5, "play"), (6, "play"))
    )
    assert profile.favourite_genres == (1,)

    many = taste_profile(live, history((7, "like"), *((row, "play") for row in range(2, 7))))
    assert many.favourite_genres == (5, 1)

    four = taste_profile(live, history(*((row, "like") for row in (7, 6, 5, 4))))
    assert four.favourite_genres == (2, 3, 4)


def test_tracks_without_a_genre_are_nobodys_favourite_but_count_in_the_whole(
    live: LiveIndex,
) -> None:
    assert taste_profile(live, history((0, "like"), (1, "like"))).favourite_genres == ()
    assert taste_profile(live, history((0, "like"), (2, "play"))).favourite_genres == (1,)
    mostly_without = history((0, "like"), (1, "like"), (2, "play"))
    assert taste_profile(live, mostly_without).favourite_genres == ()


def test_heard_and_disliked_rows_are_kept_apart(live: LiveIndex) -> None:
    profile = taste_profile(
        live,
        history(
            (4, "play"),
            (2, "like"),
            (3, "skip"),
            (5, "playlist_add"),
            (6, "dislike"),
            (2, "play"),
            (3, "dislike"),
        ),
    )

    assert profile.heard.tolist() == [2, 3, 4, 5]
    assert profile.disliked.tolist() == [3, 6]


def test_skips_and_dislikes_alone_are_no_evidence(live: LiveIndex) -> None:
    assert not taste_profile(live, history()).has_evidence
    assert not taste_profile(live, history((2, "skip"), (3, "dislike"))).has_evidence
    assert taste_profile(live, history((2, "skip"), (3, "play"))).has_evidence


def test_the_order_of_equal_events_does_not_matter(live: LiveIndex) -> None:
    forth = history((2, "like"), (4, "like"), (6, "skip"))
    back = replace(forth, rows=forth.rows[::-1].copy(), actions=forth.actions[::-1].copy())

    np.testing.assert_allclose(
        taste_profile(live, forth).vector, taste_profile(live, back).vector, atol=1e-15
    )
