"""Each section of bench-faults can be measured; what must never happen doesn't, however short."""

import pytest

from benchmarks.faults import SECTIONS, Measured, Run, measure

pytestmark = pytest.mark.harness


def quickly(name: str) -> Measured:
    return measure(name, Run(quick=True, seed=1, progress=lambda _doing, _share: None))


def figure(measured: Measured, what: str) -> object:
    return next(row["figure"] for row in measured.rows if row["what"] == what)


def test_every_section_is_there() -> None:
    assert {"database-down", "database-hung", "writes", "delta"} <= set(SECTIONS)


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
