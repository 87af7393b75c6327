"""The demo under the load of simulated listeners, and the recall of the lists that it serves.

In a calm run, listeners pause between their actions: it shows how long a reply takes. In a busy one
they hardly do: it shows how many replies a second there are, and its times are mostly spent in the
queue.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness.http_client import Client
from benchmarks.harness.oracle import WEIGHTS, BruteForce, RawTracks
from benchmarks.harness.provenance import ROOT
from benchmarks.harness.recall import GENRE_BONUSES, REQUIRED, Agreement, K
from benchmarks.harness.requests import SIMILAR
from benchmarks.harness.sections import Measured, Run, row
from benchmarks.harness.servers import port_of
from benchmarks.harness.tables import REFERENCE, endpoint_rows
from benchmarks.zipf import Zipf
from tests.support.servers import SegueServer, segue_command, segue_environment, segue_server

CALM_PAUSE_SECONDS, BUSY_PAUSE_SECONDS = 2.0, 0.1


def calm(run: Run) -> Measured:
    """Load the server with listeners who pause."""
    return _loaded(run, CALM_PAUSE_SECONDS)


def busy(run: Run) -> Measured:
    """Load the server with listeners who hardly pause."""
    return _loaded(run, BUSY_PAUSE_SECONDS)


def recall(run: Run) -> Measured:
    """Compare served lists of similar tracks with the oracle."""
    with demo_server(run) as server:
        raw, ids = _raw_tracks(server.data_dir / "segue.db")
        oracle, position_of = BruteForce(raw), {id_: at for at, id_ in enumerate(ids)}
        popular = Zipf(range(len(ids)), run.seed)
        seeds = sorted({popular.draw() for _ in range(run.options["seeds"])})
        rows = []
        with Client(port_of(server)) as client:
            for at, bonus in enumerate(GENRE_BONUSES):
                run.progress(f"bonus {bonus}", at / len(GENRE_BONUSES))
                agreement = Agreement()
                for seed in seeds:
                    options = {"genre_bonus": bonus, "collapse_versions": "false"}
                    reply = client.get(SIMILAR, track_id=ids[seed], limit=K, **options)
                    listed = [position_of[item["id"]] for item in reply["items"]]
                    agreement.add(listed, oracle.similar(seed, genre_bonus=bonus, k=K).tolist())
                rows.append(row(f"recall@{K}, genre_bonus {bonus}", agreement.recall, REQUIRED))
        return Measured(_dataset(server), rows, {"seeds": len(seeds)})


@contextmanager
def demo_server(run: Run) -> Iterator[SegueServer]:
    """Run a server on the demo catalogue."""
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as folder:
        environment = segue_environment(Path(folder))
        size = ("--tracks", "1000", "--listeners", "50") if run.quick else ()
        subprocess.run([segue_command(), "demo", *size], env=environment, check=True)
        workers = {"SEGUE_WORKERS": str(run.options["workers"])}
        with segue_server(Path(folder), settings=workers) as server:
            yield server


def _raw_tracks(path: Path) -> tuple[RawTracks, list[int]]:
    """Read the raw features of the catalogue, by ascending id."""
    names = list(WEIGHTS)
    with closing(sqlite3.connect(path)) as connection:
        query = f"SELECT id, genre, {', '.join(names)} FROM tracks ORDER BY id"
        ids, genres, *columns = zip(*connection.execute(query), strict=True)
    features = {n: np.array(c, dtype=np.float64) for n, c in zip(names, columns, strict=True)}
    folded = np.array([(genre or "").strip().lower() for genre in genres])
    return RawTracks([], features, folded), list(ids)


def _loaded(run: Run, pause: float) -> Measured:
    with demo_server(run) as server:
        dataset = _dataset(server)
        rows = endpoint_rows(_samples(server, run, pause), run.options["seconds"])
    failures = sum(each["failures"] for each in rows)
    details = {
        "reference": REFERENCE,
        "listeners": run.options["users"],
        "longest_pause_seconds": pause,
        "requests_per_second": round(sum(each["requests_per_second"] for each in rows), 1),
        "failures": failures,
    }
    return Measured(dataset, [each | {"reached": not each["failures"]} for each in rows], details)


def _samples(server: SegueServer, run: Run, pause: float) -> dict[str, Any]:
    """Run Locust in a process of its own; return all response times by endpoint."""
    samples, users = server.data_dir / "samples.json", str(run.options["users"])
    command = [sys.executable, "-m", "locust", "--headless", "--only-summary", "--skip-log"]
    command += ["--loglevel", "WARNING", "--host", server.url, "--stop-timeout", "5"]
    command += ["--locustfile", str(ROOT / "benchmarks" / "locustfile.py")]
    command += ["--users", users, "--spawn-rate", users]
    command += ["--run-time", f"{run.options['seconds']}s", "--exit-code-on-error", "0"]
    chosen = {
        "BENCH_SAMPLES": str(samples),
        "BENCH_SEED": str(run.seed),
        "BENCH_PAUSE": str(pause),
    }
    environment = {**os.environ, **chosen, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    loaded: dict[str, Any] = json.loads(samples.read_text())
    return loaded


def _dataset(server: SegueServer) -> str:
    with Client(port_of(server)) as client:
        stats = client.get("/stats/")
    return (
        f"demo catalogue: {stats['tracks']} tracks, {stats['users']} listeners, "
        f"{stats['interactions']['total']} interactions"
    )
