"""Figures of lists, by hand and beside slow twins."""

from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.evaluation import NOTHING
from index.evaluation.metrics import (
    coverage,
    exposures,
    gini,
    hit_rate_at_k,
    hits_of,
    intra_list_diversity,
    ndcg_at_k,
    novelty,
    recall_at_k,
    reciprocal_rank,
)

RECOMMENDED = np.array([[5, 2, 9, 7], [1, 2, 3, 4], [8, NOTHING, NOTHING, NOTHING]])
HIDDEN = [np.array([2, 7, 40]), np.array([6]), np.array([8])]
COUNTS = np.array([3, 1, 1])


def hits() -> NDArray[np.bool_]:
    return hits_of(RECOMMENDED, HIDDEN)


def test_hits_are_the_places_of_hidden_songs() -> None:
    assert hits().tolist() == [
        [False, True, False, True],
        [False, False, False, False],
        [True, False, False, False],
    ]


def test_a_song_that_comes_twice_is_one_hit() -> None:
    assert hits_of(np.array([[4, 3, 4, 3]]), [np.array([4, 9])]).tolist() == [
        [True, False, False, False]
    ]


def test_recall_is_the_share_of_hidden_songs_that_were_found() -> None:
    assert recall_at_k(hits(), COUNTS, 4).tolist() == [2 / 3, 0, 1]
    assert recall_at_k(hits(), COUNTS, 2).tolist() == [1 / 3, 0, 1]
    assert recall_at_k(hits(), COUNTS, 1).tolist() == [0, 0, 1]


def test_ndcg_counts_a_hit_less_the_lower_it_stands() -> None:
    best = 1 + 1 / log2(3) + 1 / log2(4)
    expected = [(1 / log2(3) + 1 / log2(5)) / best, 0, 1]
    assert ndcg_at_k(hits(), COUNTS, 4) == pytest.approx(expected)
    assert ndcg_at_k(hits(), COUNTS, 2) == pytest.approx([1 / log2(3) / (1 + 1 / log2(3)), 0, 1])


def test_ndcg_at_more_places_than_there_are_takes_them_all() -> None:
    best = 1 + 1 / log2(3) + 1 / log2(4)
    assert ndcg_at_k(hits(), COUNTS, 9)[0] == pytest.approx((1 / log2(3) + 1 / log2(5)) / best)


def test_hit_rate_and_mrr_look_for_the_first_hit() -> None:
    assert hit_rate_at_k(hits(), 1).tolist() == [0, 0, 1]
    assert hit_rate_at_k(hits(), 4).tolist() == [1, 0, 1]
    assert reciprocal_rank(hits()).tolist() == [1 / 2, 0, 1]


def test_novelty_is_the_mean_surprise_in_bits() -> None:
    listeners = np.array([7, 3, 0])
    lists = np.array([[0, 1], [2, NOTHING], [NOTHING, NOTHING]])
    assert novelty(lists, listeners, 7).tolist() == [(0 + 1) / 2, 3, 0]


def test_diversity_is_one_minus_the_mean_cosine() -> None:
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, 0.0]])
    lists = np.array([[0, 1, NOTHING], [0, 2, 3], [0, 4, NOTHING], [0, NOTHING, NOTHING]])
    found = intra_list_diversity(lists, vectors)
    assert found[:3] == pytest.approx([0, 1 + 1 / 3, 1])
    assert np.isnan(found[3])


def test_coverage_and_exposure_count_songs_and_places() -> None:
    assert coverage(RECOMMENDED, 16) == 8 / 16
    assert coverage(RECOMMENDED, 0) == 0
    assert exposures(np.array([[0, 2], [2, NOTHING]]), 4).tolist() == [1, 0, 2, 0]


def test_gini_is_nought_for_equals_and_near_one_for_a_monopoly() -> None:
    assert gini(np.array([3, 3, 3])) == 0
    assert gini(np.array([0, 0, 0, 8])) == 0.75
    assert gini(np.array([1, 3])) == 0.25
    assert gini(np.zeros(3, np.int64)) == 0


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30))
def test_gini_is_half_the_relative_mean_difference(counts: list[int]) -> None:
    total = sum(counts)
    expected = sum(abs(a - b) for a in counts for b in counts) / (2 * len(counts) * max(total, 1))
    assert gini(np.array(counts)) == pytest.approx(expected, abs=1e-12)


songs = st.integers(0, 9)


@given(
    st.lists(songs, min_size=1, max_size=8),
    st.sets(songs, min_size=1),
    st.integers(1, 10),
)
def test_figures_are_those_of_the_slow_twin(own: list[int], hidden: set[int], k: int) -> None:
    found = hits_of(np.array([own]), [np.array(sorted(hidden))])
    count = np.array([len(hidden)])
    first = [song in hidden and song not in own[:at] for at, song in enumerate(own)]
    gain = sum(hit / log2(at + 2) for at, hit in enumerate(first[:k]))
    best = sum(1 / log2(at + 2) for at in range(min(k, len(hidden))))

    assert found.tolist() == [first]
    assert recall_at_k(found, count, k)[0] == pytest.approx(sum(first[:k]) / len(hidden))
    assert ndcg_at_k(found, count, k)[0] == pytest.approx(gain / best)
    assert hit_rate_at_k(found, k)[0] == any(first[:k])
    ranks = [1 / (at + 1) for at, hit in enumerate(first) if hit]
    assert reciprocal_rank(found)[0] == pytest.approx(ranks[0] if ranks else 0)


@given(st.lists(st.integers(0, 5), min_size=2, max_size=6))
def test_diversity_is_that_of_all_pairs(own: list[int]) -> None:
    vectors = np.random.default_rng(0).normal(size=(6, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    pairs = [vectors[a] @ vectors[b] for i, a in enumerate(own) for b in own[i + 1 :]]
    found = intra_list_diversity(np.array([own]), vectors)
    assert found[0] == pytest.approx(1 - np.mean(pairs))
