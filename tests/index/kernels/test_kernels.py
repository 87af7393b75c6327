"""Each kernel says what its slow twin says."""

import ast
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index import kernels
from index.features import COORDINATES, DIMENSIONS
from index.kernels import Search
from index.ranking import ListPolicy
from index.snapshot import reweighted
from tests.index import reference, worlds

SEEDS = st.integers(0, 2**32 - 1)
BONUS = 1.25
NO_RATIOS, NOTHING = np.zeros(0), np.zeros(0, dtype=np.int64)
NOBODY = np.zeros(0, dtype=np.bool_)


def scores_of(
    tracks: worlds.Columns, rows: NDArray[np.int64], search: Search, vectors: Any = None
) -> NDArray[np.float64]:
    """Return the scores by definition, with popularity as static score."""
    boosts = np.where(np.isin(np.arange(4), search.boosted), search.bonus, 1.0)
    return reference.scores_of(
        tracks["vectors"] if vectors is None else vectors,
        tracks["genre_codes"],
        tracks["popularity"],
        rows,
        search.vector,
        boosts,
        search.audio_weight,
    )


@given(seed=SEEDS, n=st.integers(0, 60), k=st.integers(0, 70), data=st.data())
def test_top_scores_are_the_first_of_a_full_sort_with_ties_by_id(
    seed: int, n: int, k: int, data: st.DataObject
) -> None:
    generator = np.random.default_rng(seed)
    tracks = worlds.columns(generator, worlds.lattice(generator, n), genres=3)
    dead = generator.random(n) < 0.3 if data.draw(st.booleans()) else NOBODY
    excluded = np.flatnonzero(generator.random(n) < 0.2)
    start = data.draw(st.integers(0, n))
    stop = data.draw(st.integers(start, n))
    base = data.draw(st.sampled_from([0, 7]))
    allowed = data.draw(st.sampled_from([(), (1,), (0, 2)]))
    search = worlds.search(
        worlds.lattice(generator, 1)[0],
        audio_weight=0.5,
        boosted=data.draw(st.sampled_from([(), (3,), (1, 3), (5,)])),
        bonus=BONUS,
        allowed=allowed,
        excluded=excluded + base,
        deleted=dead,
    )

    rows, scores = kernels.top_scores(
        worlds.scored(tracks), search, NO_RATIOS, base, start, stop, k
    )

    wanted = reference.listed(n, dead, excluded, start, stop)
    if allowed:
        wanted = wanted[np.isin(tracks["genre_codes"][wanted], allowed)]
    all_scores = scores_of(tracks, wanted, search)
    best, best_scores = reference.ordered(wanted, all_scores, tracks["track_ids"][wanted], k)
    np.testing.assert_array_equal(rows, best + base)
    np.testing.assert_array_equal(scores, best_scores)


@given(seed=SEEDS, n=st.integers(1, 40))
def test_scores_follow_the_formula(seed: int, n: int) -> None:
    generator = np.random.default_rng(seed)
    tracks = worlds.columns(generator, worlds.sphere(generator, n), genres=3)
    search = worlds.search(worlds.sphere(generator, 1)[0], boosted=(1, 2), bonus=BONUS)

    rows, scores = kernels.top_scores(worlds.scored(tracks), search, NO_RATIOS, 0, 0, n, n)

    np.testing.assert_allclose(scores, scores_of(tracks, rows, search), rtol=0, atol=1e-14)


@given(seed=SEEDS, n=st.integers(1, 40))
def test_ratios_make_features_count_by_other_weights(seed: int, n: int) -> None:
    generator = np.random.default_rng(seed)
    tracks = worlds.columns(generator, worlds.sphere(generator, n), genres=3)
    ratios = generator.integers(0, 3, COORDINATES) / 2
    query = reweighted(worlds.sphere(generator, 1), ratios)[0]
    search = worlds.search(query, boosted=(1, 2), bonus=BONUS)

    rows, scores = kernels.top_scores(worlds.scored(tracks), search, ratios, 0, 0, n, n)

    stretched = reweighted(tracks["vectors"], ratios)
    wanted = scores_of(tracks, rows, search, stretched)
    np.testing.assert_allclose(scores, wanted, rtol=0, atol=1e-14)


