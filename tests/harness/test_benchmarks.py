"""Benchmarks draw by Zipf's law, compute honest tables, and name where figures come from."""

from collections import Counter

from benchmarks.popularity import Zipf
from benchmarks.provenance import provenance, stolen_share
from benchmarks.report import as_table, endpoint_rows


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
    assert table.splitlines()[0] == "| endpoint | p50_ms |"
    assert table.splitlines()[2] == "| /livez   | 1.5    |"


def test_a_figure_names_its_commit_versions_cores_dataset_seed_and_command() -> None:
    names = {"commit", "packages", "cores", "dataset", "seed", "command", "python", "stolen_share"}
    assert names <= set(provenance(dataset="demo", seed=1))


def test_what_the_host_takes_away_is_told() -> None:
    assert 0.0 <= stolen_share() <= 1.0
