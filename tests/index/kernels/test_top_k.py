"""Lists of the best, made of partial scores and of other lists."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index import kernels
from tests.index import reference, worlds

SEEDS = st.integers(0, 2**32 - 1)


@given(seed=SEEDS, n=st.integers(0, 60), late=st.integers(0, 9), k=st.integers(0, 70))
def test_the_best_of_partial_scores_are_the_first_of_a_full_sort_with_ties_by_id(
    seed: int, n: int, late: int, k: int
) -> None:
    generator = np.random.default_rng(seed)
    tracks = worlds.columns(generator, worlds.lattice(generator, n), genres=3)
    query, late = worlds.lattice(generator, 1)[0], min(late, n)
    rows = np.flatnonzero(generator.random(n) < 0.7)
    excluded = np.flatnonzero(generator.random(n + 5) < 0.3)
    boosted = generator.permutation(4)[:2]
    search = worlds.search(query, audio_weight=0.5, excluded=excluded, boosted=boosted, bonus=1.25)

    partial = kernels.partial_scores(worlds.scored(tracks), rows, query)
    ids = tracks["track_ids"][: n - late], tracks["track_ids"][n - late :]
    found, scores = kernels.top_k_of_partial(kernels.PartialScores(rows, *partial), search, *ids, k)

    boosts = np.where(np.isin(np.arange(4), boosted), 1.25, 1.0)
    left = np.setdiff1d(rows, excluded)
    columns = (tracks["vectors"], tracks["genre_codes"], tracks["popularity"])
    wanted = reference.scores_of(*columns, left, query, boosts, 0.5)
    best, best_scores = reference.ordered(left, wanted, tracks["track_ids"][left], k)
    np.testing.assert_array_equal(found, best)
    np.testing.assert_array_equal(scores, best_scores)


@given(seed=SEEDS, n=st.integers(0, 40), k=st.integers(0, 50))
def test_two_lists_merge_into_the_first_of_a_full_sort(seed: int, n: int, k: int) -> None:
    generator = np.random.default_rng(seed)
    ids, rows = generator.permutation(n + 3), np.arange(n)
    scores = generator.integers(0, 5, n).astype(np.float64)
    mine = generator.random(n) < 0.5

    one, other = (
        reference.ordered(rows[part], scores[part], ids[rows[part]], n) for part in (mine, ~mine)
    )
    found = kernels.merged(*one, *other, ids[: n // 2], ids[n // 2 :], k)

    wanted = reference.ordered(rows, scores, ids[rows], k)
    np.testing.assert_array_equal(found[0], wanted[0])
    np.testing.assert_array_equal(found[1], wanted[1])


@given(st.sets(st.integers(-9, 9)), st.sets(st.integers(-9, 9)))
def test_a_union_is_ascending_and_holds_everything_once(one: set[int], other: set[int]) -> None:
    arrays = (np.array(sorted(each), dtype=np.int64) for each in (one, other))
    assert kernels.union(*arrays).tolist() == sorted(one | other)
