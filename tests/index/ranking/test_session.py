"""Claims on sessions: what comes next follows what was done."""

from pathlib import Path

import numpy as np
import pytest

from index.listener import NO_EDITS, TasteProfile
from index.live import Delta, LiveIndex
from index.ranking import (
    Ranked,
    Seeds,
    Session,
    SessionEvent,
    next_tracks,
    personalized,
    session_profile,
)
from tests.index.catalogues import E, T, built, catalogue

CALM = np.array((70, 0.1, 0.2, 0.2, 0.9, 0.8, -20, 0.03))
WILD = np.array((170, 0.9, 0.7, 0.8, 0.1, 0.0, -4, 0.3))
CALM_IDS, WILD_IDS = range(1, 41), range(41, 81)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> LiveIndex:
    """Forty calm and forty wild tracks of eight artists each; listener 1 likes what is calm."""
    generator = np.random.default_rng(0)
    tracks = [
        T(
            id_,
            title=f"Title {id_}",
            artist=f"{'Calm' if id_ in CALM_IDS else 'Wild'} {id_ % 8}",
            features=(
                (CALM if id_ in CALM_IDS else WILD) * generator.uniform(0.9, 1.1, 8)
            ).tolist(),
        )
        for id_ in (*CALM_IDS, *WILD_IDS)
    ]
    events = [E(1, id_, "like") for id_ in range(1, 9)]
    folder: Path = tmp_path_factory.mktemp("session")
    snapshot = built(folder, catalogue(tracks, users=[1], events=events))
    return LiveIndex(snapshot, Delta.empty(snapshot))


def profile(live: LiveIndex, session: Session, user: int | None = None) -> TasteProfile:
    history = None if user is None else live.history(user)
    return session_profile(live, session, history, NO_EDITS)


def following_ids(
    live: LiveIndex, session: Session, k: int, user: int | None = None, cap: int | None = 2
) -> list[int]:
    taste = profile(live, session, user)

    def best(size: int) -> Ranked:
        return personalized(live, taste, k=size, exclude_heard=False, max_per_artist=cap)

    found: list[int] = live.ids_of(next_tracks(live, session, best, k, cap).rows).tolist()
    return found


def test_a_session_begins_from_its_seeds(live: LiveIndex) -> None:
    assert set(following_ids(live, Session(Seeds(tracks=(41,))), 10)) <= set(WILD_IDS) - {41}
    assert set(following_ids(live, Session(Seeds(artists=("calm 3",))), 10)) <= set(CALM_IDS)


def test_a_session_begins_from_its_listener(live: LiveIndex) -> None:
    assert set(following_ids(live, Session(Seeds()), 10, user=1)) <= set(CALM_IDS)


def test_a_session_from_nothing_has_no_evidence(live: LiveIndex) -> None:
    assert not profile(live, Session(Seeds())).has_evidence
    assert profile(live, Session(Seeds(), (SessionEvent(50, "like"),))).has_evidence


def test_likes_turn_a_session_whatever_the_history_says(live: LiveIndex) -> None:
    session_events = tuple(SessionEvent(id_, "like") for id_ in (50, 51, 52))
    skips = tuple(SessionEvent(id_, "skip", 0.05) for id_ in (10, 11))

    assert set(following_ids(live, Session(Seeds(), (*session_events, *skips)), 10, user=1)) <= set(
        WILD_IDS
    )


def test_skips_push_away(live: LiveIndex) -> None:
    wild = live.sound_of(60)[0]
    seeds = Seeds(tracks=(1, 41))

    before = profile(live, Session(seeds)).vector @ wild
    once = profile(live, Session(seeds, (SessionEvent(50, "skip", 0.05),))).vector @ wild
    liked = profile(live, Session(seeds, (SessionEvent(50, "like"),))).vector @ wild

    assert once < before < liked


def test_an_early_skip_says_more_than_a_late_one(live: LiveIndex) -> None:
    seeds, wild = Seeds(tracks=(1, 2, 41)), live.sound_of(60)[0]

    early, late = (
        profile(live, Session(seeds, (SessionEvent(51, "skip", share),))).vector @ wild
        for share in (0.0, 1.0)
    )
    assert early < late


def test_a_refused_artist_does_not_come_again(live: LiveIndex) -> None:
    seeds = Seeds(tracks=(1,))
    twice = Session(seeds, (SessionEvent(3, "skip", 0.1), SessionEvent(11, "skip", 0.1)))
    disliked = Session(seeds, (SessionEvent(3, "dislike"),))
    forgiven = Session(seeds, (*twice.session_events, SessionEvent(19, "like")))
    theirs = {id_ for id_ in CALM_IDS if id_ % 8 == 3}

    assert theirs & set(following_ids(live, Session(seeds), 20))
    assert not theirs & set(following_ids(live, twice, 20))
    assert not theirs & set(following_ids(live, disliked, 20))
    assert theirs & set(following_ids(live, forgiven, 20))


def test_nothing_comes_twice_and_artists_keep_their_distance(live: LiveIndex) -> None:
    session, given = Session(Seeds(tracks=(1,))), list[int]()
    while found := following_ids(live, session, 3):
        given += found
        session = Session(session.seeds, session.session_events, tuple(given))

    assert len(given) == len(set(given)) >= 60
    artists = live.take(live.rows_of(np.array(given))).artist_keys.tolist()
    for start in range(len(artists) - 9):
        window = artists[start : start + 10]
        assert max(window.count(artist) for artist in window) <= 2


def test_parts_follow_their_tracks(live: LiveIndex) -> None:
    session = Session(Seeds(tracks=(1,)), (), (2, 10, 18))
    taste = profile(live, session)

    found = next_tracks(live, session, lambda size: personalized(live, taste, k=size), 10, 1)

    np.testing.assert_allclose(found.parts.sum(axis=1), found.scores, atol=1e-9)


def test_tracks_that_are_gone_are_passed_over(live: LiveIndex) -> None:
    seeds = Seeds(tracks=(1, 997), artists=("nobody",), genres=("polka",))
    session = Session(seeds, (SessionEvent(999, "skip"),), (998, 2))
    assert len(following_ids(live, session, 5)) == 5
