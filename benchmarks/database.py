"""A MariaDB or MySQL server with a catalogue in it, and a Segue on top, for measurements."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
from sqlalchemy import insert
from sqlalchemy.engine import make_url

from service.database import Database
from service.models import Base, Track, User
from tests.support.databases import mysql_template
from tests.support.mysql import OwnMysql, own_mysql
from tests.support.provision import require_mysql
from tests.support.servers import SegueServer, segue_server

DURABLE = (
    "--innodb-flush-log-at-trx-commit=1",
    "--skip-debug-no-sync",
    "--innodb-doublewrite=1",
)
"""As in production: acknowledged is synced. The server of the tests is quicker and forgetful."""
ROWS = 5_000


@contextmanager
def on_cores(*cores: int) -> Iterator[None]:
    """Start programs in this block on these cores; on one core there is nothing to choose."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, before & set(cores) or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def mysql_with_tables(*options: str) -> Iterator[tuple[OwnMysql, str]]:
    """Run a server of our own; yield it and the URL of a database that has all tables."""
    program = require_mysql()
    if program is None:
        raise SystemExit("This needs MariaDB or MySQL on this machine.")
    with own_mysql(program, *options) as server:
        url = server.create_database()
        server.fill(url, mysql_template(server))
        yield server, url


@contextmanager
def serving(
    url: str, *, cores: Sequence[int], settings: Mapping[str, str] | None = None
) -> Iterator[SegueServer]:
    """Run ``segue serve`` with its indexer on a database, on some cores."""
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as folder, ExitStack() as running:
        with on_cores(*cores):
            server = running.enter_context(
                segue_server(Path(folder), database_url=url, settings=settings)
            )
        yield server


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used, all of its threads together."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def address(server: SegueServer) -> tuple[str, int]:
    """Return host and port of a server."""
    url = make_url(server.url)
    return str(url.host), int(url.port or 0)


def fill(url: str, *, tracks: int, users: int) -> None:
    """Write tracks and listeners with the ids 1, 2, ..."""
    genres = ["jazz", "rock", "pop", "folk", "soul"]
    database = Database(url, batch=True)
    with database.writing() as session:
        connection = session.connection()
        for first in range(0, tracks, ROWS):
            rows = [_track(i, genres[i % 5]) for i in range(first, min(first + ROWS, tracks))]
            connection.execute(insert(Base.metadata.tables[Track.__tablename__]), rows)
        people = [{"external_id": f"u{i}"} for i in range(users)]
        connection.execute(insert(Base.metadata.tables[User.__tablename__]), people)
    database.dispose()


def _track(i: int, genre: str) -> dict[str, object]:
    return {
        "title": f"Song {i}",
        "artist": f"Artist {i % 997}",
        "genre": genre,
        "duration": 200,
        "tempo": 60 + i % 120,
        "energy": i % 101 / 100,
        "danceability": i % 89 / 88,
        "valence": i % 83 / 82,
        "acousticness": i % 79 / 78,
        "instrumentalness": i % 73 / 72,
        "loudness": -(i % 60),
        "speechiness": i % 71 / 70,
    }
