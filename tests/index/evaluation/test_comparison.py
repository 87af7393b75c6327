"""Methods side by side."""

import numpy as np
import pytest

from index.evaluation import (
    Answers,
    Measured,
    Problem,
    Songs,
    better_of,
    differences,
    incidence,
    measured,
)

GENERATOR = np.random.default_rng(0)
HIDDEN = [np.array([at % 20]) for at in range(200)]


def world() -> Problem:
    songs = Songs(np.eye(40)[:, :8], np.arange(40), np.full(40, np.nan))
    return Problem(songs, incidence([np.array([at % 40]) for at in range(200)], 40))


def method(name: str, found: float) -> Measured:
    """A method that finds what is hidden in this share of the lists."""
    lists = np.array(
        [
            [own[0] if GENERATOR.random() < found else 30, 20 + at % 10]
            for at, own in enumerate(HIDDEN)
        ]
    )
    return measured(Answers(name, lists, 1.0, 2.0), HIDDEN, world(), (1, 2))


def test_every_figure_is_there_with_its_interval() -> None:
    found = method("half", 0.5)
    assert set(found.intervals) == set(found.per_list)
    assert found.intervals["recall@2"].low < 0.5 < found.intervals["recall@2"].high
    assert found.intervals["MRR"].mean == pytest.approx(found.intervals["hit rate@1"].mean)
    assert set(found.overall) == {"coverage@1", "coverage@2", "Gini@1", "Gini@2"}
    assert found.overall["coverage@2"] == 31 / 40


def test_real_differences_are_told_from_chance() -> None:
    good, fair, twin = method("good", 0.8), method("fair", 0.5), method("twin", 0.8)
    by_name = {each.theirs: each for each in differences(good, [fair, twin], ["recall@2"])}
    assert by_name["fair"].test.real
    assert not by_name["twin"].test.real
    assert by_name["fair"].adjusted >= by_name["fair"].test.p_value
    [quarter] = differences(good, [fair], ["recall@2"], factor=1.25)
    assert quarter.test.difference < by_name["fair"].test.difference


def test_the_better_is_the_one_with_the_higher_mean() -> None:
    assert better_of([method("a", 0.2), method("b", 0.9)], "NDCG@1").method == "b"


def test_one_list_alone_is_tested_against_nothing() -> None:
    one = measured(Answers("one", np.array([[1]]), 0, 0), [np.array([1])], world(), (1,))
    assert differences(one, [one], ["recall@1"]) == []
