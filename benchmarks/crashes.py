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
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import text

from benchmarks.database import DURABLE, fill, mysql_with_tables
from benchmarks.sections import Measured, Run, row
from benchmarks.watching import unwatched, watched
from index.store import GenerationStore
from service.db import Database
from service.migrations.upgrade import upgrade
from tests.mysql import OwnMysql
from tests.processes import background, free_port, wait
from tests.servers import segue_command, segue_environment

WRITERS = 4
WORKERS = 2
TRACKS, USERS = 500, 50
TARGETS = ("worker", "indexer", "server")
LIST_SIZES = (1, 1, 1, 20, 100)
SENT_AGAIN = 0.8
"""Share of the requests without an answer that are sent again until they are acknowledged."""
PAUSE_SECONDS = (0.3, 2.0)
BACK_SECONDS = 600.0

Event = tuple[int, int, str]
"""User, track, action."""


@dataclass
class Journal:
    """What one writer has sent, list by list, and what was acknowledged."""

    sent: dict[str, Event] = field(default_factory=dict)
    lists: list[tuple[str, ...]] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)


class Writer(threading.Thread):
    """Posts interactions, one by one and in lists, and keeps its journal."""

    def __init__(self, number: int, port: int, seed: int) -> None:
        super().__init__(name=f"writer-{number}", daemon=True)
        self.journal = Journal()
        self.stopping = threading.Event()
        self._number, self._port = number, port
        self._random = random.Random(1000 * seed + number)
        self._connection: http.client.HTTPConnection | None = None
        self._next = 0

    def run(self) -> None:
        """Write until told to stop."""
        while not self.stopping.is_set():
            events = self._new_events(self._random.choice(LIST_SIZES))
            self.journal.sent.update(events)
            self.journal.lists.append(tuple(events))
            insists = self._random.random() < SENT_AGAIN
            while not self._acknowledged(events):
                if not insists or self.stopping.wait(0.05):
                    break
        self._hang_up()

    def _new_events(self, size: int) -> dict[str, Event]:
        events = {}
        for _ in range(size):
            self._next += 1
            events[f"{self._number}-{self._next}"] = (
                self._random.randint(1, USERS),
                self._random.randint(1, TRACKS),
                self._random.choice(("play", "like", "skip")),
            )
        return events

    def _acknowledged(self, events: dict[str, Event]) -> bool:
        bodies = [
            {"event_id": id_, "user_id": user, "track_id": track, "action": action}
            for id_, (user, track, action) in events.items()
        ]
        body = orjson.dumps(bodies if len(bodies) > 1 else bodies[0])
        try:
            status, reply = self._post(body)
        except (OSError, http.client.HTTPException) as error:
            self._hang_up()
            self.journal.refused[type(error).__name__] += 1
            return False
        if status not in (200, 201):
            self.journal.refused[str(status)] += 1
            return False
        items = reply["items"] if len(bodies) > 1 else [reply]
        if [item["event_id"] for item in items] != list(events):
            raise AssertionError(f"acknowledged {items} for {events}")
        self.journal.acknowledged.update(events)
        return True

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _post(self, body: bytes) -> tuple[int, Any]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        headers = {"Content-Type": "application/json"}
        self._connection.request("POST", "/interactions/", body, headers)
        response = self._connection.getresponse()
        content = response.read()
        return response.status, orjson.loads(content)


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
        mark = {"worker": "spawn_main", "indexer": "indexer"}[what]
        return [pid for pid in children(self._process.pid) if mark in command_line(pid)]


@dataclass(frozen=True)
class Verdict:
    """How the tables compare with the journals."""

    kills: Counter[str]
    acknowledged: int
    in_doubt: int
    lost: int
    duplicated: int
    phantom: int
    torn_lists: int
    rows: int
    indexed: int
    """Interactions in the last generation."""
    refused: Counter[str]
    longest_seconds: float
    """Until each writer was acknowledged again after a kill."""

    @property
    def sound(self) -> bool:
        """Whether every promise was kept."""
        return (
            not (self.lost or self.duplicated or self.phantom or self.torn_lists)
            and self.rows == self.indexed
        )


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


def judge(
    journals: Sequence[Journal],
    rows: Sequence[tuple[str | None, int, int, str]],
    indexed: int,
    kills: Counter[str],
    longest_seconds: float,
) -> Verdict:
    """Compare what is stored with what the writers know."""
    sent = {id_: event for journal in journals for id_, event in journal.sent.items()}
    acknowledged = set[str]().union(*(journal.acknowledged for journal in journals))
    counts = Counter(row[0] for row in rows)
    right = {row[0] for row in rows if row[0] and sent.get(row[0]) == tuple(row[1:])}
    lists = [ids for journal in journals for ids in journal.lists]
    return Verdict(
        kills=kills,
        acknowledged=len(acknowledged),
        in_doubt=len(sent) - len(acknowledged),
        lost=len(acknowledged - right),
        duplicated=sum(count - 1 for count in counts.values()),
        phantom=sum(row[0] not in right for row in rows),
        torn_lists=sum(0 < sum(id_ in counts for id_ in ids) < len(ids) for ids in lists),
        rows=len(rows),
        indexed=indexed,
        refused=sum((journal.refused for journal in journals), Counter[str]()),
        longest_seconds=longest_seconds,
    )


def stored(url: str) -> list[tuple[str | None, int, int, str]]:
    """Return every interaction in the tables."""
    database = Database(url, batch=True)
    try:
        with database.reading() as session:
            query = "SELECT event_id, user_id, track_id, action FROM interactions"
            return [_plain(*found) for found in session.execute(text(query))]
    finally:
        database.dispose()


def _plain(event_id: Any, user: int, track: int, action: str) -> tuple[str | None, int, int, str]:
    return event_id.decode() if isinstance(event_id, bytes) else event_id, user, track, action


def rebuilt(service: Service) -> int:
    """Ask for a rebuild; return how many interactions its generation holds."""
    store = GenerationStore(service.data_dir / "generations")
    before = store.highest()
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.request("POST", "/index/rebuild", b"{}", {"Content-Type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    assert status < 300
    # A rebuild that was under way when the last row was written may be followed by ours.
    wait(lambda: store.highest() >= before + 2, seconds=BACK_SECONDS, what="no rebuild")
    return store.manifests()[0].counts["interactions"]


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


def children(pid: int) -> list[int]:
    """Return the processes that ``pid`` has started, each from one of its threads."""
    listed = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for child in " ".join(listed).split()]


def command_line(pid: int) -> str:
    """Return what a process was started as; nothing once it is dead."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


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
