"""A search by trees finds what a scan finds, to the last bit and in the same order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.kernels.simd import LANES
from index.live import LiveIndex
from index.retrieval import Limits, Query, choose_plan
from index.retrieval.search_plan import scan
from index.signals import Kind
from index.snapshot import FORESTS, build_forest
from tests.index import worlds

SEEDS = st.integers(0, 2**32 - 1)


def drawn_query(live: LiveIndex, seed: int, forest: Kind) -> Query:
    generator = np.random.default_rng(seed)
    rows = len(live.snapshot.track_ids) + len(live.added_hidden)
    exact = bool(generator.integers(2))
    vector = (worlds.lattice if exact else worlds.sphere)(generator, 1)[0]
    ranges = np.empty((0, 8))
    if generator.random() < 0.4:
        ranges = np.stack((np.full(8, -np.inf), np.full(8, np.inf)))
        ranges[generator.integers(2), generator.integers(8)] = generator.random()
    codes = None
    if generator.random() < 0.4:
        codes = tuple(generator.choice(5, generator.integers(1, 4), replace=False).tolist())
    return Query(
        vector=vector,
        kind=forest,
        excluded=np.flatnonzero(generator.random(rows) < 0.1),
        boosted=tuple(generator.choice(4, generator.integers(0, 5), replace=False).tolist()),
        bonus=float(generator.choice([1.0, 1.02, 1.2, 10.0])),
        limits=Limits(codes=codes, ranges=ranges),
    )


@given(
    seed=SEEDS,
    n=st.sampled_from([0, 1, 2, 31, 33, 200, 700]),
    m=st.sampled_from([0, 5, 70, 300]),
    k=st.sampled_from([1, 3, 20, 1000]),
    forest=st.sampled_from(sorted(FORESTS)),
    exact=st.booleans(),
)
def test_a_search_equals_a_scan(
    seed: int, n: int, m: int, k: int, forest: Kind, exact: bool
) -> None:
    live = worlds.random_live(seed, n=n, m=m, exact=exact)
    query = drawn_query(live, seed, forest)

    found, wanted = choose_plan(live, query, k).best(k), scan(live, query, k)

    np.testing.assert_array_equal(found.rows, wanted.rows)
    np.testing.assert_array_equal(found.scores, wanted.scores)


@given(
    seed=SEEDS,
    n=st.sampled_from([1, 33, 200, 700]),
    m=st.sampled_from([0, 70]),
    k=st.sampled_from([1, 3, 20, 1000]),
    forest=st.sampled_from(sorted(FORESTS)),
    exact=st.booleans(),
)
def test_whoever_is_among_the_best_beside_rivals_is_found(
    seed: int, n: int, m: int, k: int, forest: Kind, exact: bool
) -> None:
    live = worlds.random_live(seed, n=n, m=m, exact=exact)
    query = drawn_query(live, seed, forest)
    generator, wanted = np.random.default_rng(seed), scan(live, query, k)
    near = wanted.scores * generator.choice([1.0, 0.999, 1.001], len(wanted))
    floor_scores = -np.sort(-near[generator.random(len(near)) < 0.7])

    found = choose_plan(live, query._replace(floor_scores=floor_scores), k).best(k)

    everyone = -np.sort(-np.concatenate((wanted.scores, floor_scores)))
    contains_code = np.count_nonzero(wanted.scores >= everyone[:k].min(initial=np.inf))
    np.testing.assert_array_equal(found.rows[:contains_code], wanted.rows[:contains_code])
    np.testing.assert_array_equal(found.scores[:contains_code], wanted.scores[:contains_code])


@pytest.mark.parametrize("forest", sorted(FORESTS))
def test_one_song_under_a_thousand_ids_comes_in_the_order_of_ids(forest: Kind) -> None:
    generator = np.random.default_rng(4)
    vectors = np.repeat(worlds.sphere(generator, 1), 3000, axis=0)
    tracks = worlds.columns(generator, vectors, genres=0)
    tracks["popularity"][:] = tracks["freshness"][:] = 0.5
    live = worlds.with_delta(worlds.snapshot(tracks, genres=0))
    query = drawn_query(live, 1, forest)._replace(vector=vectors[0], limits=Limits(), boosted=())
    query = query._replace(excluded=np.empty(0, dtype=np.int64))

    found = choose_plan(live, query, 50).best(50)

    assert live.snapshot.track_ids[found.rows].tolist() == list(range(1, 51))


def test_plans_follow_what_a_query_asks_for() -> None:
    live = worlds.random_live(1, n=900, m=0, exact=False)
    query = drawn_query(live, 1, "similar")._replace(limits=Limits())
    narrow = np.stack((np.full(8, -np.inf), np.full(8, np.inf)))
    narrow[0, 3] = 2.0

    narrowed = query._replace(limits=Limits(ranges=narrow))
    assert choose_plan(live, query, 10).name == "tree"
    assert choose_plan(live, query._replace(kind="popular"), 10).name == "order"
    assert choose_plan(live, narrowed._replace(kind="popular"), 10).name == "scan"
    assert choose_plan(live, narrowed, 10).name == "filtered scan"
    assert choose_plan(live, query._replace(ratios=np.ones(8)), 10).name == "filtered scan"


@pytest.mark.parametrize("n", [1, LANES, LANES + 1, 300, 5000])
def test_a_tree_holds_every_row_of_its_tracks_once(n: int) -> None:
    generator = np.random.default_rng(n)
    vectors, half = worlds.sphere(generator, n), n // 2
    forest = build_forest(vectors, np.array([0, half, n]), generator.random(n))

    lanes = forest.leaf_rows
    starts = [*(forest.trees[:, 3] * LANES).tolist(), len(lanes)]
    for tree, wanted in enumerate([range(n), range(half), range(half, n)]):
        held = lanes[starts[tree] : starts[tree + 1]]
        assert sorted(held[held >= 0].tolist()) == list(wanted)


def test_the_same_tracks_make_the_same_forest() -> None:
    generator = np.random.default_rng(8)
    vectors, static = worlds.sphere(generator, 2000), generator.random(2000)
    one, other = (build_forest(vectors, np.array([0, 900, 2000]), static) for _ in range(2))

    for (name, array), (_, again) in zip(one.arrays(), other.arrays(), strict=True):
        assert array.tobytes() == again.tobytes(), name
