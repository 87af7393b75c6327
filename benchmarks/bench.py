"""``make bench``: start a server on the demo catalogue, load it, and check what it answers.

In a calm run, listeners think between their actions: it shows how long an answer takes. In a busy
one they hardly do: it shows how many answers a second there are, and its times are mostly spent in
the queue.

Writes ``benchmarks/results/locust.json`` and prints the same figures as tables.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.catalogue import get_json
from benchmarks.popularity import Zipf
from benchmarks.provenance import ROOT, provenance
from benchmarks.recall import GENRE_BONUSES, measure_recall
from benchmarks.report import REFERENCE, as_table, endpoint_rows
from index.generations import GenerationStore
from index.snapshot import Snapshot
from tests.support.servers import SegueServer, segue_command, segue_environment, segue_server

LIMIT = 20
CALM_PAUSE_SECONDS, BUSY_PAUSE_SECONDS = 2.0, 0.1


def main() -> int:
    """Measure, print and write."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as folder:
        data_dir = Path(folder)
        print("Making the demo catalogue ...", flush=True)
        _segue(data_dir, "db", "upgrade")
        _segue(data_dir, "demo")
        print("Starting the server ...", flush=True)
        workers = {"SEGUE_WORKERS": str(options.workers)}
        with segue_server(data_dir, settings=workers, seconds=300) as server:
            stats = get_json(server.url, "/stats/")
            quality = _quality(server, options)
            runs = {
                "calm": _run(server, options, CALM_PAUSE_SECONDS),
                "busy": _run(server, options, BUSY_PAUSE_SECONDS),
            }
    result = {
        "provenance": provenance(dataset=_describe(stats), seed=options.seed),
        "workers": options.workers,
        "reference": REFERENCE,
        **runs,
        "similar_tracks_against_brute_force": quality,
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=2) + "\n")
    for name, run in runs.items():
        print(f"\n{name}: {run['users']} listeners, {run['requests_per_second']} requests/s\n")
        print(as_table(run["endpoints"]))
    print(f"\nsimilar tracks against brute force\n\n{as_table(quality)}\n\n{options.output}")
    failures = sum(run["failures"] for run in runs.values())
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30, help="length of each run")
    parser.add_argument("--users", type=int, default=26, help="listeners, 13 or more")
    parser.add_argument("--workers", type=int, default=1, help="serving processes")
    parser.add_argument("--seeds", type=int, default=200, help="tracks whose lists are checked")
    parser.add_argument("--seed", type=int, default=1, help="seed of every random choice")
    parser.add_argument(
        "--output", type=Path, default=ROOT / "benchmarks" / "results" / "locust.json"
    )
    return parser.parse_args()


def _segue(data_dir: Path, *arguments: str) -> None:
    environment = segue_environment(data_dir)
    subprocess.run([segue_command(), *arguments], env=environment, check=True)


def _quality(server: SegueServer, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Compare served lists with brute force, before any write changes the catalogue."""
    snapshot = _served_snapshot(server)
    popular = Zipf(snapshot.track_ids.tolist(), options.seed)
    seeds = sorted({popular.draw() for _ in range(options.seeds)})
    return [
        asdict(measure_recall(server.url, snapshot, seeds, genre_bonus=bonus, limit=LIMIT))
        for bonus in GENRE_BONUSES
    ]


def _served_snapshot(server: SegueServer) -> Snapshot:
    store = GenerationStore(server.data_dir / "generations")
    newest = store.manifests()[0]
    snapshot = store.open_latest(newest.database)
    if snapshot is None:
        raise SystemExit("The server has no generation that can be verified.")
    return snapshot


def _run(server: SegueServer, options: argparse.Namespace, pause: float) -> dict[str, Any]:
    print(f"{options.users} listeners, pauses up to {pause:g} s ...", flush=True)
    rows = endpoint_rows(_load(server, options, pause), options.seconds)
    return {
        "users": options.users,
        "longest_pause_seconds": pause,
        "seconds": options.seconds,
        "requests_per_second": round(sum(row["requests_per_second"] for row in rows), 1),
        "failures": sum(row["failures"] for row in rows),
        "endpoints": rows,
    }


def _load(server: SegueServer, options: argparse.Namespace, pause: float) -> dict[str, Any]:
    samples = server.data_dir / "samples.json"
    command = [sys.executable, "-m", "locust", "--headless", "--only-summary", "--skip-log"]
    command += ["--loglevel", "WARNING", "--host", server.url, "--stop-timeout", "5"]
    command += ["--locustfile", str(ROOT / "benchmarks" / "locustfile.py")]
    command += ["--users", str(options.users), "--spawn-rate", str(options.users)]
    command += ["--run-time", f"{options.seconds}s", "--exit-code-on-error", "0"]
    chosen = {
        "BENCH_SAMPLES": str(samples),
        "BENCH_SEED": str(options.seed),
        "BENCH_PAUSE": str(pause),
    }
    environment = {**os.environ, **chosen, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    loaded: dict[str, Any] = json.loads(samples.read_text())
    return loaded


def _describe(stats: dict[str, Any]) -> str:
    return (
        f"demo catalogue: {stats['tracks']} tracks, {stats['users']} listeners, "
        f"{stats['interactions']['total']} interactions"
    )


if __name__ == "__main__":
    sys.exit(main())
