"""How sure a difference is."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from index.evaluation import bootstrap_interval, paired_test
from index.evaluation.statistics import holm, paired_bootstrap

THEIRS = np.random.default_rng(1).random(400)
NOISE = np.random.default_rng(2).normal(0, 0.1, 400)


def test_the_interval_of_a_constant_is_the_constant() -> None:
    interval = bootstrap_interval(np.full(9, 2.5))
    assert (interval.mean, interval.low, interval.high) == (2.5, 2.5, 2.5)


def test_the_interval_is_about_twice_the_standard_error_to_each_side() -> None:
    interval = bootstrap_interval(THEIRS)
    error = THEIRS.std(ddof=1) / 20
    assert interval.mean == pytest.approx(THEIRS.mean())
    assert interval.high - interval.mean == pytest.approx(1.96 * error, rel=0.1)
    assert interval.mean - interval.low == pytest.approx(1.96 * error, rel=0.1)


def test_an_interval_covers_the_truth_as_often_as_it_says() -> None:
    generator = np.random.default_rng(3)
    covered = 0
    for _ in range(300):
        interval = bootstrap_interval(generator.random(60), level=0.9, resamples=400)
        covered += interval.low <= 0.5 <= interval.high
    assert 0.85 < covered / 300 < 0.95


def test_lists_without_a_figure_are_left_out() -> None:
    assert bootstrap_interval(np.array([1.0, np.nan, 3.0])).mean == 2
    assert np.isnan(bootstrap_interval(np.array([np.nan])).mean)


def test_a_resample_is_replayed_by_its_seed() -> None:
    assert bootstrap_interval(THEIRS, seed=4) == bootstrap_interval(THEIRS, seed=4)
    assert bootstrap_interval(THEIRS, seed=4) != bootstrap_interval(THEIRS, seed=5)


def test_the_paired_test_is_students_one_sided() -> None:
    ours = 1.3 * THEIRS + NOISE
    for factor in (1.0, 1.25):
        found = paired_test(ours, THEIRS, factor=factor)
        expected = ttest_1samp(ours - factor * THEIRS, 0, alternative="greater")
        assert found.p_value == pytest.approx(expected.pvalue)
        assert found.low == pytest.approx(expected.confidence_interval(0.95).low)
        assert found.difference == pytest.approx((ours - factor * THEIRS).mean())


def test_a_quarter_more_is_asked_for_by_the_factor() -> None:
    ours = 1.2 * THEIRS + NOISE / 10
    assert paired_test(ours, THEIRS).real
    assert not paired_test(ours, THEIRS, factor=1.25).real
    assert paired_bootstrap(ours, THEIRS).real
    assert not paired_bootstrap(ours, THEIRS, factor=1.25).real


def test_bootstrap_and_t_test_agree_on_many_lists() -> None:
    ours = THEIRS + NOISE + 0.005
    by_t, by_resampling = paired_test(ours, THEIRS), paired_bootstrap(ours, THEIRS)
    assert by_resampling.difference == by_t.difference
    assert by_resampling.low == pytest.approx(by_t.low, abs=0.002)
    assert by_resampling.p_value == pytest.approx(by_t.p_value, abs=0.03)


def test_pairing_sees_what_means_alone_would_not() -> None:
    assert paired_test(THEIRS + 0.01 + NOISE / 10, THEIRS).p_value < 1e-3


def test_a_difference_that_is_always_the_same_is_certain() -> None:
    assert paired_test(np.array([2.0, 3.0]), np.array([1.0, 2.0])).p_value == 0
    same = paired_test(np.array([2.0, 3.0]), np.array([2.0, 3.0]))
    assert (same.difference, same.p_value, same.real) == (0, 1, False)


def test_what_is_not_paired_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two lists"):
        paired_test(np.ones(3), np.ones(2))
    with pytest.raises(ValueError, match="at least two lists"):
        paired_test(np.ones(1), np.ones(1))


def test_holm_multiplies_the_smallest_by_all_and_keeps_the_order() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
