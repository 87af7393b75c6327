"""Requests while the index is rebuilt and swapped, again and again.

An open loop at 30 % of capacity asks for similar tracks, while an indexer (one thread, nice 19)
rebuilds from the database, the server swaps, and a writer changes tracks. Before each block of
swaps the same load is measured in calm. A second client collects whole lists: each must follow
from the generation and the number of changes that it names.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from benchmarks.consistency import LIMIT, ListCollector, ServedList, TrackChanger, inconsistent
from benchmarks.harness.databases import DURABLE, mysql_with_catalogue
from benchmarks.harness.load import Load, closed_loop
from benchmarks.harness.requests import ListRequests
from benchmarks.harness.sections import NONE, Bar, Measured, Progress, Run, no_progress, row
from benchmarks.harness.servers import World, port_of, serving
from benchmarks.swap_blocks import Block, failed, measure_block, percentile
from index.generations import GenerationStore
from tests.support.servers import SegueServer

SHARE_OF_CAPACITY = 0.3
BLOCKS = 5
P99_RATIO = Bar("<=", 1.5)


@contextmanager
def served_from_mysql(
    tracks: int, users: int, interactions: int, *, settings: Mapping[str, str], seed: int
) -> Iterator[tuple[SegueServer, World, str]]:
    """Run ``segue serve`` with its indexer on a generated catalogue in MariaDB."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-swaps-")))
        database = mysql_with_catalogue(
            *DURABLE, tracks=tracks, users=users, interactions=interactions, seed=seed
        )
        url = stack.enter_context(database)
        all_settings = {
            "SEGUE_REBUILD_INTERVAL_MINUTES": "10000",
            "SEGUE_KEEP_GENERATIONS": "100",
            "SEGUE_INDEXER_NICENESS": "19",
            "SEGUE_INDEXER_THREADS": "1",
            **settings,
        }
        server = stack.enter_context(serving(folder, database_url=url, settings=all_settings))
        yield server, World(folder, tracks, users, seed), url


@dataclass
class Found:
    """Results of a measurement."""

    capacity: float
    blocks: list[Block]
    compared: int
    versions: int
    changes: int
    inconsistent: list[ServedList]
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
    settings: Mapping[str, str] = MappingProxyType({}),
    seed: int = 1,
    progress: Progress = no_progress,
) -> Found:
    """Measure."""
    progress("loading the database", 0.0)
    with served_from_mysql(tracks, users, interactions, settings=settings, seed=seed) as (
        server,
        world,
        url,
    ):
        port, lists = port_of(server), ListRequests(world, seed)
        closed_loop(port, lists.similar(LIMIT), seconds=calm_seconds / 4)
        capacity = closed_loop(port, lists.similar(LIMIT), seconds=calm_seconds / 4).good_per_second
        collector, changer = ListCollector(port, tracks, seed), TrackChanger(port, tracks, seed)
        for thread in (collector, changer):
            thread.start()
        measured = []
        for number in range(blocks):
            progress(f"swaps, {number * swaps // blocks} of {swaps}", 0.1 + 0.8 * number / blocks)
            measured.append(
                measure_block(
                    port,
                    lists,
                    rate=share * capacity,
                    swaps=swaps // blocks,
                    calm_seconds=calm_seconds,
                )
            )
        for thread in (collector, changer):
            thread.stopping.set()
            thread.join()

        progress("comparing replies", 0.9)
        store = GenerationStore(world.folder / "generations")
        wrong = inconsistent(collector.lists, store, url)
    return Found(
        capacity=capacity,
        blocks=measured,
        compared=len(collector.lists),
        versions=len({each.version for each in collector.lists}),
        changes=changer.changed,
        inconsistent=wrong,
        failures=collector.failures + changer.failures,
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
    sent = statuses(found).total() + found.compared
    ratios = ", ".join(f"{block.ratio:.2f}" for block in found.blocks)
    return [
        row("rebuilds and swaps", done, Bar(">=", swaps)),
        row("requests", sent),
        row("... failed", wrong, NONE),
        row(f"replies compared, of {found.versions} versions", found.compared, Bar(">", 0)),
        row("... that mix generations", len(found.inconsistent), NONE),
        row("p99 in multiples of that in calm (median of the blocks)", round(ratio, 2), P99_RATIO),
        row("... by block", ratios),
    ]


def swaps(run: Run) -> Measured:
    """Swap generations under load."""
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
            "inconsistent": [str(each) for each in found.inconsistent[:20]],
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
