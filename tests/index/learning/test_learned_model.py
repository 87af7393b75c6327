"""The hybrid score: what is trained, and that lists are the exact best of all that it sums up."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.actions import ACTION_CODES
from index.learning import (
    NO_GROUP,
    Expansion,
    LearnedModel,
    Past,
    Preferences,
    Tracks,
    grouped,
    model_of,
    open_model,
    preferences_of,
    songs_of,
    train,
    untrained_model,
    write_model,
)
from index.learning.candidates import SMOOTHING, TRACKS_OF_ARTIST, VERSIONS
from index.learning.factors import CONFIDENCE, REGULARISATION, song_factors
from index.learning.groups import Groups
from index.learning.item_item import (
    EASE_LAMBDA,
    Neighbours,
    artist_neighbours,
    song_neighbours,
    strongest,
)
from index.learning.listwise import Example, learn
from index.learning.preferences import LATEST_HALF_LIFE
from index.learning.trained import ListenerCounts, Trained
from index.learning.weights import WEIGHT_NAMES, HybridWeights
from index.listener import TasteProfile, contributing_tracks, taste_profile
from index.live import History, LiveIndex
from index.ranking import recommend
from index.retrieval import Filters
from index.snapshot import Snapshot, build_forest
from tests.index.worlds import columns, snapshot, sphere, with_delta

WEIGHTS = HybridWeights(
    audio=0.2,
    popularity=0.1,
    listeners=0.05,
    audience=-0.05,
    freshness=0.02,
    co_listening=0.2,
    co_listening_lately=0.2,
    factors=0.05,
    factors_lately=0.05,
    artist=0.1,
    artist_lately=0.1,
    related=0.05,
)


def random_lists(seed: int, *, lists: int, items: int, most: int = 12) -> Preferences:
    generator = np.random.default_rng(seed)
    chosen = [
        generator.choice(items, generator.integers(1, min(most, items) + 1), replace=False)
        for _ in range(lists)
    ]
    offsets = np.concatenate([[0], np.cumsum([len(each) for each in chosen])]).astype(np.int64)
    codes = np.concatenate(chosen).astype(np.int32)
    return Preferences(offsets, codes, np.ones(len(codes)))


def dense(lists: Preferences, items: int) -> NDArray[np.float64]:
    matrix = np.zeros((len(lists), items))
    matrix[lists.owners, lists.items] = lists.strengths
    return matrix


def full(near: Neighbours, items: int) -> NDArray[np.float64]:
    table = np.zeros((items, items))
    owners = np.repeat(np.arange(items), np.diff(near.offsets))
    table[owners, near.items] = near.weights
    return table


@given(st.integers(0, 2**32 - 1), st.integers(2, 30), st.integers(2, 40))
def test_weights_between_songs_are_those_of_ease(seed: int, lists: int, items: int) -> None:
    listened = random_lists(seed, lists=lists, items=items)
    near, method = song_neighbours(listened, items)
    matrix = dense(listened, items)
    inverse = np.linalg.inv(matrix.T @ matrix + EASE_LAMBDA * np.eye(items))
    expected = -inverse / np.diag(inverse)
    together = matrix.T @ matrix > 0
    np.fill_diagonal(together, False)
    expected = np.where(together & (expected > 0), expected, 0.0)

    assert method == "ease"
    np.testing.assert_allclose(full(near, items), expected, atol=1e-5)


@given(st.integers(0, 2**32 - 1))
def test_related_artists_are_the_nearest_by_cosine(seed: int) -> None:
    listened = random_lists(seed, lists=20, items=15)
    valued = replace(listened, strengths=np.random.default_rng(seed).random(len(listened.items)))
    matrix = dense(valued, 15)
    norms = np.linalg.norm(matrix, axis=0)
    expected = matrix.T @ matrix / np.maximum(np.outer(norms, norms), 1e-12)
    np.fill_diagonal(expected, 0.0)

    np.testing.assert_allclose(full(artist_neighbours(valued, 15, 15), 15), expected, atol=1e-6)


def test_a_listeners_factors_are_those_of_weighted_least_squares() -> None:
    factors = song_factors(random_lists(4, lists=40, items=30), 30)
    songs = np.array([3, -1, 7, 11], np.int32)
    strengths = np.array([0.8, 0.9, -0.5, 0.3])
    items = factors.items.astype(np.float64)
    confidence, wanted = np.ones(len(items)), np.zeros(len(items))
    for song, strength in zip(songs.tolist(), strengths.tolist(), strict=True):
        if song >= 0:
            confidence[factors.positions[song]] = 1 + CONFIDENCE * abs(strength)
            wanted[factors.positions[song]] = strength > 0
    left = (items.T * confidence) @ items + REGULARISATION * np.eye(items.shape[1])
    expected = np.linalg.solve(left, (items.T * confidence) @ wanted)
    found = factors.listeners(songs, [strengths, strengths], [True, False])
    np.testing.assert_allclose(found[0], expected, rtol=1e-6)
    assert not found[1].any(), "what does not count is not worked out"


def test_songs_that_nobody_likes_are_nowhere_in_the_space_of_tastes() -> None:
    factors = song_factors(random_lists(4, lists=40, items=30), 35)
    songs = np.array([33, -1], np.int32)
    assert not factors.listeners(songs, [np.ones(2)], [True]).any()


def test_only_the_strongest_neighbours_are_kept() -> None:
    near, _ = song_neighbours(random_lists(1, lists=30, items=20), 20)
    kept = strongest(near, 3)
    assert np.diff(kept.offsets).max() == 3
    for item in range(20):
        mine = slice(kept.offsets[item], kept.offsets[item + 1])
        every = near.weights[near.offsets[item] : near.offsets[item + 1]]
        assert sorted(kept.weights[mine]) == sorted(every)[-3:]


def test_lists_hold_each_song_once_in_the_order_of_its_latest_event() -> None:
    lists = preferences_of(
        np.array([0, 5, 7]),
        np.array([4, 2, 4, 3, -1, 2, 2], np.int32),
        np.array([1.0, 2.5, 1.0, -1.0, 9.0, 1.0, -1.0]),
    )
    assert lists.offsets.tolist() == [0, 3, 3], (
        "what cancels out is gone, and so is what is unknown"
    )
    assert lists.items.tolist() == [2, 4, 3]
    assert lists.strengths.tolist() == pytest.approx([2.5 / 3, 2 / 2.5, -1 / 1.5])


def test_rows_without_a_key_are_in_no_group_and_the_best_known_comes_first() -> None:
    groups = grouped(np.array([7, 0, 7, -3]), np.array([0.1, 1.0, 0.9, 0.5]))
    assert groups.keys.tolist() == [-3, 7]
    assert groups.codes.tolist() == [1, NO_GROUP, 1, 0]
    assert [each.tolist() for each in np.split(groups.rows, groups.offsets[1:-1])] == [[3], [2, 0]]


def test_the_signal_that_tells_what_is_chosen_gets_the_weight() -> None:
    generator = np.random.default_rng(5)
    telling = WEIGHT_NAMES.index("co_listening")
    examples = []
    for _ in range(60):
        signals = generator.random((50, len(WEIGHT_NAMES)))
        chosen = np.zeros(50, np.bool_)
        chosen[np.argsort(-signals[:, telling])[:3]] = True
        examples.append(Example(signals, chosen))
    weights = learn(examples).as_array()
    assert weights[telling] > 0.5
    assert weights[telling] > 5 * np.delete(np.abs(weights), telling).max()


def world(seed: int, *, n: int = 120, m: int = 12) -> LiveIndex:
    """Return a live index, trained on lists of nobody in particular, with a delta."""
    generator = np.random.default_rng(seed)
    vectors = sphere(generator, n + m)
    snap = trained(snapshot(columns(generator, vectors[:n], genres=3), genres=3), seed)
    added = columns(generator, vectors[n:], genres=3, first_id=n + 1)
    added["artist_keys"] = generator.choice(snap.artist_keys, m)
    removed = np.flatnonzero(generator.random(n) < 0.1)
    return with_delta(snap, removed=removed.tolist(), added=added, dead_slots=[0])


def trained(snap: Snapshot, seed: int) -> Snapshot:
    songs = grouped(songs_of(snap.song_keys, snap.track_ids), snap.popularity)
    artists = grouped(snap.artist_keys, snap.popularity)
    listened = random_lists(seed, lists=30, items=len(songs.keys))
    near, method = song_neighbours(listened, len(songs.keys))
    of_artists = random_lists(seed + 1, lists=30, items=len(artists.keys))
    related = artist_neighbours(of_artists, len(artists.keys), 20)
    fame = np.random.default_rng(seed).random((2, len(snap.track_ids)))
    factors = song_factors(listened, len(songs.keys))
    made = Trained(near, related, factors, ListenerCounts(fame[0], fame[1]), WEIGHTS, method)
    return regrown(snap, model_of(songs, artists, made, snap.popularity))


def regrown(snap: Snapshot, hybrid: LearnedModel) -> Snapshot:
    static = hybrid.static(snap.signals)
    forest = build_forest(snap.vectors, snap.genres.offsets, static)
    return replace(
        snap,
        hybrid=hybrid,
        static={**snap.static, "personal": static},
        forests={**snap.forests, "personal": forest},
    )


def listener(live: LiveIndex, seed: int, events: int = 12) -> TasteProfile:
    generator = np.random.default_rng(seed)
    rows = generator.choice(np.flatnonzero(alive_in(live)), events)
    history = History(
        rows=rows,
        actions=generator.choice([0, 1, 2, 3, 4], events, p=[0.4, 0.2, 0.1, 0.2, 0.1]).astype(
            np.uint8
        ),
        ratings=np.zeros(events, np.uint8),
        listened=np.full(events, np.nan, np.float32),
        at=np.zeros(events),
    )
    return taste_profile(live, history)


def alive_in(live: LiveIndex) -> NDArray[np.bool_]:
    assert live.removed is not None
    return np.concatenate((~live.removed, live.added_alive))


def brute_force(
    live: LiveIndex, profile: TasteProfile, *, bonus: float, k: int, filters: Filters | None = None
) -> tuple[list[int], NDArray[np.float64]]:
    """Score every track one by one, all parts by their definitions, and sort."""
    everything = np.arange(len(live.snapshot.track_ids) + len(live.added_alive))
    tracks = live.take(everything)
    weights = live.snapshot.hybrid.weights
    boosts = np.where(np.isin(tracks.genre_codes, profile.favourite_genres), bonus, 1.0)
    scores = weights.audio * boosts * (1 + tracks.vectors @ profile.vector) / 2
    scores += live.signal("prior", everything) + weights.freshness * tracks.freshness
    scores += profile.reach.parts_at(everything).sum(axis=1)

    alive = alive_in(live)
    alive[profile.known] = False
    if filters is not None:
        names = [live.snapshot.genres.names.index(name) for name in filters.genres]
        alive &= np.isin(tracks.genre_codes, names)
    order = np.lexsort((tracks.track_ids, -np.round(scores, 12)))
    best = order[alive[order]][:k]
    return best.tolist(), scores[best]


@pytest.mark.parametrize("seed", range(12))
def test_what_a_history_reaches_and_how_far_follows_from_the_tables(seed: int) -> None:
    """The same by dense matrices, for every track of a world that no limit cuts short."""
    live = world(seed)
    tables, n = live.snapshot.hybrid.tables, len(live.snapshot.track_ids)
    generator = np.random.default_rng(seed)
    songs = generator.permutation(len(tables.songs.keys))[:9].astype(np.int32)
    artists = tables.artists.codes[tables.songs.rows[tables.songs.offsets[songs]]]
    strengths = generator.uniform(-0.9, 0.9, len(songs))
    influence = Expansion.of(tables, Past(songs, artists, strengths))

    recents = strengths * 2.0 ** (-np.arange(len(songs))[::-1] / LATEST_HALF_LIFE)
    ways = np.stack((strengths, recents), axis=1)
    near = full(tables.near, len(tables.songs.keys))
    by_song = _rooted(near[songs].T @ ways)
    own = np.zeros((len(tables.artists.keys), 2))
    np.add.at(own, artists[artists >= 0], ways[artists >= 0])
    wholes = np.maximum(ways, 0).sum(axis=0) + SMOOTHING
    related = full(tables.related, len(own)).T @ np.log1p(np.maximum(own[:, 0], 0))
    items = tables.factors.items.astype(np.float64)
    listeners = tables.factors.listeners(songs, [strengths, recents], [True, True])
    liking = np.zeros((len(near), 2))
    known = tables.factors.positions >= 0
    liking[known] = np.clip(items[tables.factors.positions[known]] @ listeners.T, -1, 1)

    by_artist = np.column_stack((_rooted(own / wholes), np.log1p(5 * related) / np.log(6)))
    of_songs, of_artists = tables.songs.codes[:n], tables.artists.codes[:n]
    expected = np.hstack(
        (by_song[of_songs], liking[of_songs], by_artist[of_artists] * (of_artists >= 0)[:, None])
    )
    found = influence.signals(of_songs, of_artists)
    np.testing.assert_allclose(found, expected, atol=1e-6)

    reached = np.zeros(n, dtype=np.bool_)
    for song in np.flatnonzero(near[songs].any(axis=0)).tolist():
        reached[first_of(tables.songs, song, VERSIONS)] = True
    for artist, share in enumerate(np.abs(by_artist[:, :2]).max(axis=1).tolist()):
        reached[first_of(tables.artists, artist, math.ceil(TRACKS_OF_ARTIST * share))] = True
    loved = artists[artists >= 0][own[artists[artists >= 0], 0] > 0]
    to = full(tables.related, len(own))[loved].any(axis=0)
    rows = influence.rows(tables)
    assert set(np.flatnonzero(reached)) <= set(rows.tolist())
    allowed = reached | (to[of_artists] & (of_artists >= 0))
    assert allowed[rows].all()
    assert (np.diff(rows) > 0).all()


def first_of(groups: Groups, code: int, most: int) -> NDArray[np.int32]:
    return groups.rows[groups.offsets[code] : groups.offsets[code + 1]][:most]


def _rooted(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sign(values) * np.sqrt(np.minimum(np.abs(values), 1.0))


@pytest.mark.parametrize("bonus", [1.0, 1.3])
@pytest.mark.parametrize("seed", range(12))
def test_a_list_is_the_exact_best_of_the_whole_score(seed: int, bonus: float) -> None:
    live = world(seed)
    profile = listener(live, seed)
    found = recommend.personalized(
        live, profile, k=15, genre_bonus=bonus, diversity=0.0, max_per_artist=None
    )
    rows, scores = brute_force(live, profile, bonus=bonus, k=15)
    assert len(profile.reach.rows) > 0
    assert found.rows.tolist() == rows
    np.testing.assert_allclose(found.scores, scores, atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_a_list_from_a_kept_profile_is_the_one_from_a_new_profile(seed: int) -> None:
    live = world(seed)
    kept = listener(live, seed)
    for k, bonus, heard in [(5, 1.3, True), (20, 1.3, True), (3, 1.3, True), (20, 1.0, False)] * 2:
        found, wanted = (
            recommend.personalized(live, profile, k=k, genre_bonus=bonus, exclude_heard=heard)
            for profile in (kept, listener(live, seed))
        )
        assert found.rows.tolist() == wanted.rows.tolist()
        np.testing.assert_array_equal(found.scores, wanted.scores)


@pytest.mark.parametrize("seed", range(4))
def test_filters_choose_before_the_best_are_taken(seed: int) -> None:
    live = world(seed)
    profile, filters = listener(live, seed), Filters(genres=("genre 1",))
    found = recommend.personalized(
        live, profile, k=8, diversity=0.0, max_per_artist=None, filters=filters
    )
    rows, _ = brute_force(live, profile, bonus=1.3, k=8, filters=filters)
    assert found.rows.tolist() == rows


@pytest.mark.parametrize("seed", range(12))
def test_parts_sum_to_the_score(seed: int) -> None:
    live = world(seed)
    found = recommend.personalized(live, listener(live, seed), k=30)
    np.testing.assert_allclose(found.parts.sum(axis=1), found.scores, atol=1e-9)
    assert {"co-listening", "artist", "related artists"} <= set(found.part_names)


@pytest.mark.parametrize("seed", range(6))
def test_a_track_is_told_which_of_the_listeners_own_led_to_it(seed: int) -> None:
    live = world(seed)
    profile = listener(live, seed)
    reach, tables = profile.reach, live.snapshot.hybrid.tables
    found = recommend.personalized(live, profile, k=20)
    weights = full(tables.near, len(tables.songs.keys))
    rows = contributing_tracks(live, reach, found.rows, most=2)
    for row, own in zip(found.rows.tolist(), rows.tolist(), strict=True):
        if row >= len(live.snapshot.track_ids):
            continue
        into = weights[reach.songs, tables.songs.codes[row]] * reach.strengths
        expected = reach.heard_as[np.argsort(-into, kind="stable")][: min(2, (into > 0).sum())]
        assert [each for each in own if each >= 0] == expected.tolist()
        assert np.isin(expected, profile.heard).all()


def test_a_history_of_what_is_new_reaches_nothing_and_still_has_a_list() -> None:
    """Neither its songs nor its artists were there when the index was trained."""
    generator, snap = np.random.default_rng(1), world(1).snapshot
    added = columns(generator, sphere(generator, 1), genres=3, first_id=10_000)
    added["artist_keys"][:] = added["song_keys"][:] = 10_000
    live = with_delta(snap, added=added)
    row = np.array([len(snap.track_ids)], dtype=np.int64)
    liked = np.array([ACTION_CODES["like"]], np.uint8)

    profile = taste_profile(live, History(row, liked, np.zeros(1, np.uint8), *nothing_known(1)))

    assert not len(profile.reach.rows)
    assert len(recommend.personalized(live, profile, k=5).rows) == 5


def test_a_disliked_song_pushes_what_goes_with_it_down() -> None:
    live = world(3)
    tables = live.snapshot.hybrid.tables
    song = int(np.argmax(np.diff(tables.near.offsets)))
    row = np.array([tables.songs.rows[tables.songs.offsets[song]]], dtype=np.int64)
    history = History(row, np.array([2], np.uint8), np.zeros(1, np.uint8), *nothing_known(1))
    reach = taste_profile(live, history).reach
    by_song = reach.parts_at(reach.rows)[:, 0]
    assert (by_song <= 0).all()
    assert (by_song < 0).any()


def nothing_known(n: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    return np.full(n, np.nan, np.float32), np.zeros(n)


def test_nothing_is_trained_on_a_few_listeners() -> None:
    live = world(1)
    snap = live.snapshot
    songs, artists = snap.hybrid.tables.songs, snap.hybrid.tables.artists
    tracks = Tracks(snap.vectors, snap.genre_codes, snap.signals, songs, artists)
    few = random_lists(0, lists=10, items=len(songs.keys), most=40)
    assert train(tracks, few).method == "none"
    assert untrained_model(songs, artists).prior(snap.popularity).tolist() == pytest.approx(
        (0.15 * snap.popularity).tolist()
    )


def test_listeners_of_two_camps_get_what_is_of_their_own() -> None:
    """Songs of two camps sound and are named alike: only who listens to what tells them apart."""
    generator = np.random.default_rng(2)
    n = 200
    table = columns(generator, sphere(generator, n), genres=1)
    table["song_keys"] = np.arange(1, n + 1)
    table["artist_keys"] = np.arange(1, n + 1)
    snap = snapshot(table, genres=1)
    songs = grouped(songs_of(snap.song_keys, snap.track_ids), snap.popularity)
    artists = grouped(snap.artist_keys, snap.popularity)
    camps = [
        generator.choice(np.arange(100) + 100 * (u % 2), 20, replace=False) for u in range(120)
    ]
    offsets = np.arange(0, 20 * 121, 20)
    lists = Preferences(offsets, np.concatenate(camps).astype(np.int32), np.full(20 * 120, 0.8))
    tracks = Tracks(snap.vectors, snap.genre_codes, snap.signals, songs, artists)
    made = train(tracks, lists)
    assert made.method == "ease"
    live = LiveIndex(
        regrown(snap, model_of(songs, artists, made, snap.popularity)),
        with_delta(snap).delta,
    )
    history = History(
        songs.rows[songs.offsets[camps[0]]].astype(np.int64),
        np.full(20, 1, np.uint8),
        np.zeros(20, np.uint8),
        *nothing_known(20),
    )
    found = recommend.personalized(live, taste_profile(live, history), k=20)
    assert (songs.codes[found.rows] < 100).mean() > 0.9


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    hybrid = world(2).snapshot.hybrid
    path = tmp_path / "hybrid.bin"
    write_model(hybrid, path)
    read = open_model(path)
    assert (read.weights, read.method) == (hybrid.weights, hybrid.method)
    np.testing.assert_array_equal(read.prior, hybrid.prior)
    np.testing.assert_array_equal(read.tables.near.weights, hybrid.tables.near.weights)
    np.testing.assert_array_equal(read.tables.songs.rows, hybrid.tables.songs.rows)
