"""Sections ``database-down`` and ``database-hung`` of ``make bench-faults``.

A reader asks at a constant rate, in turn, for the five kinds of reads that need no database, and
writers send beside it. The database is killed, or stopped so that it keeps every connection and
answers none, and is brought back after a while.
"""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import psutil
import pymysql
from matplotlib.axes import Axes
from sqlalchemy import make_url

from benchmarks.catalogue import get_json
from benchmarks.database import address, fill, mysql_with_tables, on_cores, serving
from benchmarks.faults import Measured, Run, row
from benchmarks.wire import Connection
from tests.support.mysql import OwnMysql
from tests.support.processes import peer_ports
from tests.support.servers import SegueServer

TRACKS, QUICK_TRACKS, USERS, EVENTS = 20_000, 1_000, 500, 5_000
READS_PER_SECOND, QUICK_READS_PER_SECOND, READERS = 700, 60, 32
WRITES_PER_SECOND, WRITERS = 20, 40
LISTINGS_PER_SECOND = 2
CALM_SECONDS, AWAY_SECONDS = 15.0, 30.0
QUICK_CALM_SECONDS, QUICK_AWAY_SECONDS = 2.0, 3.0
READS_BAR, REFUSAL_BAR, RETURN_BAR = 20_000, 1.5, 2.0
KINDS = ("similar", "personalized", "trending", "track", "search")

Ask = Callable[[int], tuple[str, str, bytes]]
"""Number of a request -> method, path and body."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One request: when it was due and sent, how long it took, and what came of it."""

    due: float
    sent: float
    seconds: float
    """From when it was sent; a client that lags behind its rate is no fault of the server's."""
    status: int
    kind: str
    proper: bool
    """Whether a refusal is a problem document that says when to try again."""


@dataclass(frozen=True, slots=True)
class Burden:
    """What a worker holds."""

    threads: int
    connections: int
    files: int


@dataclass(slots=True)
class Moments:
    """Seconds since the beginning."""

    fault: float = 0.0
    back: float = 0.0
    """When the database answers again."""
    over: bool = False
    before: Burden = Burden(0, 0, 0)
    reads: list[Answer] = field(default_factory=list)
    writes: list[Answer] = field(default_factory=list)
    listings: list[Answer] = field(default_factory=list)


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
        fill(url, tracks=_tracks(run), users=USERS)
        with serving(url, cores=(0,)) as server:
            moments = asyncio.run(_drive(run, server, mysql, url, (fault, remedy)))
            after = _settled(server, mysql, moments.before)
    return _measured(run, moments, after)


async def _drive(
    run: Run,
    server: SegueServer,
    mysql: OwnMysql,
    url: str,
    acts: tuple[Callable[[OwnMysql], None], Callable[[OwnMysql], None]],
) -> Moments:
    calm, away, rate = CALM_SECONDS, AWAY_SECONDS, READS_PER_SECOND
    if run.quick:
        calm, away, rate = QUICK_CALM_SECONDS, QUICK_AWAY_SECONDS, QUICK_READS_PER_SECOND
    place, moments = address(server), Moments()
    await _listen_a_little(place, run)
    start = time.perf_counter()
    at_work = [
        *_clients(place, start, rate, READERS, _read(run), moments.reads, moments),
        *_clients(place, start, WRITES_PER_SECOND, WRITERS, _write, moments.writes, moments),
        *_clients(place, start, LISTINGS_PER_SECOND, 8, _listing, moments.listings, moments),
    ]
    whole = 2 * calm + away
    await _pass_time(run, "calm", 0.0, calm, whole)
    moments.before = _burden(server, mysql)
    acts[0](mysql)
    moments.fault = time.perf_counter() - start
    await _pass_time(run, "without database", calm, away, whole)
    acts[1](mysql)
    await _until_it_answers(url)
    moments.back = time.perf_counter() - start
    await _pass_time(run, "back", calm + away, calm, whole)
    moments.over = True
    await asyncio.gather(*at_work)
    return moments


async def _pass_time(run: Run, doing: str, done: float, seconds: float, whole: float) -> None:
    until = time.perf_counter() + seconds
    while (left := until - time.perf_counter()) > 0:
        run.progress(doing, (done + seconds - left) / whole)
        await asyncio.sleep(min(left, 0.25))


