"""The lists are the top k of the whole score, over snapshot and delta, and can be taken apart."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.listener import TasteProfile
from index.live import LiveIndex
from index.ranking import ListPolicy, Ranked, personalized, popular, similar_tracks
from index.ranking.recommend import trending
from index.retrieval import Filters, top_counts
from index.snapshot import orders
from index.trending import WINDOW_NAMES
from tests.index import reference, worlds

SEEDS = st.integers(0, 2**32 - 1)


def brute_force(live: LiveIndex, row: int, bonus: float) -> tuple[list[int], list[float]]:
    seed = live.take(np.array([row]))
    rows, scores = reference.everything(
        live,
        seed.vectors[0],
        genres=[int(seed.genre_codes[0])],
        bonus=bonus,
        kind="similar",
        excluded=[row],
    )
    return rows.tolist(), scores.tolist()


@settings(max_examples=150)
@given(
    seed=SEEDS,
    n=st.integers(1, 400),
    m=st.integers(0, 30),
    k=st.integers(1, 40),
    bonus=st.sampled_from([1.0, 1.0625, 1.25, 2.0, 10.0]),
)
def test_similar_tracks_equal_brute_force_with_real_ties(
    seed: int, n: int, m: int, k: int, bonus: float
) -> None:
    live = worlds.random_live(seed, n=n, m=m, exact=True)
    for row in reference.live_rows(live)[:: max(1, (n + m) // 4)].tolist():
        ranked = similar_tracks(live, row, k=k, genre_bonus=bonus)

        rows, scores = brute_force(live, row, bonus)
        assert ranked.rows.tolist() == rows[:k]
        assert ranked.scores.tolist() == scores[:k]


@settings(max_examples=40)
@given(
    seed=SEEDS,
    n=st.integers(300, 3000),
    m=st.integers(0, 30),
    bonus=st.sampled_from([1.0, 1.02, 1.05, 1.2]),
)
def test_similar_tracks_equal_brute_force_through_the_vector_search(
    seed: int, n: int, m: int, bonus: float
) -> None:
    live = worlds.random_live(seed, n=n, m=m, exact=False, genres=12)
    for row in reference.live_rows(live)[:: (n + m) // 4].tolist():
        ranked = similar_tracks(live, row, k=15, genre_bonus=bonus)

        rows, scores = brute_force(live, row, bonus)
        assert ranked.rows.tolist() == rows[:15]
        np.testing.assert_allclose(ranked.scores, scores[:15], rtol=0, atol=1e-12)


@pytest.mark.parametrize("copies", [30, 400, 2500])
def test_one_song_under_many_ids_comes_by_ascending_id(copies: int) -> None:
    generator = np.random.default_rng(5)
    vectors = worlds.sphere(generator, 3000)
    vectors[:copies] = vectors[0]
    tracks = worlds.columns(generator, vectors, genres=0)
    live = worlds.with_delta(worlds.snapshot(tracks, genres=0))
    same = np.sort(tracks["track_ids"][:copies])
    seed = live.row_of(int(same[7]))
    assert seed is not None

    ranked = similar_tracks(live, seed, k=20)

    others = same[same != same[7]]
    assert live.take(ranked.rows).track_ids.tolist() == others[:20].tolist()
    assert len(set(ranked.scores.tolist())) == 1


def test_a_seed_without_features_finds_everything_equally_far() -> None:
    generator = np.random.default_rng(1)
    vectors = worlds.sphere(generator, 500)
    vectors[3] = 0
    tracks = worlds.columns(generator, vectors, genres=0)
    live = worlds.with_delta(worlds.snapshot(tracks, genres=0))
    row = live.row_of(int(tracks["track_ids"][3]))
    assert row is not None

    ranked = similar_tracks(live, row, k=5)

    others = sorted(set(tracks["track_ids"].tolist()) - {int(tracks["track_ids"][3])})
    assert live.take(ranked.rows).track_ids.tolist() == others[:5]
    assert ranked.scores.tolist() == [0.5] * 5


def test_a_seed_without_genre_gives_nobody_a_bonus() -> None:
    live = worlds.random_live(3, n=200, m=20, exact=True)
    rows = reference.live_rows(live)
    without = rows[live.take(rows).genre_codes == 0]

    for row in without[:10].tolist():
        ranked = similar_tracks(live, row, k=10, genre_bonus=1.2)
        assert ranked.scores.max() <= 1.0
        assert not ranked.parts[:, ranked.part_names.index("genre")].any()


@settings(max_examples=60)
@given(
    seed=SEEDS,
    n=st.integers(0, 200),
    m=st.integers(0, 30),
    k=st.integers(1, 30),
    bonus=st.sampled_from([1.0, 1.3, 4.0]),
    exclude_heard=st.booleans(),
)
def test_personal_lists_equal_brute_force(
    seed: int, n: int, m: int, k: int, bonus: float, exclude_heard: bool
) -> None:
    live = worlds.random_live(seed, n=n, m=m, exact=False)
    profile = some_profile(seed, n + m)

    ranked = personalized(
        live,
        profile,
        k=k,
        genre_bonus=bonus,
        exclude_heard=exclude_heard,
        diversity=0.0,
        max_per_artist=None,
    )

    rows, scores = personal_order(live, profile, bonus, exclude_heard=exclude_heard)
    assert ranked.rows.tolist() == rows[:k].tolist()
    np.testing.assert_allclose(ranked.scores, scores[:k], rtol=0, atol=1e-12)


@settings(max_examples=80)
@given(
    seed=SEEDS,
    n=st.integers(0, 300),
    k=st.integers(1, 25),
    diversity=st.sampled_from([0.0, 0.2, 0.7, 1.0]),
    cap=st.sampled_from([None, 1, 2]),
    album_cap=st.sampled_from([None, 1]),
    collapse=st.booleans(),
    exclude_heard=st.booleans(),
)
def test_list_policies_choose_from_the_exact_order_of_the_whole_catalogue(
    seed: int,
    n: int,
    k: int,
    diversity: float,
    cap: int | None,
    album_cap: int | None,
    collapse: bool,
    exclude_heard: bool,
) -> None:
    live = worlds.random_live(seed, n=n, m=10, exact=False)
    plain = some_profile(seed, n + 10)
    profile = replace(plain, known_songs=live.songs_of(plain.known))

    ranked = personalized(
        live,
        profile,
        k=k,
        exclude_heard=exclude_heard,
        diversity=diversity,
        max_per_artist=cap,
        max_per_album=album_cap,
        collapse_versions=collapse,
    )

    unwanted = profile.known if exclude_heard else profile.disliked
    policy = ListPolicy(diversity, cap, album_cap, collapse, live.songs_of(unwanted))
    rows, scores = personal_order(live, profile, 1.3, exclude_heard=exclude_heard)
    assert ranked.rows.tolist() == in_order(live, rows, scores, k, policy)


@settings(max_examples=60)
@given(
    seed=SEEDS,
    n=st.integers(20, 300),
    k=st.integers(1, 25),
    diversity=st.sampled_from([0.0, 0.4]),
    cap=st.sampled_from([None, 1, 2]),
)
def test_similar_tracks_without_versions_are_the_best_of_other_songs(
    seed: int, n: int, k: int, diversity: float, cap: int | None
) -> None:
    live = worlds.random_live(seed, n=n, m=10, exact=False)
    row = int(reference.live_rows(live)[0])

    ranked = similar_tracks(
        live, row, k=k, diversity=diversity, max_per_artist=cap, collapse_versions=True
    )

    vector, genre = live.sound_of(row)
    rows, scores = reference.everything(
        live,
        vector,
        genres=[genre],
        bonus=1.2,
        kind="similar",
        excluded=[row],
    )
    policy = ListPolicy(diversity, cap, None, True, live.songs_of(np.array([row])))
    assert ranked.rows.tolist() == in_order(live, rows, scores, k, policy)


def in_order(
    live: LiveIndex, rows: reference.Ints, scores: reference.Floats, k: int, policy: ListPolicy
) -> list[int]:
    """Return what a policy makes of all tracks in exact order."""
    tracks = live.take(rows)
    positions = reference.select_diverse(
        tracks.vectors,
        scores,
        tracks.artist_keys,
        tracks.album_keys,
        tracks.song_keys,
        k,
        policy,
    )
    return [int(row) for row in rows[positions]]


def some_profile(seed: int, n: int) -> TasteProfile:
    generator = np.random.default_rng(seed + 1)
    return TasteProfile(
        vector=worlds.sphere(generator, 1)[0],
        favourite_genres=(1, 3),
        heard=np.flatnonzero(generator.random(n) < 0.2),
        disliked=np.flatnonzero(generator.random(n) < 0.1),
        has_evidence=True,
    )


def personal_order(
    live: LiveIndex, profile: TasteProfile, bonus: float, *, exclude_heard: bool
) -> tuple[reference.Ints, reference.Floats]:
    heard = profile.heard.tolist() if exclude_heard else []
    return reference.everything(
        live,
        profile.vector,
        genres=profile.favourite_genres,
        bonus=bonus,
        kind="personal",
        excluded=heard + profile.disliked.tolist(),
    )


@given(seed=SEEDS, bonus=st.floats(1, 10))
def test_the_parts_sum_to_the_score(seed: int, bonus: float) -> None:
    live = worlds.random_live(seed, n=60, m=10, exact=False)
    lists: list[Ranked] = [
        similar_tracks(live, int(reference.live_rows(live)[0]), k=10, genre_bonus=bonus),
        personalized(live, some_profile(seed, 70), k=10, genre_bonus=bonus),
        popular(live, k=10),
    ]

    for ranked in lists:
        assert ranked.parts.shape == (10, len(ranked.part_names))
        np.testing.assert_allclose(ranked.parts.sum(axis=1), ranked.scores, rtol=0, atol=1e-9)


def test_a_bonus_below_one_is_refused() -> None:
    live = worlds.random_live(0, n=10, m=0, exact=True)

    for bonus in (0.5, float("nan")):
        with pytest.raises(ValueError, match="genre_bonus"):
            similar_tracks(live, 0, k=1, genre_bonus=bonus)


def test_an_empty_catalogue_gives_empty_lists() -> None:
    live = worlds.random_live(0, n=0, m=0, exact=True)

    assert len(personalized(live, some_profile(0, 0), k=5).rows) == 0
    assert len(popular(live, k=5).rows) == 0
    assert len(trending(live, k=5, now=0.0).ranked.rows) == 0


def test_popular_tracks_need_no_listeners() -> None:
    live = worlds.random_live(4, n=100, m=10, exact=True)

    ranked = popular(live, k=100, exclude_rows=[2, 1])

    assert {1, 2}.isdisjoint(ranked.rows.tolist())
    assert len(ranked.rows) == len(set(reference.live_rows(live).tolist()) - {1, 2})
    assert (np.diff(ranked.scores) <= 0).all()


def counted_live(counts: list[list[float]], codes: list[int]) -> LiveIndex:
    """Return tracks 1, 2, ... of ascending ``codes`` with ``counts`` by window."""
    n = len(codes)
    tracks = worlds.columns(np.random.default_rng(0), np.zeros((n, 8)), genres=2)
    tracks["track_ids"] = np.arange(1, n + 1, dtype=np.int64)
    tracks["genre_codes"] = np.array(codes, dtype=np.int32)
    return worlds.with_delta(
        worlds.snapshot(tracks, genres=2, trending=np.array(counts, dtype=float))
    )


def test_trending_lists_positive_counts_only_ties_by_track_id() -> None:
    live = counted_live([[2.0, 0.0, 5.0, 2.0, -1.0]] * 4, [0, 1, 1, 2, 2])

    found = trending(live, k=3, now=0.0, window="day")

    assert found.window == "day"
    assert found.ranked.rows.tolist() == [2, 0, 3]
    assert found.ranked.scores.tolist() == [5.0, 2.0, 2.0]
    assert found.ranked.parts.tolist() == [[5.0], [2.0], [2.0]]


def test_a_window_with_too_few_tracks_widens_and_says_so() -> None:
    live = counted_live([[1, 0, 0], [1, 1, 0], [1, 1, 0], [1, 1, 0]], [1, 1, 2])

    assert trending(live, k=1, now=0.0, window="day").window == "day"
    assert trending(live, k=2, now=0.0, window="day").window == "week"
    widest = trending(live, k=3, now=0.0, window="day")
    assert widest.window == "all"
    assert widest.ranked.rows.tolist() == [0, 1]


def test_trending_keeps_to_a_genre_and_leaves_out_what_it_is_told() -> None:
    live = counted_live([[3, 2, 1, 1]] * 4, [1, 1, 2, 2])

    assert trending(live, k=5, now=0.0, genre="genre 2").ranked.rows.tolist() == [2, 3]
    assert trending(live, k=5, now=0.0, genre="no such genre").ranked.rows.tolist() == []
    assert trending(live, k=2, now=0.0, exclude_rows=[2, 0]).ranked.rows.tolist() == [1, 3]
    assert WINDOW_NAMES == ("day", "week", "month", "all")


@settings(max_examples=80)
@given(
    seed=SEEDS,
    n=st.integers(1, 200),
    m=st.integers(0, 20),
    k=st.integers(1, 40),
    most=st.sampled_from([1, 8, 64, orders.MOST]),
    genre=st.sampled_from([None, 0, 1, 3]),
)
def test_trending_and_popular_equal_brute_force_however_much_is_kept_in_order(
    seed: int, n: int, m: int, k: int, most: int, genre: int | None
) -> None:
    generator = np.random.default_rng(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(orders, "MOST", most)
        live = worlds.random_live(
            seed, n=n, m=m, exact=True, trending=generator.integers(-2, 5, (4, n)) / 2
        )
    excluded = np.flatnonzero(generator.random(n + m) < 0.2)
    rows = np.setdiff1d(reference.live_rows(live), excluded)
    tracks = live.take(rows)
    counts = np.concatenate((live.snapshot.trending[1], np.zeros(m)))[rows]
    wanted = counts > 0
    if genre is not None:
        wanted &= tracks.genre_codes == genre

    found = top_counts(live, 1, 0.0, k=k, genre=genre, excluded=excluded)
    best, scores = reference.ordered(rows[wanted], counts[wanted], tracks.track_ids[wanted], k)
    assert found.rows.tolist() == best.tolist()
    assert found.scores.tolist() == scores.tolist()

    filters = Filters(genres=("genre 1", "genre 3")) if genre else Filters()
    ranked = popular(live, k=k, exclude_rows=excluded.tolist(), filters=filters)
    signals = 0.75 * tracks.popularity + 0.25 * tracks.freshness
    kept = np.isin(tracks.genre_codes, (1, 3)) | (not genre)
    best, scores = reference.ordered(rows[kept], signals[kept], tracks.track_ids[kept], k)
    assert ranked.rows.tolist() == best.tolist()
    np.testing.assert_allclose(ranked.scores, scores, rtol=0, atol=1e-12)
    assert ranked.plan == "order" if most >= n else ranked.plan in ("order", "scan")
