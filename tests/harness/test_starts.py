"""Slow starts and slow first requests miss their bars."""

import pytest

from benchmarks.starts import READS, Start, as_rows

pytestmark = pytest.mark.harness

FAST = Start(3.0, 2.0, dict.fromkeys(READS, 1.2), dict.fromkeys(READS, 1.0))


def test_fast_starts_reach_every_bar() -> None:
    assert all(row["reached"] for row in as_rows(FAST, [FAST, FAST, FAST], 1_000))


def test_a_slow_start_and_a_slow_first_request_miss_their_bars() -> None:
    slow = Start(9.0, 2.0, FAST.first_ms | {"search": 4.0}, FAST.later_ms)
    missed = [row["what"] for row in as_rows(FAST, [slow, slow, FAST], 1_000) if not row["reached"]]
    assert len(missed) == 2
    assert "ready" in missed[0]
    assert "search" in missed[1]