def _clients(
    place: tuple[str, int],
    start: float,
    rate: float,
    count: int,
    ask: Ask,
    answers: list[Answer],
    moments: Moments,
) -> list["asyncio.Task[None]"]:
    """Ask at a constant rate, by connections that take turns; who is late asks at once."""

    async def client(first: int) -> None:
        connection, number = Connection(*place), first
        while not moments.over:
            due = start + number / rate
            await asyncio.sleep(max(due - time.perf_counter(), 0.0))
            answers.append(await _ask(connection, ask(number), due, start))
            number += count
        connection.close()

    return [asyncio.create_task(client(first)) for first in range(count)]


async def _ask(
    connection: Connection, request: tuple[str, str, bytes], due: float, start: float
) -> Answer:
    method, path, body = request
    sent = time.perf_counter()
    try:
        reply = await asyncio.wait_for(connection.send(method, path, body), 30)
    except (OSError, TimeoutError):
        connection.close()
        status, proper = 0, False
    else:
        status = reply.status
        kind = reply.headers.get("content-type")
        proper = kind == "application/problem+json" and "retry-after" in reply.headers
    seconds = time.perf_counter() - sent
    return Answer(due - start, sent - start, seconds, status, _kind(path), proper)


def _kind(path: str) -> str:
    """Return the address without the parts that differ from request to request."""
    return path.partition("?")[0].rstrip("0123456789")


def _tracks(run: Run) -> int:
    return QUICK_TRACKS if run.quick else TRACKS


def _read(run: Run) -> Ask:
    def ask(number: int) -> tuple[str, str, bytes]:
        chance = random.Random(run.seed * 1_000_003 + number)
        track, user = chance.randint(1, _tracks(run)), chance.randint(1, USERS)
        paths = {
            "similar": f"/recommendations/similar-tracks/?track_id={track}&limit=10",
            "personalized": f"/recommendations/personalized/?user_id={user}&limit=10",
            "trending": "/recommendations/trending/?limit=10",
            "track": f"/tracks/{track}",
            "search": f"/tracks/search/?q=artist+{track % 997}",
        }
        return "GET", paths[KINDS[number % len(KINDS)]], b""

    return ask


def _write(number: int) -> tuple[str, str, bytes]:
    """Alternate between single interactions, lists, new tracks and new listeners."""
    event = {"user_id": 1 + number % USERS, "track_id": 1 + number % QUICK_TRACKS, "action": "play"}
    choices: list[tuple[str, Any]] = [
        ("/interactions/", event),
        ("/interactions/", [event] * 5),
        ("/tracks/", {"title": f"New {number}", "artist": "Somebody", "energy": 0.5}),
        ("/users/", {"external_id": f"new {number}"}),
    ]
    path, body = choices[number % len(choices)]
    return "POST", path, orjson.dumps(body)


def _listing(number: int) -> tuple[str, str, bytes]:
    return "GET", f"/tracks/?limit=100&offset={number}", b""


