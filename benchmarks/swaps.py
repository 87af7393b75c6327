"""Requests while the index is rebuilt and swapped, again and again.

An open loop at 30 % of capacity asks for similar tracks, while an indexer (one thread, nice 19)
rebuilds from the database and the server swaps, and a writer changes tracks. Before each few swaps
the same load is measured without. A second client keeps whole replies: each must be what the
generation that it names, and so many changes after it, answer.
"""

import http.client
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import orjson
from matplotlib.axes import Axes

from benchmarks.asked import Asked
from benchmarks.database import DURABLE, mysql_with_tables, on_cores
from benchmarks.generator import generate
from benchmarks.load import CONNECTIONS, Load, closed_loop, open_loop
from benchmarks.loading import load
from benchmarks.mixing import LIMIT, Changer, Keeper, Reply, mixed
from benchmarks.sections import Measured, Run, row
from benchmarks.served import SERVER_CORE, World
from benchmarks.watching import unwatched
from index.generations import GenerationStore
from service.database import Database
from tests.support.servers import SegueServer, segue_server

SHARE_OF_CAPACITY = 0.3
BLOCKS = 5
REBUILD_SECONDS = 1_800.0


@dataclass
class Block:
    """The load in calm, and then during a few swaps."""

    calm: list[Load] = field(default_factory=list)
    swapping: list[Load] = field(default_factory=list)
    swaps: int = 0

    @property
    def ratio(self) -> float:
        """Return the p99 during the swaps in multiples of that in calm."""
        return percentile(self.swapping, 99) / percentile(self.calm, 99)


def percentile(loads: list[Load], percent: float) -> float:
    """Return a percentile of the times of all good answers, in ms."""
    times = [time for load in loads for time in load.milliseconds.get(200, [])]
    return float(np.percentile(times, percent))


def failed(loads: list[Load]) -> int:
    """Return how many requests were not answered well."""
    return sum(load.statuses.total() - load.statuses[200] + load.unsent for load in loads)


@contextmanager
def served_from_mysql(
    tracks: int, users: int, interactions: int, *, given: Mapping[str, str], seed: int
) -> Iterator[tuple[SegueServer, World, str]]:
    """Run ``segue serve`` with its indexer on a generated catalogue in MariaDB."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-swaps-")))
        _, url = stack.enter_context(mysql_with_tables(*DURABLE))
        database = Database(url, batch=True)
        catalogue = generate(tracks, users=users, interactions=interactions, seed=seed)
        load(database, catalogue, lambda _rows: None)
        database.dispose()
        settings = {
            "SEGUE_REBUILD_INTERVAL_MINUTES": "10000",
            "SEGUE_KEEP_GENERATIONS": "100",
            "SEGUE_INDEXER_NICENESS": "19",
            "SEGUE_INDEXER_THREADS": "1",
            **given,
        }
        with on_cores(SERVER_CORE):
            server = stack.enter_context(
                segue_server(folder, database_url=url, settings=settings, seconds=1_800)
            )
        yield server, World(folder, tracks, users, seed), url


def rebuilt(port: int) -> None:
    """Ask for a rebuild and return once its generation is served."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def generation() -> int:
        connection.request("GET", "/health")
        return int(orjson.loads(connection.getresponse().read())["index"]["generation"])

    before, deadline = generation(), time.monotonic() + REBUILD_SECONDS
    connection.request("POST", "/index/rebuild", b"{}", {"Content-Type": "application/json"})
    connection.getresponse().read()
    while generation() == before:
        if time.monotonic() > deadline:
            raise AssertionError("no new generation")
        time.sleep(0.1)
    connection.close()


def measure_block(
    port: int, asked: Asked, *, rate: float, swaps: int, calm_seconds: float
) -> Block:
    """Measure the load in calm, and then until so many swaps are through."""
    block, done = Block(), threading.Event()

    def load_for(seconds: float) -> Load:
        requests = asked.similar(LIMIT)
        return open_loop(port, requests, rate=rate, seconds=seconds, connections=CONNECTIONS)

    def swap() -> None:
        for _ in range(swaps):
            rebuilt(port)
            block.swaps += 1
        done.set()

    block.calm.append(load_for(calm_seconds))
    swapper = threading.Thread(target=swap, daemon=True)
    swapper.start()
    while not done.is_set() and swapper.is_alive():
        block.swapping.append(load_for(2.0))
    swapper.join()
    return block


@dataclass
class Found:
    """What the measurement found."""

    capacity: float
    blocks: list[Block]
    kept: int
    versions: int
    changes: int
    mixed: list[Reply]
    failures: Counter[str]


