"""The benchmarks of rebuilds and of growth work, on small catalogues."""

import pytest

from benchmarks import rebuild, scale
from benchmarks.sections import Command, Measured, Run

pytestmark = pytest.mark.harness


def no_progress(_doing: str, _share: float) -> None:
    pass


QUICK = Run(quick=True, seed=1, progress=no_progress)


@pytest.mark.parametrize("command", [rebuild.COMMAND, scale.COMMAND], ids=lambda each: each.name)
def test_builds_are_measured(command: Command) -> None:
    assert_memory_is_kept(command.measure("build", QUICK))


def test_learning_is_measured() -> None:
    assert_memory_is_kept(scale.COMMAND.measure("learning", QUICK))


def assert_memory_is_kept(measured: Measured) -> None:
    assert [row["what"] for row in measured.rows]
    assert all(row["reached"] for row in measured.rows if "memory" in row["what"])
