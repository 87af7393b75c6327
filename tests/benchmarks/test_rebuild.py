"""The benchmarks of rebuilds and of growth work, on small catalogues."""

import pytest

from benchmarks import rebuild, scale
from benchmarks.sections import Command, Run

pytestmark = pytest.mark.harness


def no_progress(_doing: str, _share: float) -> None:
    pass


@pytest.mark.parametrize("command", [rebuild.COMMAND, scale.COMMAND], ids=lambda each: each.name)
def test_builds_are_measured(command: Command) -> None:
    measured = command.measure("build", Run(quick=True, seed=1, progress=no_progress))

    assert [row["what"] for row in measured.rows]
    assert all(row["reached"] for row in measured.rows if "memory" in row["what"])