@given(seed=SEEDS)
def test_equal_vectors_score_equally_bit_by_bit(seed: int) -> None:
    generator = np.random.default_rng(seed)
    vectors = np.repeat(worlds.sphere(generator, 1), 20, axis=0)
    tracks = worlds.columns(generator, vectors, genres=0) | {"popularity": np.ones(20)}
    search, ids = worlds.search(worlds.sphere(generator, 1)[0]), tracks["track_ids"]

    rows, scores = kernels.top_scores(worlds.scored(tracks), search, NO_RATIOS, 0, 0, 20, 20)

    assert len(set(scores.tolist())) == 1
    assert ids[rows].tolist() == sorted(ids.tolist())


@given(seed=SEEDS, n=st.integers(0, 60), k=st.integers(0, 70), masked=st.booleans())
def test_top_values_are_the_greatest_values(seed: int, n: int, k: int, masked: bool) -> None:
    generator = np.random.default_rng(seed)
    counts = generator.integers(-2, 5, n) / 2
    ids = generator.permutation(np.arange(n, dtype=np.int64))
    dead = generator.random(n) < 0.3 if masked else np.zeros(0, dtype=np.bool_)
    excluded = np.flatnonzero(generator.random(n) < 0.2)
    start, stop = sorted(generator.integers(0, n + 1, 2).tolist())

    rows, found = kernels.top_values(counts, ids, dead, excluded, start, stop, k)

    wanted = reference.listed(n, dead, excluded, start, stop)
    best, best_counts = reference.ordered(wanted, counts[wanted], ids[wanted], k)
    np.testing.assert_array_equal(rows, best)
    np.testing.assert_array_equal(found, best_counts)


@given(seed=SEEDS, n=st.integers(0, 60), k=st.integers(0, 70), masked=st.booleans())
def test_first_of_an_order_are_those_that_are_left(seed: int, n: int, k: int, masked: bool) -> None:
    generator = np.random.default_rng(seed)
    ordered, scores = generator.permutation(n), -np.arange(n, dtype=np.float64)
    dead = generator.random(n) < 0.3 if masked else NOBODY
    excluded = np.flatnonzero(generator.random(n) < 0.4)
    start, stop = sorted(generator.integers(0, n + 1, 2).tolist())

    rows, found = kernels.first_of(ordered, scores, dead, excluded, start, stop, k)

    left = reference.listed(n, dead, excluded, start, stop)
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
        pool = kernels.Pool(
            self.vectors[:size],
            self.scores[:size],
            self.artists[:size],
            self.albums[:size],
            self.songs[:size] if policy.collapse_versions else self.songs[:0],
        )
        numbers = policy.numbers()._replace(window=window, lookahead=lookahead)
        positions = kernels.select_diverse(pool, policy.songs_left_out, numbers, k, complete)
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
    vectors = np.eye(COORDINATES)
    vectors.flags.writeable = False
    n = len(vectors)
    tracks = kernels.Tracks(
        vectors, np.arange(n), np.zeros(n, dtype=np.int32), np.zeros(0), np.zeros((n, DIMENSIONS))
    )

    rows, scores = kernels.top_scores(tracks, worlds.search(vectors[0]), NO_RATIOS, 0, 0, n, n)

    assert rows.tolist() == list(range(n))
    assert scores.tolist() == [1.0] + [0.5] * (n - 1)


def test_every_kernel_takes_at_most_seven_arguments() -> None:
    for path in Path(kernels.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and _is_kernel(node):
                assert len(node.args.args) <= 7 or node.name in OTHERS, f"{path.name}: {node.name}"


OTHERS = {"take_rows", "compare_names"}
"""Kernels that parse bytes and compare names, not scores."""


def _is_kernel(node: ast.FunctionDef) -> bool:
    calls = [each.func for each in node.decorator_list if isinstance(each, ast.Call)]
    return any(isinstance(call, ast.Name) and call.id == "kernel" for call in calls)
