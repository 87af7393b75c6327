"""Intervals hold what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.experiments import chance_above_half, credible, wilson

COUNTS = st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS)
def test_an_interval_lies_within_0_and_1_around_the_share(counts: tuple[int, int]) -> None:
    successes, trials = counts

    for interval in (wilson(successes, trials), credible(successes, trials)):
        assert 0 <= interval.low < interval.high <= 1
        if trials:
            assert interval.low - 0.5 / trials <= successes / trials <= interval.high + 0.5 / trials


def test_known_values() -> None:
    assert wilson(0, 0) == (0, 1)
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # Newcombe 1998, by hand
    assert wilson(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)
    assert credible(0, 0) == pytest.approx((0.025, 0.975))
    assert credible(9, 10) == pytest.approx((0.5872, 0.9772), abs=1e-4)


def test_more_trials_make_it_narrower() -> None:
    widths = [wilson(n // 2, n).high - wilson(n // 2, n).low for n in (10, 100, 1000)]

    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("share", [0.03, 0.3, 0.5])
def test_nineteen_of_twenty_hold_the_truth(share: float) -> None:
    draws = np.random.default_rng(7).binomial(200, share, size=3000)

    held = [wilson(int(k), 200).low <= share <= wilson(int(k), 200).high for k in draws]

    assert 0.93 < np.mean(held) < 0.98


def test_the_chance_of_a_majority() -> None:
    assert chance_above_half(0, 0) == 0.5
    assert chance_above_half(60, 100) == pytest.approx(1 - chance_above_half(40, 100))
    assert chance_above_half(60, 100) > 0.97


def test_more_successes_than_trials_are_refused() -> None:
    for function in (wilson, credible, chance_above_half):
        with pytest.raises(ValueError, match="as many"):
            function(2, 1)
