"""The harness of killed publishers, in short; every step that it kills at is a real one."""

from pathlib import Path

import pytest

from benchmarks.faults.publisher import Outcome, Step
from benchmarks.faults.publishing import KilledPublisher, as_rows, kill

pytestmark = pytest.mark.harness


def test_a_killed_publisher_leaves_the_old_generation_or_the_new_one(tmp_path: Path) -> None:
    at_steps, at_instants = kill(tmp_path, every=80, instants=2)

    assert len(at_steps) >= 3
    assert len(at_instants) == 2
    assert all(row["reached"] for row in as_rows(at_steps, at_instants))


def test_the_commit_point_is_the_replacement_of_current(tmp_path: Path) -> None:
    publisher = KilledPublisher(tmp_path)
    steps = publisher.steps()
    commit = steps.index(Step("os.rename CURRENT", 1))

    assert len(set(steps)) >= 12
    assert Step("os.fsync aside/vectors.npy", 1) in steps[:commit]
    assert publisher.kill_before(steps[commit]).generation == 1
    assert publisher.kill_before(steps[commit + 1]).generation == 2


def test_left_overs_and_lost_generations_are_reported() -> None:
    for unsound in (
        Outcome("here", None, (), True),
        Outcome("here", 1, (".tmp-x",), True),
        Outcome("here", 2, (), False),
    ):
        assert not all(row["reached"] for row in as_rows([unsound], []))
