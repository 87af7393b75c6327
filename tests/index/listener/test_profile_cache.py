"""Claims on kept profiles: always what would be made anew."""

from pathlib import Path

import numpy as np
import pytest

from index.listener import Profiles, TasteProfile, taste_profile
from index.live import Changes, Delta, LiveIndex, apply
from tests.index.catalogues import E, T, built, catalogue, changes

TRACKS = [
    T(1, genre="dub", features=(70, 0.1, 0.2, 0.2, 0.9, 0.8, -20, 0.03)),
    T(2, genre="dub", features=(170, 0.9, 0.7, 0.8, 0.1, 0.0, -4, 0.3)),
    T(3, genre="folk", features=(90, 0.3, 0.9, 0.1, 0.5, 0.2, -12, 0.1)),
]
EVENTS = [E(1, 1, "like"), E(1, 2, "play"), E(2, 3, "like")]
CASES = {
    "another event": changes(events=[E(1, 3, "like")]),
    "a dislike": changes(events=[E(1, 1, "dislike")]),
    "a changed track": changes(tracks=[T(1, genre="folk", features=TRACKS[2].features)]),
    "a deleted track": changes(removed_tracks=[1]),
    "a listener who starts again": changes(removed_users=[1], users=[1]),
}


@pytest.fixture
def live(tmp_path: Path) -> LiveIndex:
    snapshot = built(tmp_path, catalogue(TRACKS, users=[1, 2], events=EVENTS))
    return LiveIndex(snapshot, Delta.empty(snapshot))


def changed(live: LiveIndex, what: Changes) -> LiveIndex:
    return LiveIndex(live.snapshot, apply(live.snapshot, live.delta, what))


def fresh(live: LiveIndex, user_id: int) -> TasteProfile:
    history = live.history(user_id)
    assert history is not None
    return taste_profile(live, history)


def same(one: TasteProfile | None, other: TasteProfile) -> bool:
    return (
        one is not None
        and np.array_equal(one.vector, other.vector)
        and one.favourite_genres == other.favourite_genres
        and np.array_equal(one.heard, other.heard)
        and np.array_equal(one.disliked, other.disliked)
        and one.has_evidence == other.has_evidence
    )


def test_an_unchanged_listener_has_the_same_profile(live: LiveIndex) -> None:
    profiles = Profiles()
    first = profiles.of(live, 1)
    elsewhere = changed(live, changes(events=[E(2, 1, "play")], users=[7]))

    assert profiles.of(elsewhere, 1) is first
    assert same(first, fresh(live, 1))


@pytest.mark.parametrize("case", CASES)
def test_whatever_a_profile_depends_on_makes_a_new_one(live: LiveIndex, case: str) -> None:
    profiles = Profiles()
    profiles.of(live, 1)
    later = changed(live, CASES[case])

    assert same(profiles.of(later, 1), fresh(later, 1))
    assert not same(profiles.of(later, 1), fresh(live, 1))
    assert same(profiles.of(live, 1), fresh(live, 1))


def test_unknown_and_deleted_listeners_have_none(live: LiveIndex) -> None:
    profiles = Profiles()
    profiles.of(live, 1)

    assert profiles.of(live, 9) is None
    assert profiles.of(changed(live, changes(removed_users=[1])), 1) is None


def test_only_the_latest_are_kept(live: LiveIndex) -> None:
    profiles = Profiles(most=1)
    first = profiles.of(live, 1)
    profiles.of(live, 2)

    again = profiles.of(live, 1)
    assert again is not first
    assert same(again, fresh(live, 1))
