"""Interactions that one worker stores a second.

One worker, its indexer, the database and the client share two cores. A write counts when it is
acknowledged: committed, and shown by the index of the process that answered.
"""

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.catalogue.insert import fill_small
from benchmarks.harness.databases import DURABLE, mysql_with_tables
from benchmarks.harness.http_client import AsyncClient
from benchmarks.harness.sections import NONE, Bar, Measured, Run, row
from benchmarks.harness.servers import (
    cpu_seconds,
    on_cores,
    port_of,
    serving,
)
from tests.support.servers import SegueServer

CORES = (0, 1)
CONNECTIONS = 8
LIST = 1_000
TRACKS, QUICK_TRACKS, USERS = 10_000, 1_000, 2_000
REQUESTS, ROWS = Bar(">=", 1_000), Bar(">=", 15_000)
ACTIONS = ("play", "like", "skip", "playlist_add")


@dataclass(frozen=True, slots=True)
class WriteLoad:
    """Results of one load of writes."""

    acknowledged: int
    refused: int
    seconds: float
    cpu_seconds: float
    """Of the server."""
    milliseconds: list[float]

    @property
    def rate(self) -> float:
        """Acknowledged requests a second."""
        return self.acknowledged / self.seconds


def writes(run: Run) -> Measured:
    """Measure single interactions and lists of a thousand on MariaDB."""
    seconds, repeats = (1.0, 1) if run.quick else (10.0, 5)
    singles: list[WriteLoad] = []
    lists: list[WriteLoad] = []
    with on_cores(*CORES), mysql_with_tables(*DURABLE) as (_, url):
        tracks = QUICK_TRACKS if run.quick else TRACKS
        fill_small(url, tracks=tracks, users=USERS)
        with (
            tempfile.TemporaryDirectory(prefix="segue-bench-") as folder,
            serving(Path(folder), database_url=url, cores=CORES) as server,
        ):
            for repeat in range(repeats):
                run.progress("single interactions", 0.5 * repeat / repeats)
                singles.append(
                    _load(server, seconds, CONNECTIONS, _single(run.seed + repeat, tracks))
                )
            # Afterwards: a million rows between two rebuilds are more than a delta is meant for.
            for repeat in range(repeats):
                run.progress("lists of 1,000", 0.5 + 0.5 * repeat / repeats)
                lists.append(_load(server, seconds, 2, _list(run.seed + repeat, tracks)))
    return _measured(singles, lists)


def _load(server: SegueServer, seconds: float, count: int, body: Callable[[], Any]) -> WriteLoad:
    before = cpu_seconds(server.process.pid)
    took, refused, milliseconds = asyncio.run(_send(port_of(server), seconds, count, body))
    used = cpu_seconds(server.process.pid) - before
    return WriteLoad(len(milliseconds), refused, took, used, milliseconds)


async def _send(
    port: int, seconds: float, count: int, body: Callable[[], Any]
) -> tuple[float, int, list[float]]:
    milliseconds: list[float] = []
    refused = 0
    started = time.perf_counter()

    async def client() -> None:
        nonlocal refused
        connection = AsyncClient(port)
        while time.perf_counter() - started < seconds:
            sent = time.perf_counter()
            reply = await connection.send("POST", "/interactions/", body())
            if reply.status == 201:
                milliseconds.append(1000 * (time.perf_counter() - sent))
            else:
                refused += 1
        connection.close()

    await asyncio.gather(*(client() for _ in range(count)))
    return time.perf_counter() - started, refused, milliseconds


def _single(seed: int, tracks: int) -> Callable[[], Any]:
    chance = random.Random(seed)
    return lambda: _interaction(chance, tracks)


def _list(seed: int, tracks: int) -> Callable[[], Any]:
    chance = random.Random(seed)
    made = [[_interaction(chance, tracks) for _ in range(LIST)] for _ in range(8)]
    return lambda: chance.choice(made)


def _interaction(chance: random.Random, tracks: int) -> dict[str, object]:
    return {
        "user_id": chance.randint(1, USERS),
        "track_id": chance.randint(1, tracks),
        "action": chance.choice(ACTIONS),
        "listen_duration": chance.randint(1, 200),
    }


def _cpu(loads: list[WriteLoad]) -> float:
    """Return the server's CPU seconds for a request."""
    return float(np.median([load.cpu_seconds / load.acknowledged for load in loads]))


def _measured(singles: list[WriteLoad], lists: list[WriteLoad]) -> Measured:
    rate = float(np.median([load.rate for load in singles]))
    rows = float(np.median([load.rate * LIST for load in lists]))
    refused = sum(load.refused for load in (*singles, *lists))
    waits = np.percentile(np.concatenate([load.milliseconds for load in singles]), (50, 99))
    return Measured(
        dataset=f"{TRACKS} tracks, {USERS} listeners in MariaDB, every commit synced",
        rows=[
            row("POST /interactions/, requests/s", round(rate), REQUESTS),
            row("... p50 and p99 of a request, ms", [round(float(w), 2) for w in waits]),
            row("... server CPU of a request, microseconds", round(1e6 * _cpu(singles))),
            row("lists of 1,000, rows/s", round(rows), ROWS),
            row("... server CPU of a row, microseconds", round(1e6 * _cpu(lists) / LIST, 1)),
            row("requests not acknowledged", refused, NONE),
        ],
        details={
            "requests_per_second": [round(load.rate, 1) for load in singles],
            "rows_per_second": [round(load.rate * LIST) for load in lists],
            "load_average": os.getloadavg(),
            "connections": {"single": CONNECTIONS, "lists": 2},
            "cores": CORES,
        },
    )