def swap_under_load(
    *,
    tracks: int,
    users: int,
    interactions: int,
    swaps: int,
    blocks: int,
    calm_seconds: float,
    share: float = SHARE_OF_CAPACITY,
    given: Mapping[str, str] = MappingProxyType({}),
    seed: int = 1,
    progress: Callable[[str, float], None] = unwatched,
) -> Found:
    """Measure."""
    progress("loading the database", 0.0)
    with served_from_mysql(tracks, users, interactions, given=given, seed=seed) as (
        server,
        world,
        url,
    ):
        port, asked = int(server.url.rpartition(":")[2]), Asked(world, seed)
        closed_loop(port, asked.similar(LIMIT), seconds=calm_seconds / 4)
        capacity = closed_loop(port, asked.similar(LIMIT), seconds=calm_seconds / 4).good_per_second
        keeper, changer = Keeper(port, tracks, seed), Changer(port, tracks, seed)
        for side in (keeper, changer):
            side.start()
        measured = []
        for number in range(blocks):
            progress(f"swaps, {number * swaps // blocks} of {swaps}", 0.1 + 0.8 * number / blocks)
            measured.append(
                measure_block(
                    port,
                    asked,
                    rate=share * capacity,
                    swaps=swaps // blocks,
                    calm_seconds=calm_seconds,
                )
            )
        for side in (keeper, changer):
            side.stopping.set()
            side.join()

        progress("comparing replies", 0.9)
        store = GenerationStore(world.folder / "generations")
        wrong = mixed(keeper.replies, store, url)
    return Found(
        capacity=capacity,
        blocks=measured,
        kept=len(keeper.replies),
        versions=len({reply.version for reply in keeper.replies}),
        changes=changer.changed,
        mixed=wrong,
        failures=keeper.failures + changer.failures,
    )


def loads(found: Found) -> list[Load]:
    """Return all loads that were measured."""
    return [load for block in found.blocks for load in (*block.calm, *block.swapping)]


def statuses(found: Found) -> Counter[int]:
    """Return how many replies had each status, 0 for requests without any."""
    return sum((load.statuses for load in loads(found)), Counter[int]())


def as_rows(found: Found, swaps: int) -> list[dict[str, Any]]:
    """Return the rows."""
    done = sum(block.swaps for block in found.blocks)
    wrong = failed(loads(found)) + found.failures.total()
    ratio = float(np.median([block.ratio for block in found.blocks]))
    sent = statuses(found).total() + found.kept
    return [
        row(
            f"failed requests during {swaps} rebuilds and swaps",
            f"{wrong} of {sent:,}, {done} swaps",
            "0",
            reached=wrong == 0 and done >= swaps,
        ),
        row(
            "replies that mix generations",
            f"{len(found.mixed)} of {found.kept:,} compared, of {found.versions} versions",
            "0",
            reached=not found.mixed and found.kept > 0,
        ),
        row(
            "p99 during rebuilds, in multiples of idle (median of the blocks)",
            f"{ratio:.2f}x ({', '.join(f'{block.ratio:.2f}' for block in found.blocks)})",
            "<= 1.5x",
            reached=ratio <= 1.5,
        ),
    ]


def swaps(run: Run) -> Measured:
    """Measure the section."""
    tracks, count, blocks, calm = (2_000, 2, 1, 2.0) if run.quick else (25_000, 50, BLOCKS, 20.0)
    found = swap_under_load(
        tracks=tracks,
        users=tracks // 50,
        interactions=tracks,
        swaps=count,
        blocks=blocks,
        calm_seconds=calm,
        seed=run.seed,
        progress=run.progress,
    )

    def draw(axes: Axes) -> None:
        for name, choose in (("idle", "calm"), ("rebuilding and swapping", "swapping")):
            times = [
                time
                for block in found.blocks
                for load in getattr(block, choose)
                for time in load.milliseconds.get(200, [])
            ]
            percents = np.linspace(0, 99.9, 400)
            axes.plot(percents, np.percentile(times, percents), label=name)
        axes.set_yscale("log")
        axes.set_xlabel("percentile")
        axes.set_ylabel("ms")
        axes.legend()

    return Measured(
        dataset=f"generated: {tracks:,} tracks, {tracks:,} interactions, in MariaDB",
        rows=as_rows(found, count),
        details={
            "capacity_per_second": round(found.capacity),
            "changes": found.changes,
            "failures": dict(found.failures),
            "statuses": {str(status): count for status, count in statuses(found).items()},
            "unsent": sum(load.unsent for load in loads(found)),
            "mixed": [str(reply) for reply in found.mixed[:20]],
            "milliseconds": [
                {
                    name: {
                        f"p{percent}": round(percentile(getattr(block, name), percent), 3)
                        for percent in (50, 90, 99, 99.9)
                    }
                    for name in ("calm", "swapping")
                }
                for block in found.blocks
            ],
        },
        draw=draw,
    )
