"""Rebuilds, growth and training are measured on small catalogues."""

import pytest

from benchmarks.registry import measure

pytestmark = pytest.mark.harness


@pytest.mark.parametrize(
    ("benchmark", "section"), [("rebuild", "build"), ("scale", "build"), ("scale", "learning")]
)
def test_memory_stays_below_its_bar(benchmark: str, section: str) -> None:
    rows = measure(benchmark, section, quick=True).rows
    assert [row for row in rows if row["bar"] and "memory" in row["what"]]
    assert all(row["reached"] for row in rows if "memory" in row["what"])
