"""What a worker is said to cost is what it does not share."""

import os

import numpy as np
import pytest

from benchmarks.scale.memory import as_rows, of_process

pytestmark = pytest.mark.harness

EMPTY = {"Pss": 80.0, "Private_Dirty": 60.0, "Private_Clean": 5.0, "Rss": 120.0, "PageTables": 1.0}


def test_written_memory_is_private() -> None:
    before = of_process(os.getpid())
    written = np.ones(8 << 20)
    after = of_process(os.getpid())

    assert written.all()
    assert after["Private_Dirty"] - before["Private_Dirty"] > 60
    assert after["Rss"] >= after["Pss"] >= after["Private_Dirty"]


def test_what_is_above_a_worker_that_loaded_nothing_counts() -> None:
    loaded = EMPTY | {"Private_Dirty": 100.0, "Private_Clean": 20.0, "Rss": 900.0}
    first, *_ = as_rows({"loaded": [loaded, loaded], "empty": [EMPTY]}, 1_000)
    assert first["figure"] == 55
    assert first["reached"]

    more = loaded | {"Private_Dirty": 106.0}
    assert not as_rows({"loaded": [more], "empty": [EMPTY]}, 1_000)[0]["reached"]
