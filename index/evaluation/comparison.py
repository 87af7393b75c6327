"""The figures of several methods side by side, and which of their differences are real."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
from index.evaluation.problem import Problem
from index.evaluation.statistics import Interval, PairedTest, bootstrap_interval, holm, paired_test

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a method answered, and how long it took."""

    method: str
    recommended: Numbers
    """(lists, k) song numbers, best first, `NOTHING` where a list is shorter."""
    fit_seconds: float
    """Of processor time, once."""
    ask_seconds: float
    """Of processor time, for all lists."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The figures of one method."""

    method: str
    per_list: Mapping[str, NDArray[np.float64]]
    """Figure -> (lists,)."""
    intervals: Mapping[str, Interval]
    """Figure -> its mean over lists, with a bootstrap interval."""
    overall: Mapping[str, float]
    """Figures that only all lists together have."""
    fit_seconds: float
    ask_seconds: float


@dataclass(frozen=True, slots=True)
class Difference:
    """One method beside another by one figure."""

    figure: str
    ours: str
    theirs: str
    factor: float
    """Tested is ours - factor * theirs."""
    test: PairedTest
    adjusted: float
    """The p-value, adjusted for all tests by the same figure (Holm)."""


def measured(
    answers: Answers,
    hidden: Sequence[Numbers],
    problem: Problem,
    at: Sequence[int],
    *,
    seed: int = 0,
) -> Measured:
    """Return the figures of a method.

    Parameters
    ----------
    hidden : the songs to be found of each list, none of them empty
    at : lengths of lists, ascending; figures without one of their own take the whole list
    """
    lists, songs = problem.lists.shape
    found = answers.recommended
    hits = hits_of(found, hidden)
    counts = np.array([len(own) for own in hidden], dtype=np.int64)
    per_list = {f"recall@{k}": recall_at_k(hits, counts, k) for k in at}
    per_list |= {f"NDCG@{k}": ndcg_at_k(hits, counts, k) for k in at}
    per_list |= {f"hit rate@{k}": hit_rate_at_k(hits, k) for k in at}
    per_list["MRR"] = reciprocal_rank(hits)
    for k in at:
        per_list[f"novelty@{k}"] = novelty(found[:, :k], problem.listeners, lists)
        per_list[f"diversity@{k}"] = intra_list_diversity(found[:, :k], problem.songs.vectors)

    overall = {f"coverage@{k}": coverage(found[:, :k], songs) for k in at}
    overall |= {f"Gini@{k}": gini(exposures(found[:, :k], songs)) for k in at}
    intervals = {name: bootstrap_interval(own, seed=seed) for name, own in per_list.items()}
    return Measured(
        answers.method, per_list, intervals, overall, answers.fit_seconds, answers.ask_seconds
    )


def differences(
    ours: Measured, others: Sequence[Measured], figures: Sequence[str], *, factor: float = 1.0
) -> list[Difference]:
    """Return whether ours is better than each other by each figure, all tests of a figure at once.

    With less than two lists nothing can be tested.
    """
    found = []
    for figure in figures:
        own = ours.per_list[figure]
        if len(own) < 2:
            continue
        tests = [paired_test(own, each.per_list[figure], factor=factor) for each in others]
        adjusted = holm([test.p_value for test in tests])
        for other, test, p_value in zip(others, tests, adjusted, strict=True):
            found.append(Difference(figure, ours.method, other.method, factor, test, p_value))
    return found


def better_of(others: Sequence[Measured], figure: str) -> Measured:
    """Return the method with the highest mean."""
    return max(others, key=lambda each: each.intervals[figure].mean)
