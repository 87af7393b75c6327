"""Claims on similar artists: the exact order of the whole score, over snapshot and delta."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.catalogue import key_of_artist
from index.learning.item_item import Neighbours
from index.live import Delta, LiveIndex, apply
from index.ranking import ArtistTables, co_listening_part, rank_similar_artists
from index.ranking.similar_artists import AKIN_PARTS, COMPANY, GENRES, SOUND, Part, artists_of
from tests.index.catalogues import T, built, catalogue, changes
from tests.index.reference import live_rows

CALM = (70, 0.1, 0.2, 0.2, 0.9, 0.8, -20, 0.03)
WILD = (170, 0.9, 0.7, 0.8, 0.1, 0.0, -4, 0.3)


def random_track(generator: np.random.Generator, id_: int) -> T:
    middle = (np.array(CALM) + WILD) / 2
    features = middle + generator.uniform(-0.5, 0.5, 8) * (np.array(WILD) - CALM)
    return T(
        id_,
        artist=str(generator.choice(["", "Ann", "Bob;Ann", "Cy", "Dee", "Eve", "Fay", "Gus"])),
        genre=("dub", "folk", "techno", None)[generator.integers(0, 4)],
        features=features.tolist(),
        popularity=float(generator.integers(0, 4)),
    )


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> list[LiveIndex]:
    """Snapshots with tracks that were added, changed and removed since."""
    found = []
    for seed in range(4):
        generator = np.random.default_rng(seed)
        tracks = [random_track(generator, id_) for id_ in range(1, 60)]
        snapshot = built(tmp_path_factory.mktemp("akin"), catalogue(tracks))
        later = changes(
            tracks=[random_track(generator, id_) for id_ in (3, 4, 5, 70, 71)]
            + [T(80, artist="Newcomer", genre="polka", features=CALM)],
            removed_tracks=[10, 11, 12],
        )
        delta = Delta.empty(snapshot)
        found.append(LiveIndex(snapshot, apply(snapshot, delta, later) if seed else delta))
    return found


def by_hand(live: LiveIndex, wanted: int) -> list[tuple[float, int]]:
    """Return score and hash of every other artist, worked out one by one."""
    tracks = live.take(live_rows(live))
    described = {}
    for key in set(tracks.artist_keys.tolist()) - {0}:
        mine = tracks.artist_keys == key
        mean = tracks.vectors[mine].sum(axis=0)
        codes = tracks.genre_codes[mine]
        shares = {code: float((codes == code).mean()) for code in set(codes.tolist()) - {0}}
        described[key] = mean / np.linalg.norm(mean), shares
    sound, genres = described.pop(wanted)
    scores = []
    for key, (direction, shares) in described.items():
        common = sum(min(share, genres.get(code, 0.0)) for code, share in shares.items())
        scores.append((SOUND * (1 + direction @ sound) / 2 + GENRES * common, key))
    return sorted(scores, reverse=True)


@settings(max_examples=40)
@given(
    world=st.integers(0, 3),
    name=st.sampled_from(["Ann", "bob", "Cy", "Eve "]),
    k=st.integers(1, 12),
)
def test_the_best_of_the_whole_score_come(
    worlds: list[LiveIndex], world: int, name: str, k: int
) -> None:
    live = worlds[world]
    key = key_of_artist(name)

    found = rank_similar_artists(live, artists_of(live), key, k=k, tracks=2)

    wanted = by_hand(live, key)[:k]
    assert [each.key for each in found] == [each for _, each in wanted]
    np.testing.assert_allclose([each.score for each in found], [score for score, _ in wanted])
    for each in found:
        assert sum(each.parts.values()) == pytest.approx(each.score, abs=1e-9)
        assert tuple(each.parts) == AKIN_PARTS


def test_the_best_known_tracks_come_along(worlds: list[LiveIndex]) -> None:
    live = worlds[1]
    for each in rank_similar_artists(live, artists_of(live), key_of_artist("Ann"), k=9, tracks=3):
        tracks = live.take(each.best_known)
        assert set(tracks.artist_keys.tolist()) == {each.key}
        assert (np.diff(tracks.popularity) <= 0).all()
        assert len(each.best_known) == min(3, each.tracks)


def test_artists_of_the_delta_take_part(worlds: list[LiveIndex]) -> None:
    live = worlds[2]
    names = [
        each.name
        for each in rank_similar_artists(live, artists_of(live), key_of_artist("Cy"), k=9, tracks=0)
    ]

    assert "Newcomer" in names
    assert (
        len(rank_similar_artists(live, artists_of(live), key_of_artist("newcomer"), k=9, tracks=0))
        == 7
    )


def test_further_parts_count(worlds: list[LiveIndex]) -> None:
    live = worlds[1]
    artists = artists_of(live)
    values = np.zeros(len(artists.keys))
    last = rank_similar_artists(live, artists, key_of_artist("Ann"), k=9, tracks=0)[-1]
    position = artists.place_of(last.key)
    assert position is not None
    values[position] = 2.0

    first = rank_similar_artists(
        live, artists, key_of_artist("Ann"), k=1, tracks=0, further=[Part("co-listening", values)]
    )[0]

    assert first.key == last.key
    assert first.parts["co-listening"] == 2.0
    assert first.score == pytest.approx(last.score + 2)


def test_the_same_listeners_bring_artists_together(worlds: list[LiveIndex]) -> None:
    live = worlds[1]
    artists, key = artists_of(live), key_of_artist("Ann")
    assert co_listening_part(live, artists, key) == []
    hybrid = live.snapshot.hybrid
    groups = hybrid.tables.artists
    ann, fay = groups.codes_of(np.array([key, key_of_artist("Fay")])).tolist()
    offsets = (np.arange(len(groups.keys) + 1) > ann).astype(np.int64)
    related = Neighbours(offsets, np.array([fay], np.int32), np.array([1.0], np.float32))
    trained = replace(hybrid, method="cosine", tables=replace(hybrid.tables, related=related))
    live = LiveIndex(replace(live.snapshot, hybrid=trained), live.delta)

    [part] = co_listening_part(live, artists, key)
    first = rank_similar_artists(live, artists, key, k=1, tracks=0, further=[part])[0]

    assert first.name == "Fay"
    assert first.parts["co-listening"] == pytest.approx(COMPANY)
    assert co_listening_part(live, artists, key_of_artist("Nobody")) == []


def test_unknown_artists_have_no_like(worlds: list[LiveIndex]) -> None:
    assert (
        rank_similar_artists(
            worlds[0], artists_of(worlds[0]), key_of_artist("Nobody"), k=3, tracks=1
        )
        == []
    )


def test_the_table_is_kept_until_tracks_change(tmp_path: Path) -> None:
    snapshot = built(tmp_path, catalogue([T(1, artist="Ann")], users=[1]))
    live, tables = LiveIndex(snapshot, Delta.empty(snapshot)), ArtistTables()
    first = tables.of(live)

    with_user = LiveIndex(snapshot, apply(snapshot, live.delta, changes(users=[2])))
    assert tables.of(with_user) is first

    track = changes(tracks=[T(2, artist="Bob")])
    assert len(tables.of(LiveIndex(snapshot, apply(snapshot, live.delta, track))).keys) == 2
