"""Faults can be measured; what must never happen doesn't, however short the run."""

import pytest

from benchmarks.harness.sections import Measured
from benchmarks.registry import measure

pytestmark = pytest.mark.harness


def quickly(section: str) -> Measured:
    return measure("faults", section, quick=True)


def figure(measured: Measured, what: str) -> object:
    return next(row["figure"] for row in measured.rows if row["what"] == what)


def test_no_read_fails_while_the_database_hangs() -> None:
    measured = quickly("database-hung")

    assert figure(measured, "... failed") == 0
    assert figure(measured, "writes refused") != 0
    assert figure(measured, "... otherwise than by 503, problem+json, Retry-After") == 0


def test_every_write_is_acknowledged() -> None:
    assert figure(quickly("writes"), "requests not acknowledged") == 0


def test_a_delta_is_measured() -> None:
    rows = quickly("delta").rows
    assert len(rows) == 6
    assert all(set(row) == {"what", "figure", "bar", "reached"} for row in rows)
