"""kill -9 of database, workers, indexer and server at random moments, while four writers write.

Each writer keeps a journal of the events that it has sent and of those that were acknowledged. An
unacknowledged list is sent again with the same event ids, or left in doubt. At the end the tables
are compared with the journals: no acknowledged event is lost, none is stored twice or was never
sent, and no list is stored in part.
"""

import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks.catalogue.insert import fill_small
from benchmarks.faults.journals import TRACKS, USERS, StoredInteractions, Verdict, Writer, judge
from benchmarks.faults.killable_server import RECOVERY_SECONDS, KillableServer, ready
from benchmarks.harness.databases import DURABLE, mysql_with_tables
from benchmarks.harness.http_client import Client
from benchmarks.harness.sections import (
    NONE,
    Bar,
    Measured,
    Progress,
    Run,
    no_progress,
    row,
    with_progress,
)
from index.generations import GenerationStore
from index.storage import Manifest
from service.database import Database
from service.migrations.upgrade import upgrade
from tests.support.mysql import OwnMysql
from tests.support.processes import wait

WRITERS = 4
TARGETS = ("worker", "indexer", "server")
PAUSE_SECONDS = (0.3, 2.0)


def crash(
    data_dir: Path,
    url: str,
    mysqld: OwnMysql | None,
    *,
    kills: int,
    targets: Sequence[str] = TARGETS,
    acknowledged: int = 0,
    seed: int = 1,
    progress: Progress = no_progress,
) -> Verdict:
    """Write, kill the targets by turns, go on until enough is acknowledged, and compare."""
    chosen, killed, longest = random.Random(seed), Counter[str](), 0.0
    service = KillableServer(data_dir, url)
    service.start()
    writers = [Writer(number, service.port, seed) for number in range(WRITERS)]
    try:
        wait(lambda: ready(service.port), seconds=RECOVERY_SECONDS, what=service.end_of_log)
        for writer in writers:
            writer.start()
        for number in with_progress(range(kills), progress, "kills", end=0.9):
            time.sleep(chosen.uniform(*PAUSE_SECONDS))
            target = targets[number % len(targets)]
            if target == "database" and mysqld:
                mysqld.kill()
                time.sleep(chosen.uniform(*PAUSE_SECONDS))
                mysqld.start()
            else:
                service.kill(target, chosen)
            killed[target] += 1
            # Workers without their server end by answering what they have.
            wait(lambda: ready(service.port), seconds=RECOVERY_SECONDS, what=service.end_of_log)
            longest = max(longest, _until_all_write(writers))

        def enough() -> bool:
            return sum(len(writer.journal.acknowledged) for writer in writers) >= acknowledged

        wait(enough, seconds=1_800, what="too few were acknowledged")
        _end(writers)
        rows = stored(url)
        indexed = rebuilt(service)
    finally:
        _end(writers)
        service.stop()
    return judge([writer.journal for writer in writers], rows, indexed, killed, longest)


def _end(writers: Sequence[Writer]) -> None:
    for writer in writers:
        writer.stopping.set()
    for writer in writers:
        if writer.is_alive():
            writer.join()


def _until_all_write(writers: Sequence[Writer]) -> float:
    """Return after how many seconds each writer has got a further acknowledgement."""
    started = time.monotonic()
    before = [len(writer.journal.acknowledged) for writer in writers]
    for writer, count in zip(writers, before, strict=True):

        def further(writer: Writer = writer, count: int = count) -> bool:
            return len(writer.journal.acknowledged) > count

        wait(further, seconds=RECOVERY_SECONDS, what=f"{writer.name} gets no answer")
        if not writer.is_alive():
            raise AssertionError(f"{writer.name} ended")
    return time.monotonic() - started


def stored(url: str) -> list[StoredInteractions]:
    """Return every interaction in the tables."""
    database = Database(url, batch=True)
    try:
        with database.reading() as session:
            query = "SELECT event_id, user_id, track_id, action FROM interactions"
            return [_plain(*found) for found in session.execute(text(query))]
    finally:
        database.dispose()


def _plain(event_id: Any, user: int, track: int, action: str) -> StoredInteractions:
    return event_id.decode() if isinstance(event_id, bytes) else event_id, user, track, action


def rebuilt(service: KillableServer) -> int:
    """Ask for a rebuild; return how many interactions its generation holds."""
    # The first may have been under way already; the second began after it.
    for _ in range(2):
        before = _newest(service).generation
        with Client(service.port, seconds=30) as client:
            client.json("POST", "/index/rebuild", {})

        def published(before: int = before) -> bool:
            return _newest(service).generation > before

        wait(published, seconds=RECOVERY_SECONDS, what=service.end_of_log)
    return _newest(service).counts["interactions"]


def _newest(service: KillableServer) -> Manifest:
    return GenerationStore(service.data_dir / "generations").manifests()[0]


@contextmanager
def mysql_world() -> Iterator[tuple[Path, str, OwnMysql]]:
    """Yield a data directory, a filled database, and the server that it is on."""
    with mysql_with_tables(*DURABLE) as (server, url), _folder() as data_dir:
        fill_small(url, tracks=TRACKS, users=USERS)
        yield data_dir, url, server


@contextmanager
def sqlite_world() -> Iterator[tuple[Path, str]]:
    """Yield a data directory and the filled database in it."""
    with _folder() as data_dir:
        url = f"sqlite:///{data_dir / 'segue.db'}"
        database = Database(url, batch=True)
        upgrade(database)
        database.dispose()
        fill_small(url, tracks=TRACKS, users=USERS)
        yield data_dir, url


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="segue-crashes-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def as_rows(where: str, verdict: Verdict, *, kills: int, acknowledged: int) -> list[dict[str, Any]]:
    """Return the rows of one kind of database."""
    return [
        row(f"kills -9, {where}", verdict.kills.total(), Bar(">=", kills)),
        row("acknowledged writes", verdict.acknowledged, Bar(">=", acknowledged)),
        row("... lost", verdict.lost, NONE),
        row("... duplicated", verdict.duplicated, NONE),
        row("... stored but never sent", verdict.phantom, NONE),
        row("lists stored in part", verdict.torn_lists, NONE),
        row("rows that the index lacks", verdict.stored - verdict.indexed, NONE),
    ]


def crashes(run: Run) -> Measured:
    """Measure the section: on MariaDB."""
    kills, acknowledged = (4, 500) if run.quick else (60, 100_000)
    with mysql_world() as (data_dir, url, mysqld):
        verdict = crash(
            data_dir,
            url,
            mysqld,
            kills=kills,
            targets=("database", *TARGETS),
            acknowledged=acknowledged,
            seed=run.seed,
            progress=run.progress,
        )
    return _measured("MariaDB", verdict, kills=kills, acknowledged=acknowledged)


def crashes_on_sqlite(run: Run) -> Measured:
    """Measure the section: on SQLite."""
    kills, acknowledged = (3, 100) if run.quick else (30, 10_000)
    with sqlite_world() as (data_dir, url):
        verdict = crash(
            data_dir,
            url,
            None,
            kills=kills,
            acknowledged=acknowledged,
            seed=run.seed,
            progress=run.progress,
        )
    return _measured("SQLite", verdict, kills=kills, acknowledged=acknowledged)


def _measured(where: str, verdict: Verdict, *, kills: int, acknowledged: int) -> Measured:
    return Measured(
        dataset=f"{TRACKS} tracks, {USERS} listeners",
        rows=as_rows(where, verdict, kills=kills, acknowledged=acknowledged),
        details={name: getattr(verdict, name) for name in Verdict.__dataclass_fields__},
    )
