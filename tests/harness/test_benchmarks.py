"""Benchmarks draw by Zipf's law, compute honest tables, and name where figures come from."""

import json
from collections import Counter
from importlib import import_module

import pytest

from benchmarks.harness.provenance import ROOT, provenance, stolen_share
from benchmarks.harness.sections import NONE, Bar, row
from benchmarks.harness.tables import as_table, endpoint_rows
from benchmarks.registry import BENCHMARKS, main
from benchmarks.zipf import Zipf


def test_popularity_is_skewed_and_repeatable() -> None:
    draws = [Zipf(range(1000), seed=7).draw() for _ in range(3)]
    assert len(set(draws)) == 1
    zipf = Zipf(range(1000), seed=7)
    counts = Counter(zipf.draw() for _ in range(20_000))
    top_ten = sum(count for _, count in counts.most_common(10))
    assert 0.2 < top_ten / 20_000 < 0.6
    assert len(counts) > 500


def test_every_endpoint_is_compared_with_the_reference() -> None:
    samples = {
        "/livez": {"milliseconds": [1.0, 1.0, 1.0], "failures": 0},
        "similar-tracks": {"milliseconds": [2.0, 3.0, 4.0], "failures": 1},
    }
    reference, similar = endpoint_rows(samples, seconds=2)
    assert reference["p50_to_reference"] == 1.0
    assert similar["p50_to_reference"] == 3.0
    assert similar["requests_per_second"] == 1.5
    assert similar["failures"] == 1


def test_a_table_has_a_column_for_every_key() -> None:
    table = as_table([{"endpoint": "/livez", "p50_ms": 1.5}])
    assert table.splitlines()[0] == "| endpoint | p50 ms |"
    assert table.splitlines()[2] == "| /livez   | 1.5    |"


def test_a_bar_judges_a_figure_and_says_what_it_requires() -> None:
    bar = Bar(">=", 1000)
    assert row("rate", 1000, bar) == {
        "what": "rate",
        "figure": 1000,
        "bar": ">= 1,000",
        "reached": True,
    }
    assert not row("rate", 999, bar)["reached"]
    assert row("errors", 0, NONE)["reached"]
    assert row("time", 3, shown="3 s")["figure"] == "3 s"


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_section_of_every_benchmark_is_there(name: str) -> None:
    for target in BENCHMARKS[name].sections.values():
        module, function = target.split(":")
        assert callable(getattr(import_module(f"benchmarks.{module}"), function))


def test_without_a_name_all_benchmarks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert main(["nonsense"]) == 2
    listed = capsys.readouterr().out
    assert all(f"  {name} " in listed for name in BENCHMARKS)


def test_no_module_name_occurs_twice() -> None:
    names = Counter(path.stem for path in (ROOT / "benchmarks").rglob("*.py"))
    assert [name for name, count in names.items() if count > 1] == ["__init__"]


def test_kept_results_can_be_read() -> None:
    for path in (ROOT / "benchmarks" / "results").glob("*.json"):
        kept = json.loads(path.read_text())
        assert kept.get("sections") or kept["provenance"]


def test_a_figure_names_its_commit_versions_cores_dataset_seed_and_command() -> None:
    names = {"commit", "packages", "cores", "dataset", "seed", "command", "python", "stolen_share"}
    assert names <= set(provenance(dataset="demo", seed=1))


def test_what_the_host_takes_away_is_told() -> None:
    assert 0.0 <= stolen_share() <= 1.0
