"""Claims on what listeners say of their own taste: from the delta, a generation, and anything."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.features import FEATURE_NAMES
from index.listener import (
    NO_EDITS,
    Forgotten,
    Profiles,
    TasteEdits,
    TasteProfile,
    content_of,
    edits_of,
    taste_profile,
    taste_summary,
)
from index.live import Delta, LiveIndex, apply
from tests.index.catalogues import NOW, E, T, built, catalogue, changes

CALM = (70, 0.1, 0.2, 0.2, 0.9, 0.8, -20, 0.03)
WILD = (170, 0.9, 0.7, 0.8, 0.1, 0.0, -4, 0.3)
TRACKS = [
    T(1, artist="Ann", genre="dub", features=CALM, popularity=10),
    T(2, artist="Bob", genre="techno", features=WILD, popularity=20),
    T(3, artist="Bob", genre="techno", features=WILD, popularity=90),
    T(
        4,
        artist="Cy",
        genre="folk",
        features=(90, 0.3, 0.4, 0.1, 0.7, 0.9, -16, 0.05),
        popularity=50,
    ),
]
EVENTS = [E(1, 1, "like"), E(1, 2, "like", at=NOW - 100), E(1, 4, "dislike"), E(2, 1, "play")]
LATER = [E(1, 3, "like", at=NOW)]


@pytest.fixture
def live(tmp_path: Path) -> LiveIndex:
    snapshot = built(tmp_path, catalogue(TRACKS, users=[1, 2, 3], events=EVENTS))
    return LiveIndex(snapshot, Delta.empty(snapshot))


def profile(live: LiveIndex, edits: TasteEdits = NO_EDITS, user: int = 1) -> TasteProfile:
    history = live.history(user)
    assert history is not None
    return taste_profile(live, history, edits)


def ids(live: LiveIndex, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[int]:
    return sorted(live.ids_of(rows).tolist())


def row(live: LiveIndex, track_id: int) -> int:
    found = live.row_of(track_id)
    assert found is not None
    return found


names = st.lists(st.text(min_size=1, max_size=5), max_size=3).map(tuple)
weights = st.dictionaries(st.text(max_size=5), st.floats(0, 4), max_size=3)
features = st.dictionaries(st.sampled_from(FEATURE_NAMES), st.floats(-80, 400), max_size=3)


@given(
    st.builds(
        TasteEdits,
        genre_weights=weights,
        artist_weights=weights,
        feature_weights=features,
        pinned_genres=names,
        pinned_artists=names,
        pinned_features=features,
        muted_genres=names,
        muted_artists=names,
        forgotten=st.lists(
            st.builds(Forgotten, st.floats(0, 2e9), st.none() | st.integers(1, 9)), max_size=3
        ).map(tuple),
    )
)
def test_edits_come_back_as_they_were_written(edits: TasteEdits) -> None:
    assert edits_of(content_of(edits)) == edits


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"genre_weights": 3}', b"null"])
def test_what_cannot_be_read_says_nothing(content: bytes) -> None:
    assert edits_of(content) == NO_EDITS


def test_weights_shift_a_taste(live: LiveIndex) -> None:
    wild = live.sound_of(row(live, 2))[0]

    towards = profile(live, TasteEdits(genre_weights={"Techno": 3.0}))
    away = profile(live, TasteEdits(artist_weights={"bob": 0.2}))

    plain = profile(live).vector @ wild
    assert towards.vector @ wild > plain > away.vector @ wild


def test_weight_zero_is_as_if_it_had_not_happened(live: LiveIndex) -> None:
    only_calm = profile(live, TasteEdits(genre_weights={"techno": 0.0}))
    forgotten = profile(live, TasteEdits(forgotten=(Forgotten(NOW, genre="techno"),)))

    np.testing.assert_allclose(only_calm.vector, forgotten.vector)
    assert only_calm.favourite_genres == (live.genre_code("dub"),)


def test_feature_weights_scale_their_coordinate(live: LiveIndex) -> None:
    j = FEATURE_NAMES.index("energy")
    plain, without = profile(live), profile(live, TasteEdits(feature_weights={"energy": 0.0}))

    expected = plain.vector * (np.arange(8) != j)
    np.testing.assert_allclose(without.vector, expected / np.linalg.norm(expected))


def test_a_pinned_feature_stands_where_it_was_put(live: LiveIndex) -> None:
    j = FEATURE_NAMES.index("energy")

    high = profile(live, TasteEdits(pinned_features={"energy": 0.9})).vector[j]
    low = profile(live, TasteEdits(pinned_features={"energy": 0.1})).vector[j]

    assert high > 0 > low


def test_pins_speak_for_a_listener_without_history(live: LiveIndex) -> None:
    by_genre = profile(live, TasteEdits(pinned_genres=("TECHNO",)), user=3)
    by_artist = profile(live, TasteEdits(pinned_artists=("cy",)), user=3)

    assert not profile(live, user=3).has_evidence
    assert by_genre.has_evidence
    assert by_artist.has_evidence
    assert by_genre.favourite_genres == (live.genre_code("techno"),)
    assert by_artist.vector @ live.sound_of(row(live, 4))[0] == pytest.approx(1)
    assert not len(by_genre.heard)
    assert not len(by_artist.known)


def test_muted_artists_and_genres_never_come(live: LiveIndex) -> None:
    assert ids(live, profile(live, TasteEdits(muted_artists=("BOB ",))).disliked) == [2, 3, 4]
    assert ids(live, profile(live, TasteEdits(muted_genres=("dub",))).disliked) == [1, 4]


@pytest.mark.parametrize(
    ("forgotten", "left"),
    [
        (Forgotten(NOW, track_id=1), "techno"),
        (Forgotten(NOW, artist="ann"), "techno"),
        (Forgotten(NOW, genre="dub"), "techno"),
        (Forgotten(NOW - 200), "techno"),
        (Forgotten(NOW, genre="techno"), "dub"),
        (Forgotten(NOW, artist="BOB", genre="techno"), "dub"),
    ],
)
def test_what_is_forgotten_does_not_count(live: LiveIndex, forgotten: Forgotten, left: str) -> None:
    found = profile(live, TasteEdits(forgotten=(forgotten,)))

    assert found.favourite_genres == (live.genre_code(left),)
    assert ids(live, found.heard) == [1, 2]


def test_forgetting_a_dislike_lets_the_track_come_again(live: LiveIndex) -> None:
    assert ids(live, profile(live).disliked) == [4]
    assert (
        ids(live, profile(live, TasteEdits(forgotten=(Forgotten(NOW, track_id=4),))).disliked) == []
    )


def test_events_after_forgetting_count(live: LiveIndex) -> None:
    edits = TasteEdits(forgotten=(Forgotten(NOW - 1),))
    later = LiveIndex(live.snapshot, apply(live.snapshot, live.delta, changes(events=LATER)))

    assert not profile(live, edits).has_evidence
    assert profile(later, edits).favourite_genres == (live.genre_code("techno"),)


def test_edits_come_from_a_generation_and_from_the_delta(tmp_path: Path) -> None:
    muted, pinned = TasteEdits(muted_artists=("Bob",)), TasteEdits(pinned_genres=("folk",))
    source = catalogue(TRACKS, users=[1, 2, 3], events=EVENTS)
    source = replace(source, tastes={1: content_of(muted), 3: content_of(pinned)})
    snapshot = built(tmp_path, source)
    live = LiveIndex(snapshot, Delta.empty(snapshot))
    profiles = Profiles()

    def favourite(live: LiveIndex, user: int) -> tuple[int, ...]:
        found = profiles.of(live, user)
        assert found is not None
        return found.favourite_genres

    assert live.taste_edits(2) == b""
    assert favourite(live, 1) == (live.genre_code("dub"),)
    assert favourite(live, 3) == (live.genre_code("folk"),)

    changed = replace(changes(), tastes={1: content_of(pinned), 3: b""})
    later = LiveIndex(snapshot, apply(snapshot, live.delta, changed))
    assert favourite(later, 1)[0] == live.genre_code("folk")
    assert favourite(later, 3) == ()

    again = changes(removed_users=[1], users=[1])
    assert LiveIndex(snapshot, apply(snapshot, later.delta, again)).taste_edits(1) == b""


def test_a_portrait_shows_what_a_taste_is_made_of(live: LiveIndex) -> None:
    history = live.history(1)
    assert history is not None
    edits = TasteEdits(genre_weights={"techno": 3.0}, muted_artists=("Dee",))

    seen = taste_summary(live, history, edits)

    assert [(each["name"], round(each["share"], 2)) for each in seen.genres] == [
        ("techno", 0.75),
        ("dub", 0.25),
    ]
    assert [each["name"] for each in seen.artists] == ["Bob", "Ann", "Dee"]
    assert [each["id"] for each in seen.tracks] == [2, 1, 4]
    assert seen.events["total"] == sum(seen.hours) == 3
    assert seen.events["by_action"] == {"like": 2, "dislike": 1}
    energy = next(each for each in seen.features if each["name"] == "energy")
    assert energy["value"] == pytest.approx(0.25 * 0.1 + 0.75 * 0.9, abs=1e-3)
    assert 0 < energy["percentile"] < 1


def test_the_portrait_of_a_newcomer_is_empty(live: LiveIndex) -> None:
    history = live.history(3)
    assert history is not None

    seen = taste_summary(live, history, NO_EDITS)

    assert not seen.has_evidence
    assert (seen.genres, seen.artists, seen.tracks, sum(seen.hours)) == ([], [], [], 0)
    assert all(each["value"] is None for each in seen.features)
