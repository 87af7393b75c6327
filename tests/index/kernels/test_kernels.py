"""Each kernel says what its slow twin says."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from index import kernels
from index.ranking import ListPolicy
from index.snapshot import reweighted
from tests.index import reference, worlds

SEEDS = st.integers(0, 2**32 - 1)
WEIGHTS = np.array([0.5, 0.25, 0.25])
BOOSTS = np.array([1.0, 1.25, 2.0, 1.5])
NO_RATIOS, NOTHING = np.zeros(0), np.zeros(0, dtype=np.int64)
NOBODY = np.zeros(0, dtype=np.bool_)


@given(seed=SEEDS, n=st.integers(0, 60), k=st.integers(0, 70), data=st.data())
def test_top_scores_are_the_first_of_a_full_sort_with_ties_by_id(
    seed: int, n: int, k: int, data: st.DataObject
) -> None:
    generator = np.random.default_rng(seed)
    tracks = worlds.columns(generator, worlds.lattice(generator, n), genres=3)
    dead = generator.random(n) < 0.3 if data.draw(st.booleans()) else np.zeros(0, dtype=np.bool_)
    excluded = np.flatnonzero(generator.random(n) < 0.2)
    start = data.draw(st.integers(0, n))
    stop = data.draw(st.integers(start, n))
    query = worlds.lattice(generator, 1)[0]
    signals = (tracks["genre_codes"], tracks["popularity"], tracks["freshness"])

    rows, scores = kernels.top_scores(
        tracks["vectors"],
        tracks["track_ids"],
        *signals,
        dead,
        excluded,
        query,
        BOOSTS,
        WEIGHTS,
        NO_RATIOS,
        start,
        stop,
        k,
    )

    wanted = reference.listed(n, dead, excluded, start, stop)
    all_scores = reference.scores_of(tracks["vectors"], *signals, wanted, query, BOOSTS, WEIGHTS)
    best, best_scores = reference.ordered(wanted, all_scores, tracks["track_ids"][wanted], k)
    np.testing.assert_array_equal(rows, best)
    np.testing.assert_array_equal(scores, best_scores)


@given(seed=SEEDS, n=st.integers(1, 40))
def test_scores_follow_the_formula(seed: int, n: int) -> None:
    generator = np.random.default_rng(seed)
    tracks = worlds.columns(generator, worlds.sphere(generator, n), genres=3)
    signals = (tracks["genre_codes"], tracks["popularity"], tracks["freshness"])
    query, vectors, ids = worlds.sphere(generator, 1)[0], tracks["vectors"], tracks["track_ids"]

    rows, scores = kernels.top_scores(
        *(vectors, ids, *signals, NOBODY, NOTHING, query, BOOSTS, WEIGHTS, NO_RATIOS, 0, n, n)
    )

    wanted = reference.scores_of(vectors, *signals, rows, query, BOOSTS, WEIGHTS)
    np.testing.assert_allclose(scores, wanted, rtol=0, atol=1e-14)


@given(seed=SEEDS, n=st.integers(1, 40))
def test_ratios_make_features_count_by_other_weights(seed: int, n: int) -> None:
    generator = np.random.default_rng(seed)
    tracks = worlds.columns(generator, worlds.sphere(generator, n), genres=3)
    signals = (tracks["genre_codes"], tracks["popularity"], tracks["freshness"])
    ratios = generator.integers(0, 3, 8) / 2
    query = reweighted(worlds.sphere(generator, 1), ratios)[0]
    vectors, ids = tracks["vectors"], tracks["track_ids"]

    rows, scores = kernels.top_scores(
        *(vectors, ids, *signals, NOBODY, NOTHING, query, BOOSTS, WEIGHTS, ratios, 0, n, n)
    )

    stretched = reweighted(vectors, ratios)
    wanted = reference.scores_of(stretched, *signals, rows, query, BOOSTS, WEIGHTS)
    np.testing.assert_allclose(scores, wanted, rtol=0, atol=1e-14)


@given(seed=SEEDS)
def test_equal_vectors_score_equally_bit_by_bit(seed: int) -> None:
    generator = np.random.default_rng(seed)
    vectors = np.repeat(worlds.sphere(generator, 1), 20, axis=0)
    tracks = worlds.columns(generator, vectors, genres=0)
    ones, query = np.ones(20), worlds.sphere(generator, 1)[0]
    codes, ids = tracks["genre_codes"], tracks["track_ids"]

    rows, scores = kernels.top_scores(
        *(vectors, ids, codes, ones, ones, NOBODY, NOTHING),
        *(query, BOOSTS, WEIGHTS, NO_RATIOS, 0, 20, 20),
    )

    assert len(set(scores.tolist())) == 1
    assert ids[rows].tolist() == sorted(ids.tolist())


@given(seed=SEEDS, n=st.integers(0, 60), k=st.integers(0, 70), masked=st.booleans())
def test_top_counts_are_the_greatest_positive_counts(
    seed: int, n: int, k: int, masked: bool
) -> None:
    generator = np.random.default_rng(seed)
    counts = generator.integers(-2, 5, n) / 2
    ids = generator.permutation(np.arange(n, dtype=np.int64))
    dead = generator.random(n) < 0.3 if masked else np.zeros(0, dtype=np.bool_)
    excluded = np.flatnonzero(generator.random(n) < 0.2)
    start, stop = sorted(generator.integers(0, n + 1, 2).tolist())

    rows, found = kernels.top_counts(counts, ids, dead, excluded, start, stop, k)

    wanted = reference.listed(n, dead, excluded, start, stop)
    wanted = wanted[counts[wanted] > 0]
    best, best_counts = reference.ordered(wanted, counts[wanted], ids[wanted], k)
    np.testing.assert_array_equal(rows, best)
    np.testing.assert_array_equal(found, best_counts)


@given(seed=SEEDS, n=st.integers(0, 60), k=st.integers(0, 70))
def test_top_signals_are_top_scores_without_sound(seed: int, n: int, k: int) -> None:
    generator = np.random.default_rng(seed)
    tracks = worlds.columns(generator, np.zeros((n, 8)), genres=3)
    signals, ids = (tracks["popularity"], tracks["freshness"]), tracks["track_ids"]
    weights = np.array([0.0, 0.7, 0.3])

    rows, scores = kernels.top_signals(*signals, weights, ids, k)

    wanted = 0.7 * signals[0] + 0.3 * signals[1]
    best, best_scores = reference.ordered(np.arange(n), wanted, ids, k)
    np.testing.assert_array_equal(rows, best)
    np.testing.assert_array_equal(scores, best_scores)


@given(seed=SEEDS, n=st.integers(0, 60), k=st.integers(0, 70), masked=st.booleans())
def test_first_of_an_order_are_those_that_are_left(seed: int, n: int, k: int, masked: bool) -> None:
    generator = np.random.default_rng(seed)
    ordered, scores = generator.permutation(n), -np.arange(n, dtype=np.float64)
    dead = generator.random(n) < 0.3 if masked else NOBODY
    excluded, replaced = (np.flatnonzero(generator.random(n) < 0.2) for _ in range(2))
    start, stop = sorted(generator.integers(0, n + 1, 2).tolist())

    rows, found = kernels.first_of(ordered, scores, dead, excluded, replaced, start, stop, k)

    left = reference.listed(n, dead, np.union1d(excluded, replaced), start, stop)
    wanted = np.isin(ordered, left)
    np.testing.assert_array_equal(rows, ordered[wanted][:k])
    np.testing.assert_array_equal(found, scores[wanted][:k])


@given(seed=SEEDS, n=st.integers(0, 60))
def test_outside_are_rows_that_break_a_limit(seed: int, n: int) -> None:
    generator = np.random.default_rng(seed)
    features = generator.choice([np.nan, -1.0, 0.0, 1.0, np.inf], (n, 8))
    low = generator.choice([-np.inf, -np.inf, -1.0, 0.0], 8)
    high = generator.choice([np.inf, np.inf, 1.0, 0.0], 8)

    broken = kernels.outside(features, np.stack((low, high)))

    below = (low > -np.inf) & ~(features >= low)
    above = (high < np.inf) & ~(features <= high)
    np.testing.assert_array_equal(broken, (below | above).any(axis=1))


@st.composite
def policies(draw: st.DrawFn) -> ListPolicy:
    unwanted = draw(st.sets(st.integers(1, 12), max_size=4))
    return ListPolicy(
        diversity=draw(st.sampled_from([0.0, 0.25, 0.5, 1.0])),
        max_per_artist=draw(st.sampled_from([None, 1, 2, 3])),
        max_per_album=draw(st.sampled_from([None, 1, 2])),
        collapse_versions=draw(st.booleans()),
        songs_left_out=np.array(sorted(unwanted), dtype=np.int64),
    )


class Pool:
    """Random tracks in exact order, few of them with an artist, album or song of their own."""

    def __init__(self, seed: int, n: int) -> None:
        generator = np.random.default_rng(seed)
        self.vectors = worlds.lattice(generator, n)
        self.scores = np.sort(generator.integers(0, 9, n) / 8)[::-1].copy()
        self.artists = generator.integers(0, 6, n)
        self.albums = generator.integers(0, 9, n)
        self.songs = generator.integers(0, 25, n)

    def select_by_policy(
        self,
        k: int,
        policy: ListPolicy,
        *,
        size: int | None = None,
        complete: bool = True,
        window: int = 10,
        lookahead: int = 45,
    ) -> list[int]:
        positions = kernels.select_diverse(
            self.vectors[:size],
            self.scores[:size],
            self.artists[:size],
            self.albums[:size],
            self.songs[:size] if policy.collapse_versions else self.songs[:0],
            policy.songs_left_out,
            k,
            policy.diversity,
            policy.max_per_artist or 0,
            policy.max_per_album or 0,
            window,
            policy.spacing,
            lookahead,
            complete,
        )
        return [int(position) for position in positions]


@settings(max_examples=300)
@given(
    seed=SEEDS,
    n=st.integers(0, 40),
    k=st.integers(1, 30),
    policy=policies(),
    window=st.integers(1, 12),
    lookahead=st.integers(1, 45),
)
def test_places_are_filled_as_the_definition_says(
    seed: int, n: int, k: int, policy: ListPolicy, window: int, lookahead: int
) -> None:
    pool = Pool(seed, n)

    assert pool.select_by_policy(
        k, policy, window=window, lookahead=lookahead
    ) == reference.select_diverse(
        pool.vectors,
        pool.scores,
        pool.artists,
        pool.albums,
        pool.songs,
        k,
        policy,
        window=window,
        lookahead=lookahead,
    )


@settings(max_examples=300)
@given(
    seed=SEEDS,
    n=st.integers(0, 30),
    shorter=st.integers(0, 30),
    policy=policies(),
    lookahead=st.sampled_from([1, 8]),
)
def test_a_pool_too_short_to_decide_is_refused_never_guessed(
    seed: int, n: int, shorter: int, policy: ListPolicy, lookahead: int
) -> None:
    pool = Pool(seed, n)

    whole = pool.select_by_policy(5, policy, lookahead=lookahead)
    part = pool.select_by_policy(
        5, policy, size=max(0, n - shorter), complete=False, lookahead=lookahead
    )

    assert len(part) == 0 or part == whole


@given(seed=SEEDS, n=st.integers(0, 40), pull=st.sampled_from([0.0, 0.25, 1.0]))
def test_taste_is_what_pulls_minus_what_pushes(seed: int, n: int, pull: float) -> None:
    generator = np.random.default_rng(seed)
    vectors = worlds.sphere(generator, n)
    codes = generator.integers(0, 4, n).astype(np.int32)
    weights = generator.integers(-3, 4, n) * generator.random(n)

    vector, genres = kernels.taste(vectors, codes, weights, 4, pull)

    wanted, wanted_genres = reference.taste(vectors, codes, weights, 4, pull)
    np.testing.assert_allclose(vector, wanted, rtol=0, atol=1e-9)
    np.testing.assert_allclose(genres, wanted_genres, rtol=0, atol=1e-12)


def test_kernels_take_memory_mapped_arrays_without_compiling_again() -> None:
    kernels.warm_up()
    vectors = np.eye(8)
    vectors.flags.writeable = False
    ones, codes = np.ones(8), np.zeros(8, dtype=np.int32)

    rows, scores = kernels.top_scores(
        *(vectors, np.arange(8), codes, ones, ones, NOBODY, NOTHING),
        *(vectors[0], ones, np.array([1.0, 0.0, 0.0]), NO_RATIOS, 0, 8, 8),
    )

    assert rows.tolist() == list(range(8))
    assert scores.tolist() == [1.0] + [0.5] * 7
    every: list[Any] = [
        kernels.top_scores,
        kernels.search_trees,
        kernels.top_counts,
        kernels.top_signals,
        kernels.first_of,
        kernels.outside,
        kernels.select_diverse,
        kernels.taste,
    ]
    assert [len(kernel.signatures) for kernel in every] == [1] * 8
