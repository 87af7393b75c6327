"""Reads and writes while the database is killed, or hangs.

A reader sends the five kinds of reads that need no database in turn, at a constant rate, and
writers send meanwhile. The database is killed, or stopped so that it keeps every connection and
answers none, and is brought back after a while.
"""

import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from benchmarks.catalogue.insert import fill_small
from benchmarks.faults.database_state import (
    UNKNOWN,
    Resources,
    resources_of,
    settled_resources,
    until_database_answers,
)
from benchmarks.faults.steady_clients import (
    USERS,
    Outcome,
    listing,
    reads,
    send_history,
    steady_clients,
    write,
)
from benchmarks.harness.databases import mysql_with_tables
from benchmarks.harness.sections import NONE, Bar, Measured, Run, row
from benchmarks.harness.servers import on_cores, port_of, serving
from tests.support.mysql import OwnMysql
from tests.support.servers import SegueServer

TRACKS, QUICK_TRACKS = 20_000, 1_000
READS_PER_SECOND, QUICK_READS_PER_SECOND, READERS = 700, 60, 32
WRITES_PER_SECOND, WRITERS = 20, 40
LISTINGS_PER_SECOND = 2
CALM_SECONDS, OUTAGE_SECONDS = 15.0, 30.0
QUICK_CALM_SECONDS, QUICK_OUTAGE_SECONDS = 2.0, 3.0
READS, REFUSAL, RECOVERY = Bar(">=", 20_000), Bar("<=", 1.5), Bar("<=", 2.0)
MORE_THREADS, CONNECTIONS = Bar("<=", 2), Bar("<=", 10)


@dataclass(slots=True)
class Timeline:
    """Moments in seconds since the beginning, and all requests."""

    fault: float = 0.0
    recovery: float = 0.0
    """When the database answers again."""
    over: bool = False
    before: Resources = UNKNOWN
    reads: list[Outcome] = field(default_factory=list)
    writes: list[Outcome] = field(default_factory=list)
    listings: list[Outcome] = field(default_factory=list)


def database_down(run: Run) -> Measured:
    """Kill the database, and start it again later."""

    def end(server: OwnMysql) -> None:
        server.kill()

    def restart(server: OwnMysql) -> None:
        server.start(wait=False)

    return _measure(run, end, restart)


def database_hung(run: Run) -> Measured:
    """Stop the database's process, and let it go on later."""
    return _measure(run, OwnMysql.pause, OwnMysql.resume)


def _measure(
    run: Run, fault: Callable[[OwnMysql], None], remedy: Callable[[OwnMysql], None]
) -> Measured:
    with on_cores(1), mysql_with_tables() as (mysql, url):
        fill_small(url, tracks=_tracks(run), users=USERS)
        with (
            tempfile.TemporaryDirectory(prefix="segue-bench-") as folder,
            serving(Path(folder), database_url=url) as server,
        ):
            timeline = asyncio.run(_drive(run, server, mysql, url, (fault, remedy)))
            after = settled_resources(server, mysql, timeline.before)
    return _measured(run, timeline, after)


async def _drive(
    run: Run,
    server: SegueServer,
    mysql: OwnMysql,
    url: str,
    acts: tuple[Callable[[OwnMysql], None], Callable[[OwnMysql], None]],
) -> Timeline:
    calm, outage, rate = CALM_SECONDS, OUTAGE_SECONDS, READS_PER_SECOND
    if run.quick:
        calm, outage, rate = QUICK_CALM_SECONDS, QUICK_OUTAGE_SECONDS, QUICK_READS_PER_SECOND
    port, timeline = port_of(server), Timeline()
    await send_history(port, tracks=_tracks(run), users=USERS, seed=run.seed)
    reader = reads(_tracks(run), USERS, run.seed)

    def is_over() -> bool:
        return timeline.over

    start = time.perf_counter()
    at_work = [
        *steady_clients(port, start, rate, READERS, reader, timeline.reads, is_over),
        *steady_clients(port, start, WRITES_PER_SECOND, WRITERS, write, timeline.writes, is_over),
        *steady_clients(port, start, LISTINGS_PER_SECOND, 8, listing, timeline.listings, is_over),
    ]
    whole = 2 * calm + outage
    await _pass_time(run, "calm", 0.0, calm, whole)
    timeline.before = resources_of(server, mysql)
    acts[0](mysql)
    timeline.fault = time.perf_counter() - start
    await _pass_time(run, "without database", calm, outage, whole)
    acts[1](mysql)
    await until_database_answers(url)
    timeline.recovery = time.perf_counter() - start
    await _pass_time(run, "back", calm + outage, calm, whole)
    timeline.over = True
    await asyncio.gather(*at_work)
    return timeline


