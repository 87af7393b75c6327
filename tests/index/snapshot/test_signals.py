"""Popularity and freshness, each in [0, 1]."""

import numpy as np
import pytest

from index.signals import (
    DAY,
    FRESHNESS_HALF_LIFE_DAYS,
    PERSONAL_WEIGHTS,
    POPULAR_WEIGHTS,
    SIMILAR_WEIGHTS,
    freshness_signal,
    popularity_signal,
)

NOW = 1.7e9


def test_the_catalogues_own_popularity_counts_before_the_listeners() -> None:
    popularity = np.array([0.0, 50.0, 100.0, np.nan, np.nan, np.nan])
    listeners = np.array([9, 9, 9, 0, 2, 9])

    signal = popularity_signal(popularity, listeners)

    assert signal[:4].tolist() == [0.0, 0.5, 1.0, 0.0]
    assert 0 < signal[4] < signal[5] == 1.0


def test_nobody_listening_yet_is_no_popularity() -> None:
    assert popularity_signal(np.full(2, np.nan), np.zeros(2, dtype=np.int64)).tolist() == [0, 0]
    assert len(popularity_signal(np.empty(0), np.empty(0, dtype=np.int64))) == 0


def test_a_release_fades_by_half_per_half_life() -> None:
    half_life = FRESHNESS_HALF_LIFE_DAYS * DAY
    released = np.array([NOW + DAY, NOW, NOW - half_life, NOW - 2 * half_life, np.nan])

    assert freshness_signal(released, NOW).tolist() == pytest.approx([1.0, 1.0, 0.5, 0.25, 0.0])


@pytest.mark.parametrize("weights", [SIMILAR_WEIGHTS, PERSONAL_WEIGHTS, POPULAR_WEIGHTS])
def test_weights_sum_to_one(weights: object) -> None:
    assert weights.as_array().sum() == pytest.approx(1.0)  # type: ignore[attr-defined]
