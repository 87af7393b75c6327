"""How sure a difference is: bootstrap intervals, and tests of two methods paired by list."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

LEVEL = 0.95
RESAMPLES = 2000
_AT_ONCE = 4_000_000
"""Drawn positions held at a time."""

Figures = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, and between what it lies."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PairedTest:
    """Whether the mean over lists of ``ours - factor * theirs`` is above 0, one-sided."""

    difference: float
    """The mean over lists."""
    low: float
    """The mean is above this with the confidence that was asked for."""
    p_value: float
    """How probable a difference this large would be if there were none."""

    @property
    def real(self) -> bool:
        """Whether the difference is above 0 with the confidence that was asked for."""
        return self.low > 0


def bootstrap_interval(
    values: Figures, *, level: float = LEVEL, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """Return the mean of ``values`` (n,) and its percentile bootstrap interval (Efron 1979).

    NaN values are left out. Without any value all three are NaN.
    """
    values = values[~np.isnan(values)]
    if not len(values):
        return Interval(np.nan, np.nan, np.nan)
    means = _resampled_means(values, resamples, seed)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(values.mean()), float(low), float(high))


def paired_test(
    ours: Figures, theirs: Figures, *, factor: float = 1.0, level: float = LEVEL
) -> PairedTest:
    """Test whether the mean of ``ours - factor * theirs`` is above 0, by Student's t.

    Parameters
    ----------
    ours, theirs : (n,) figures of the same lists, position by position, n at least 2
    factor : by how much ours should be better; 1.25 asks for a quarter more

    """
    differences = _differences(ours, theirs, factor)
    n, mean = len(differences), float(differences.mean())
    error = float(differences.std(ddof=1) / np.sqrt(n))
    if error == 0:  # All lists differ by the same.
        return PairedTest(mean, mean, 0.0 if mean > 0 else 1.0)
    low = mean - float(student.ppf(level, n - 1)) * error
    return PairedTest(mean, low, float(student.sf(mean / error, n - 1)))


def paired_bootstrap(
    ours: Figures,
    theirs: Figures,
    *,
    factor: float = 1.0,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> PairedTest:
    """Test the same without any assumption on how differences are spread, by resampling lists.

    The p-value is the share of resamples whose mean is not above 0, counting one more.
    """
    differences = _differences(ours, theirs, factor)
    means = _resampled_means(differences, resamples, seed)
    return PairedTest(
        float(differences.mean()),
        float(np.quantile(means, 1 - level)),
        float(((means <= 0).sum() + 1) / (resamples + 1)),
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values of tests made together, adjusted so that all hold at once (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.maximum.accumulate(np.asarray(p_values)[order] * factors)
    return [float(p_value) for p_value in np.minimum(adjusted, 1.0)]


def _differences(ours: Figures, theirs: Figures, factor: float) -> Figures:
    if ours.shape != theirs.shape or len(ours) < 2:
        raise ValueError("a paired test takes two figures each of at least two lists")
    return np.asarray(ours - factor * theirs)


def _resampled_means(values: Figures, resamples: int, seed: int) -> Figures:
    """Return the means of ``resamples`` samples of the size of ``values``, drawn from them."""
    generator, n = np.random.default_rng(seed), len(values)
    rows = max(1, _AT_ONCE // n)
    means = [
        values[generator.integers(0, n, (min(rows, resamples - done), n))].mean(axis=1)
        for done in range(0, resamples, rows)
    ]
    return np.concatenate(means)
