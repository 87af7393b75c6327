"""Time until a server is ready, and times of its first requests against later ones."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.faults.killable_server import ready
from benchmarks.harness.http_client import Client
from benchmarks.harness.sections import Bar, Measured, Run, row, with_progress
from benchmarks.harness.servers import WITHOUT_INDEXER, World, cpu_seconds, published
from tests.support.processes import background, free_port, wait_until
from tests.support.servers import segue_command, segue_environment

STARTS = 5
SECONDS, FIRST_TO_LATER = Bar("<=", 8.0), Bar("<=", 3)
LATER = 50
READS = {
    "similar tracks": "/recommendations/similar-tracks/?track_id={}",
    "personalized": "/recommendations/personalized/?user_id={}",
    "trending": "/recommendations/trending/?limit={}",
    "search": "/tracks/search/?q=love&limit={}",
}


@dataclass(frozen=True)
class Start:
    """One start of a server."""

    seconds: float
    cpu_seconds: float
    first_ms: dict[str, float]
    later_ms: dict[str, float]


@contextmanager
def started(world: World, cache: Path) -> Iterator[tuple[int, float, float]]:
    """Start a server; yield its port, and the seconds and CPU seconds until it was ready."""
    port, log = free_port(), world.folder / "serve.log"
    settings = WITHOUT_INDEXER | {"PORT": str(port), "NUMBA_CACHE_DIR": str(cache)}
    environment = segue_environment(world.folder, settings=settings)
    before = time.perf_counter()
    with background([segue_command(), "serve"], log=log, environment=environment) as process:
        wait_until(lambda: ready(port), process, log, seconds=600)
        yield port, time.perf_counter() - before, cpu_seconds(process.pid)


def start(world: World, cache: Path) -> Start:
    """Start a server, and request each list many times."""
    with started(world, cache) as (port, seconds, used):
        first, later = {}, {}
        with Client(port) as client:
            for name, path in READS.items():
                times = [_milliseconds(client, path.format(i + 1)) for i in range(LATER + 1)]
                first[name], later[name] = times[0], float(np.median(times[1:]))
    return Start(seconds, used, first, later)


def _milliseconds(client: Client, path: str) -> float:
    before = time.perf_counter()
    client.json("GET", path)
    return 1000 * (time.perf_counter() - before)


def as_rows(empty: Start, warm: list[Start], tracks: int) -> list[dict[str, Any]]:
    """Return the rows."""
    seconds = float(np.median([each.seconds for each in warm]))
    used = float(np.median([each.cpu_seconds for each in warm]))
    rows = [
        row(f"ready at {tracks:,} tracks, warm cache, s", round(seconds, 1), SECONDS),
        row(f"... of CPU, s (medians of {len(warm)})", round(used, 1)),
        row("ready with an empty cache, s", round(empty.seconds, 1)),
    ]
    for name in READS:
        ratio = float(np.median([each.first_ms[name] / each.later_ms[name] for each in warm]))
        what = f"first request, {name}, in multiples of the later median"
        rows.append(row(what, round(ratio, 1), FIRST_TO_LATER))
    return rows


def starts(run: Run) -> Measured:
    """Start a server with an empty and with a warm cache of kernels."""
    tracks, count = (1_000, 1) if run.quick else (100_000, STARTS)
    with tempfile.TemporaryDirectory(prefix="segue-starts-") as folder:
        world = published(Path(folder) / "world", tracks=tracks, listeners=500, seed=run.seed)
        cache = Path(folder) / "cache"
        empty = start(world, cache)
        warm = [start(world, cache) for _ in with_progress(range(count), run.progress, "starts")]
    return Measured(
        dataset=f"generated: {tracks:,} tracks, 500 listeners of 200 interactions",
        rows=as_rows(empty, warm, tracks),
        details={"empty_cache": empty, "warm_cache": warm},
    )
