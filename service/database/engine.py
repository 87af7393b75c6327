"""One database, whatever it is: engine settings, sessions, and what counts as "away"."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import pymysql
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from service.database.causes import AWAY, CODES, REFUSALS, cause_of
from service.database.circuit_breaker import ANSWER_SECONDS, CircuitBreaker, Refused
from service.database.connection import Wire

POOL_SIZE = 10
MAX_OVERFLOW = 20
CONNECTIONS = POOL_SIZE + MAX_OVERFLOW
"""Connections that one process may hold at once; also the size of its thread pool."""

SQL_MODE = (
    "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)
"""What MySQL 8 does by default; MariaDB is told, so that both judge a statement alike."""


LONGEST_TEXT = 2**20
"""Bytes that GROUP_CONCAT may return; MySQL's own limit, 1,024, cuts off without an error."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a connection to MySQL waits before it gives up; 0 statement seconds: no limit."""

    connect_seconds: int = 1
    network_seconds: int = 6
    statement_seconds: int = 5
    lock_seconds: int = 5


SERVING = Limits()
BATCH = Limits(connect_seconds=10, network_seconds=3600, statement_seconds=0, lock_seconds=50)

# Server or network trouble, as opposed to a statement that is wrong.
_AWAY_CODES = frozenset(
    {1040, 1042, 1043, 1044, 1045, 1049, 1053, 1129, 1158, 1159, 1160, 1161, 1184, 1194}
    | {1203, 1205, 1213, 1226, 1290, 1317, 1836, 1927, 1969, 3024}
    | {2002, 2003, 2005, 2006, 2013, 2014, 2026, 2055}
    | CODES
)
_SILENT_CODES = frozenset({2002, 2003, 2005, 2006, 2013, 2055})


