"""Popularity and freshness, each in [0, 1]."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from index.signals import (
    AUDIO_WEIGHTS,
    DAY,
    FRESHNESS_HALF_LIFE_DAYS,
    KINDS,
    SIGNALS,
    Kind,
    TrackFacts,
    default_weights,
    freshness_signal,
    popularity_signal,
    static_scores,
)

NOW = 1.7e9


def facts(
    popularity: NDArray[np.float64], listeners: Sequence[int], released: Sequence[float] = ()
) -> TrackFacts:
    return TrackFacts(popularity, np.array(listeners, dtype=np.int64), np.array(released), NOW)


def test_the_catalogues_own_popularity_counts_before_the_listeners() -> None:
    popularity = np.array([0.0, 50.0, 100.0, np.nan, np.nan, np.nan])

    signal = popularity_signal(facts(popularity, [9, 9, 9, 0, 2, 9]))

    assert signal[:4].tolist() == [0.0, 0.5, 1.0, 0.0]
    assert 0 < signal[4] < signal[5] == 1.0


def test_nobody_listening_yet_is_no_popularity() -> None:
    assert popularity_signal(facts(np.full(2, np.nan), [0, 0])).tolist() == [0, 0]
    assert len(popularity_signal(facts(np.empty(0), []))) == 0


def test_a_release_fades_by_half_per_half_life() -> None:
    half_life = FRESHNESS_HALF_LIFE_DAYS * DAY
    released = [NOW + DAY, NOW, NOW - half_life, NOW - 2 * half_life, np.nan]

    signal = freshness_signal(facts(np.empty(0), [], released))

    assert signal.tolist() == pytest.approx([1.0, 1.0, 0.5, 0.25, 0.0])


@pytest.mark.parametrize("kind", KINDS)
def test_weights_sum_to_one(kind: Kind) -> None:
    total = AUDIO_WEIGHTS[kind] + sum(default_weights(kind).values())

    assert total == pytest.approx(1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_static_score_is_the_sum_of_all_signals_by_their_weights(kind: Kind) -> None:
    signals = {signal.name: np.random.default_rng(i).random(5) for i, signal in enumerate(SIGNALS)}
    weights = default_weights(kind)

    static = static_scores(signals, weights)

    wanted = sum((weights[name] * values for name, values in signals.items()), np.zeros(5))
    assert static.tolist() == (pytest.approx(wanted.tolist()) if any(weights.values()) else [])