async def _listen_a_little(place: tuple[str, int], run: Run) -> None:
    chance, connection = random.Random(run.seed), Connection(*place)
    for _ in range(EVENTS // 1_000):
        events = [
            {
                "user_id": chance.randint(1, USERS),
                "track_id": chance.randint(1, _tracks(run)),
                "action": "play",
            }
            for _ in range(1_000)
        ]
        reply = await connection.send("POST", "/interactions/", orjson.dumps(events))
        if reply.status != 201:
            raise SystemExit(reply.body.decode())
    connection.close()


async def _until_it_answers(url: str) -> None:
    """Return as soon as the database takes a connection."""
    parsed = make_url(url)
    while True:
        try:
            await asyncio.to_thread(
                lambda: pymysql.connect(
                    host=parsed.host,
                    port=parsed.port or 3306,
                    user=parsed.username,
                    password=parsed.password or "",
                    ssl_disabled=True,
                    connect_timeout=5,
                    read_timeout=5,
                ).close()
            )
        except pymysql.err.MySQLError:
            await asyncio.sleep(0.01)
        else:
            return


def _burden(server: SegueServer, mysql: OwnMysql) -> Burden:
    worker = psutil.Process(server.process.pid)
    connections = peer_ports(worker.pid).count(mysql.url.port or 0)
    return Burden(worker.num_threads(), connections, worker.num_fds())


def _settled(server: SegueServer, mysql: OwnMysql, before: Burden) -> Burden:
    """Return what the worker holds once the clients are gone.

    A thread ends when it has been idle for 10 s and another one is asked for something.
    """
    for _ in range(60):
        get_json(server.url, "/tracks/", limit=1)
        now = _burden(server, mysql)
        if now.threads <= before.threads + 2 and now.files <= before.files + 12:
            break
        time.sleep(0.5)
    return now


def _measured(run: Run, moments: Moments, after: Burden) -> Measured:
    before = moments.before
    reads = [each for each in moments.reads if moments.fault <= each.sent <= moments.back]
    calm = [each for each in moments.reads if each.sent < moments.fault]
    failed = [each for each in moments.reads if each.status != 200]
    refused = [each for each in moments.writes if each.status >= 400 or each.status == 0]
    strange = [each for each in refused if each.status != 503 or not each.proper]
    slowest = max((each.seconds for each in refused), default=0.0)
    listings = max((e.seconds for e in moments.listings if e.sent >= moments.fault), default=0.0)
    first_good = min(
        (e.sent + e.seconds - moments.back for e in moments.writes
         if e.status == 201 and e.sent + e.seconds >= moments.back),
        default=float("inf"),
    )  # fmt: skip
    late = [e for e in refused if e.sent >= moments.back + RETURN_BAR]
    p99, calm_p99 = _percentile(reads, 99), _percentile(calm, 99)
    wanted = 0 if run.quick else READS_BAR
    return Measured(
        dataset=f"{_tracks(run)} tracks, {USERS} listeners in MariaDB",
        rows=[
            row("reads of five kinds", len(moments.reads), "", reached=True),
            row("... of them while it is away", len(reads), f">= {wanted}",
                reached=len(reads) >= wanted),
            row("... failed", len(failed), "0", reached=not failed),
            row("... p99, ms (and before)", [p99, calm_p99], "", reached=True),
            row("writes refused", len(refused), "> 0", reached=bool(refused)),
            row("... otherwise than by 503, problem+json, Retry-After", len(strange), "0",
                reached=not strange),
            row("... slowest refusal, s", round(slowest, 2), f"<= {REFUSAL_BAR}",
                reached=slowest <= REFUSAL_BAR),
            row("... later than 2 s after its return", len(late), "0", reached=not late),
            row("slowest listing from SQL, s", round(listings, 2), "", reached=True),
            row("first good write after its return, s", round(first_good, 2),
                f"<= {RETURN_BAR}", reached=first_good <= RETURN_BAR),
            row("threads before and after", [before.threads, after.threads], "+- 2",
                reached=after.threads <= before.threads + 2),
            row("database connections before and after", [before.connections, after.connections],
                "<= 10", reached=after.connections <= 10),
        ],
        details={
            "reads_per_second": READS_PER_SECOND,
            "writes_per_second": WRITES_PER_SECOND,
            "failed": Counter(f"{each.kind} {each.status}" for each in failed),
            "strange": [f"{e.kind} {e.status} at {e.sent:.1f} s" for e in (*strange, *late)][:20],
            "load_average": os.getloadavg(),
            "refused_at_onset_s": round(
                min((e.sent + e.seconds for e in refused), default=0) - moments.fault, 2
            ),
            "p99_ms_by_kind": {
                kind: _percentile([e for e in reads if e.kind == kind], 99)
                for kind in sorted({e.kind for e in reads})
            },
            "seconds_away": round(moments.back - moments.fault, 1),
            "cores": "server and indexer: 0; MariaDB and clients: 1",
        },
        draw=lambda axes: _draw(axes, moments),
    )  # fmt: skip


def _percentile(answers: Sequence[Answer], which: float) -> float:
    if not answers:
        return 0.0
    return round(1000 * float(np.percentile([each.seconds for each in answers], which)), 1)


def _draw(axes: Axes, moments: Moments) -> None:
    for answers, label, colour in (
        (moments.reads, "reads", "#3b6fb6"),
        ([e for e in moments.writes if e.status == 201], "writes stored", "#3c9a5f"),
        ([e for e in moments.writes if e.status != 201], "writes refused", "#c4553b"),
    ):
        axes.plot(
            [each.due for each in answers],
            [1000 * each.seconds for each in answers],
            ".", markersize=2, label=label, color=colour, rasterized=True,
        )  # fmt: skip
    axes.axvspan(moments.fault, moments.back, color="#dddddd", zorder=0)
    axes.set(yscale="log", xlabel="seconds", ylabel="ms to answer")
    axes.legend(markerscale=4)