def normalise_url(url: str) -> URL:
    """Return the SQLAlchemy URL that a written one means.

    ``mysql://``, ``mariadb://`` and ``mysql+pymysql://`` all mean PyMySQL with utf8mb4.

    Raises
    ------
    ValueError
        The URL names neither MySQL, MariaDB nor SQLite, or is no URL at all. The message
        never repeats the URL: it may hold a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError("The database URL cannot be read") from None
    family = parsed.drivername.partition("+")[0]

    if family == "sqlite":
        database = os.path.expanduser(parsed.database) if parsed.database else None
        return parsed.set(drivername="sqlite", database=database)
    if family in ("mysql", "mariadb"):
        return parsed.set(drivername="mysql+pymysql").update_query_dict({"charset": "utf8mb4"})
    raise ValueError(f"Segue speaks MySQL, MariaDB and SQLite, not {family!r}")


def is_unavailable(error: BaseException) -> bool:
    """Tell whether an error means that the database cannot be used now, not that it was misused."""
    if isinstance(error, PoolTimeoutError | InterfaceError | Refused):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        return cause_of(error) != AWAY
    return error_code(error) in _AWAY_CODES


def error_code(error: DBAPIError) -> int | None:
    """Return the server's or the client library's number of a MySQL error."""
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


class Database:
    """An engine and its sessions.

    ``batch`` is for migrations, exports and imports: long time-outs and few connections. Uses of
    the database pass the ``breaker``, which does nothing until it is started.
    """

    def __init__(self, url: str | URL, *, batch: bool = False) -> None:
        self.url = normalise_url(url if isinstance(url, str) else _written(url))
        self.kind: Literal["mysql", "sqlite"] = (
            "sqlite" if self.url.drivername == "sqlite" else "mysql"
        )
        self.batch = batch
        self.refusal: str | None = None
        """Why the last write was refused, if it was for lack of rights or of space."""
        self.engine = (
            _sqlite_engine(self.url) if self.kind == "sqlite" else _mysql_engine(self.url, batch)
        )
        self.breaker = CircuitBreaker(
            self._answers if self.kind == "mysql" else None, is_unavailable
        )
        # Same pool, but a transaction on SQLite takes the write lock when it begins: upgrading a
        # reader later fails at once with "database is locked" instead of waiting its turn.
        self.write_engine = self.engine.execution_options(segue_write=True)
        self.session_factory = sessionmaker(self.engine, expire_on_commit=False)
        self.write_factory = sessionmaker(self.write_engine, expire_on_commit=False)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that only reads."""
        with self.breaker.use(), self.session_factory() as session:
            yield session

    @contextmanager
    def writing(self, *, patience: float | None = None) -> Iterator[Session]:
        """Give a session whose work is committed at the end, or undone if it raises.

        ``patience`` is for how many seconds it waits on SQLite while somebody else writes.
        """
        with (
            self.breaker.use(),
            self._noting_refusals(),
            self.write_factory() as session,
            session.begin(),
        ):
            if patience is not None and self.kind == "sqlite":
                session.connection(execution_options={"segue_patience": max(patience, 0.0)})
            yield session

    @contextmanager
    def _noting_refusals(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            cause = cause_of(error)
            if cause in REFUSALS:
                self.refusal = cause
            raise
        self.refusal = None

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()

    def _answers(self) -> bool:
        """Tell whether the server speaks to us within `ANSWER_SECONDS`, whatever it says."""
        _, arguments = self.engine.dialect.create_connect_args(self.url)
        limits = dict.fromkeys(("connect_timeout", "read_timeout", "write_timeout"), ANSWER_SECONDS)
        try:
            Wire(**{**arguments, **limits}).close()
        except pymysql.err.MySQLError as error:
            # Too many connections, a changed password: a server that says so is there.
            return not (error.args and error.args[0] in _SILENT_CODES)
        return True


def _written(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=MAX_OVERFLOW,
        pool_timeout=2,
        pool_use_lifo=True,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver's own BEGIN comes too late and is always deferred; `begin` below does it.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=5000")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()
        connection.create_function("segue_lower", 1, _lower, deterministic=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if "segue_patience" in options:
            milliseconds = int(1000 * options["segue_patience"])
            connection.exec_driver_sql(f"PRAGMA busy_timeout={milliseconds}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("segue_write") else "BEGIN")

    return engine


def _lower(text: Any) -> Any:
    """Lower-case as Python does; SQLite's own ``lower`` knows ASCII only."""
    return text.lower() if isinstance(text, str) else text


def _mysql_engine(url: URL, batch: bool) -> Engine:
    limits = BATCH if batch else SERVING
    engine = create_engine(
        url,
        pool_size=2 if batch else POOL_SIZE,
        max_overflow=4 if batch else MAX_OVERFLOW,
        pool_timeout=10 if batch else 2,
        pool_pre_ping=True,
        pool_recycle=280,
        pool_use_lifo=True,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        connect_args={
            "connect_timeout": limits.connect_seconds,
            # Without these a server that accepts and never answers holds a thread for ever:
            # the connect time-out does not cover the handshake.
            "read_timeout": limits.network_seconds,
            "write_timeout": limits.network_seconds,
            "local_infile": False,
        },
    )

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, given: Any, named: Any) -> Wire:
        return Wire(*given, **named)

    # First: SQLAlchemy looks at the mode of the first connection to learn how names are quoted.
    @event.listens_for(engine, "connect", insert=True)
    def prepare(connection: Any, record: ConnectionPoolEntry) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET " + ", ".join(_session_variables(connection, limits)))
            # A statement that inserts several rows takes a run of ids with these steps.
            cursor.execute("SELECT @@auto_increment_increment")
            record.info["auto_increment_increment"] = int(cursor.fetchone()[0])

    return engine


def _session_variables(connection: Any, limits: Limits) -> list[str]:
    mariadb = "mariadb" in connection.get_server_info().lower()
    statement = (
        f"max_statement_time={limits.statement_seconds}"
        if mariadb
        else f"max_execution_time={limits.statement_seconds * 1000}"
    )
    return [
        "time_zone='+00:00'",
        f"sql_mode='{SQL_MODE}'",
        f"innodb_lock_wait_timeout={limits.lock_seconds}",
        f"group_concat_max_len={LONGEST_TEXT}",
        # A rebuild at a low priority may not take rows for a while.
        f"net_write_timeout={max(60, limits.network_seconds)}",
        statement,
    ]
