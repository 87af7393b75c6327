"""Starts: how soon a server is ready, and whether its first requests are as fast as later ones."""

import http.client
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.crashes import ready
from benchmarks.database import cpu_seconds
from benchmarks.sections import Measured, Run, row
from benchmarks.served import APART, World, prepared
from benchmarks.watching import watched
from tests.support.processes import background, free_port, wait_until
from tests.support.servers import segue_command, segue_environment

STARTS = 5
BAR_SECONDS = 8.0
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
    settings = APART | {"PORT": str(port), "NUMBA_CACHE_DIR": str(cache)}
    environment = segue_environment(world.folder, settings=settings)
    before = time.perf_counter()
    with background([segue_command(), "serve"], log=log, environment=environment) as process:
        wait_until(lambda: ready(port), process, log, seconds=600)
        yield port, time.perf_counter() - before, cpu_seconds(process.pid)


def start(world: World, cache: Path) -> Start:
    """Start a server, and ask for each list for the first time and then again and again."""
    with started(world, cache) as (port, seconds, used):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        first, later = {}, {}
        for name, path in READS.items():
            times = [_milliseconds(connection, path.format(i + 1)) for i in range(LATER + 1)]
            first[name], later[name] = times[0], float(np.median(times[1:]))
        connection.close()
    return Start(seconds, used, first, later)


def _milliseconds(connection: http.client.HTTPConnection, path: str) -> float:
    before = time.perf_counter()
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise AssertionError(f"{path}: {response.status}")
    return 1000 * (time.perf_counter() - before)


def as_rows(empty: Start, warm: list[Start], tracks: int) -> list[dict[str, Any]]:
    """Return the rows."""
    seconds = float(np.median([each.seconds for each in warm]))
    used = float(np.median([each.cpu_seconds for each in warm]))
    rows = [
        row(
            f"ready at {tracks:,} tracks, warm cache (median of {len(warm)})",
            f"{seconds:.1f} s, of which {used:.1f} s of CPU",
            f"<= {BAR_SECONDS:g} s",
            reached=seconds <= BAR_SECONDS,
        ),
        row("ready with an empty cache", f"{empty.seconds:.1f} s", "works", reached=True),
    ]
    for name in READS:
        ratio = float(np.median([each.first_ms[name] / each.later_ms[name] for each in warm]))
        rows.append(
            row(
                f"first request, {name}, in multiples of the later median",
                f"{ratio:.1f}x",
                "<= 3x",
                reached=ratio <= 3,
            )
        )
    return rows


def starts(run: Run) -> Measured:
    """Measure the section."""
    tracks, count = (1_000, 1) if run.quick else (100_000, STARTS)
    with tempfile.TemporaryDirectory(prefix="segue-starts-") as folder:
        world = prepared(Path(folder) / "world", tracks=tracks, listeners=500, seed=run.seed)
        cache = Path(folder) / "cache"
        empty = start(world, cache)
        warm = [start(world, cache) for _ in watched(range(count), run.progress, "starts")]
    return Measured(
        dataset=f"generated: {tracks:,} tracks, 500 listeners of 200 interactions",
        rows=as_rows(empty, warm, tracks),
        details={"empty_cache": empty, "warm_cache": warm},
    )
