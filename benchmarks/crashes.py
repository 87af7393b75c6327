"""kill -9 of database, workers, indexer and server at random moments, while four writers write.

Each writer keeps a journal: what it has sent, and what was acknowledged. What got no answer is sent
again with the same event ids, or left in doubt. In the end the tables are compared with the
journals: nothing acknowledged is lost, nothing is stored twice, nothing is there that was never
sent, and of no list a part. A section of ``python -m benchmarks.faults``.
"""

import http.client
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks.database import DURABLE, fill, mysql_with_tables
from benchmarks.journals import TRACKS, USERS, StoredInteractions, Verdict, Writer, judge
from benchmarks.sections import Measured, Run, row
from benchmarks.watching import unwatched, watched
from index.generations import GenerationStore
from index.storage import Manifest
from service.database import Database
from service.migrations.upgrade import upgrade
from tests.support.mysql import OwnMysql
from tests.support.processes import background, descendants, free_port, wait
from tests.support.servers import segue_command, segue_environment
from tests.support.workers import INDEXER, WORKER

WRITERS = 4
WORKERS = 2
TARGETS = ("worker", "indexer", "server")
PAUSE_SECONDS = (0.3, 2.0)
BACK_SECONDS = 600.0


class Service:
    """``segue serve`` with workers and an indexer, started again by us when it is killed."""

    def __init__(self, data_dir: Path, database_url: str) -> None:
        self.port = free_port()
        self.data_dir = data_dir
        self._log = data_dir / "serve.log"
        self._environment = segue_environment(
            data_dir,
            database_url,
            {
                "PORT": str(self.port),
                "SEGUE_WORKERS": str(WORKERS),
                "SEGUE_REBUILD_INTERVAL_MINUTES": "0.05",
                "SEGUE_INDEXER_NICENESS": "0",
            },
        )
        self._running = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, without waiting."""
        self._running.close()
        # The port is free once the last worker of the one before has noticed its end.
        wait(lambda: _connects(self.port) is False, seconds=BACK_SECONDS, what="port in use")
        command = [segue_command(), "serve"]
        self._process = self._running.enter_context(
            background(command, log=self._log, environment=self._environment)
        )

    def stop(self) -> None:
        """End it."""
        self._running.close()

    def last_words(self) -> str:
        """Return the end of the log."""
        return self._log.read_text(errors="replace")[-4000:]

    def kill(self, what: str, chosen: random.Random) -> None:
        """Kill the server and start it again, or one of its workers, or its indexer."""
        assert self._process is not None
        if what == "server":
            self._process.kill()
            self._process.wait()
            self.start()
            return
        wait(lambda: bool(self._pids(what)), seconds=BACK_SECONDS, what=f"there is no {what}")
        with suppress(ProcessLookupError):
            os.kill(chosen.choice(self._pids(what)), signal.SIGKILL)

    def _pids(self, what: str) -> list[int]:
        assert self._process is not None
        mark = {"worker": WORKER, "indexer": INDEXER}[what]
        return sorted(descendants(self._process.pid, mark))


def crash(
    data_dir: Path,
    url: str,
    mysqld: OwnMysql | None,
    *,
    kills: int,
    targets: Sequence[str] = TARGETS,
    acknowledged: int = 0,
    seed: int = 1,
    progress: Callable[[str, float], None] = unwatched,
) -> Verdict:
    """Write, kill the targets by turns, go on until enough is acknowledged, and compare."""
    chosen, killed, longest = random.Random(seed), Counter[str](), 0.0
    service = Service(data_dir, url)
    service.start()
    writers = [Writer(number, service.port, seed) for number in range(WRITERS)]
    try:
        wait(lambda: ready(service.port), seconds=BACK_SECONDS, what=service.last_words)
        for writer in writers:
            writer.start()
        for number in watched(range(kills), progress, "kills", end=0.9):
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
            wait(lambda: ready(service.port), seconds=BACK_SECONDS, what=service.last_words)
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

        wait(further, seconds=BACK_SECONDS, what=f"{writer.name} gets no answer")
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


def rebuilt(service: Service) -> int:
    """Ask for a rebuild; return how many interactions its generation holds."""
    # The first may have been under way already; the second began after it.
    for _ in range(2):
        before = _newest(service).generation
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
        connection.request("POST", "/index/rebuild", b"{}", {"Content-Type": "application/json"})
        status = connection.getresponse().status
        connection.close()
        if status >= 300:
            raise AssertionError(f"status {status}")

        def published(before: int = before) -> bool:
            return _newest(service).generation > before

        wait(published, seconds=BACK_SECONDS, what=service.last_words)
    return _newest(service).counts["interactions"]


def _newest(service: Service) -> Manifest:
    return GenerationStore(service.data_dir / "generations").manifests()[0]


def ready(port: int) -> bool:
    """Tell whether /readyz says so."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _connects(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.connect()
    except OSError:
        return False
    finally:
        connection.close()
    return True


@contextmanager
def mysql_world() -> Iterator[tuple[Path, str, OwnMysql]]:
    """Yield a data directory, a filled database, and the server that it is on."""
    with mysql_with_tables(*DURABLE) as (server, url), _folder() as data_dir:
        fill(url, tracks=TRACKS, users=USERS)
        yield data_dir, url, server


@contextmanager
def sqlite_world() -> Iterator[tuple[Path, str]]:
    """Yield a data directory and the filled database in it."""
    with _folder() as data_dir:
        url = f"sqlite:///{data_dir / 'segue.db'}"
        database = Database(url, batch=True)
        upgrade(database)
        database.dispose()
        fill(url, tracks=TRACKS, users=USERS)
        yield data_dir, url


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="segue-crashes-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def as_row(where: str, verdict: Verdict, *, kills: int, acknowledged: int) -> dict[str, Any]:
    """Return the row of one kind of database."""
    return row(
        f"acknowledged writes under kill -9, {where}",
        f"{verdict.kills.total()} kills, {verdict.acknowledged} acknowledged: {verdict.lost} lost, "
        f"{verdict.duplicated} duplicated, {verdict.phantom} phantom, "
        f"{verdict.torn_lists} lists in part",
        f"{kills} kills, {acknowledged} acknowledged, 0 lost, 0 duplicated, 0 phantom",
        reached=verdict.sound
        and verdict.kills.total() >= kills
        and verdict.acknowledged >= acknowledged,
    )


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
        rows=[as_row(where, verdict, kills=kills, acknowledged=acknowledged)],
        details={name: getattr(verdict, name) for name in Verdict.__dataclass_fields__},
    )
