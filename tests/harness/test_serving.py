"""What is served is measured beside endpoints that do nothing, and its quality beside its speed."""

import pytest

from benchmarks.harness.load import Load
from benchmarks.registry import main

pytestmark = pytest.mark.harness


def test_every_section_runs_in_a_short_form() -> None:
    sections = ("throughput", "latency", "quality", "personal")
    assert main(["serving", "--quick", "--only", *sections]) == 0


def test_times_are_kept_by_status() -> None:
    load = Load(seconds=2.0)
    for milliseconds in (1.0, 2.0, 3.0):
        load.add(200, milliseconds)
    load.add(503, 9.0)

    assert load.statuses == {200: 3, 503: 1}
    assert load.good_per_second == 1.5
    assert load.percentile(50) == 2.0
    assert load.percentile(50, 503) == 9.0
    assert load.percentile(50, 404) == 0.0