async def _pass_time(run: Run, doing: str, done: float, seconds: float, whole: float) -> None:
    until = time.perf_counter() + seconds
    while (left := until - time.perf_counter()) > 0:
        run.progress(doing, (done + seconds - left) / whole)
        await asyncio.sleep(min(left, 0.25))


def _tracks(run: Run) -> int:
    return QUICK_TRACKS if run.quick else TRACKS


def _measured(run: Run, timeline: Timeline, after: Resources) -> Measured:
    before = timeline.before
    during = [each for each in timeline.reads if timeline.fault <= each.sent <= timeline.recovery]
    calm = [each for each in timeline.reads if each.sent < timeline.fault]
    failed = [each for each in timeline.reads if each.status != 200]
    refused = [each for each in timeline.writes if each.status >= 400 or each.status == 0]
    strange = [each for each in refused if each.status != 503 or not each.proper]
    slowest = max((each.seconds for each in refused), default=0.0)
    listings = max((e.seconds for e in timeline.listings if e.sent >= timeline.fault), default=0.0)
    first_good = min(
        (e.sent + e.seconds - timeline.recovery for e in timeline.writes
         if e.status == 201 and e.sent + e.seconds >= timeline.recovery),
        default=float("inf"),
    )  # fmt: skip
    late = [e for e in refused if e.sent >= timeline.recovery + RECOVERY.value]
    p99, calm_p99 = _percentile(during, 99), _percentile(calm, 99)
    return Measured(
        dataset=f"{_tracks(run)} tracks, {USERS} listeners in MariaDB",
        rows=[
            row("reads of five kinds", len(timeline.reads)),
            row("... during the outage", len(during), None if run.quick else READS),
            row("... failed", len(failed), NONE),
            row("... p99 during the outage and before, ms", [p99, calm_p99]),
            row("writes refused", len(refused), Bar(">", 0)),
            row("... otherwise than by 503, problem+json, Retry-After", len(strange), NONE),
            row("... slowest refusal, s", round(slowest, 2), REFUSAL),
            row("... later than 2 s after the recovery", len(late), NONE),
            row("slowest listing from SQL, s", round(listings, 2)),
            row("first good write after the recovery, s", round(first_good, 2), RECOVERY),
            row("threads more than before", after.threads - before.threads, MORE_THREADS),
            row("database connections afterwards", after.connections, CONNECTIONS),
        ],
        details={
            "reads_per_second": READS_PER_SECOND,
            "writes_per_second": WRITES_PER_SECOND,
            "failed": Counter(f"{each.kind} {each.status}" for each in failed),
            "strange": [f"{e.kind} {e.status} at {e.sent:.1f} s" for e in (*strange, *late)][:20],
            "load_average": os.getloadavg(),
            "refused_at_onset_s": round(
                min((e.sent + e.seconds for e in refused), default=0) - timeline.fault, 2
            ),
            "p99_ms_by_kind": {
                kind: _percentile([e for e in during if e.kind == kind], 99)
                for kind in sorted({e.kind for e in during})
            },
            "outage_seconds": round(timeline.recovery - timeline.fault, 1),
            "cores": "server and indexer: 0; MariaDB and clients: 1",
        },
        draw=lambda axes: _draw(axes, timeline),
    )


def _percentile(outcomes: Sequence[Outcome], which: float) -> float:
    if not outcomes:
        return 0.0
    return round(1000 * float(np.percentile([each.seconds for each in outcomes], which)), 1)


def _draw(axes: Axes, timeline: Timeline) -> None:
    for outcomes, label, colour in (
        (timeline.reads, "reads", "#3b6fb6"),
        ([e for e in timeline.writes if e.status == 201], "writes stored", "#3c9a5f"),
        ([e for e in timeline.writes if e.status != 201], "writes refused", "#c4553b"),
    ):
        axes.plot(
            [each.due for each in outcomes],
            [1000 * each.seconds for each in outcomes],
            ".", markersize=2, label=label, color=colour, rasterized=True,
        )  # fmt: skip
    axes.axvspan(timeline.fault, timeline.recovery, color="#dddddd", zorder=0)
    axes.set(yscale="log", xlabel="seconds", ylabel="ms to answer")
    axes.legend(markerscale=4)
