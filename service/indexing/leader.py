"""One indexer leads: a lock that a dead or cut-off process cannot keep."""

import fcntl
import os
import threading
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from service.database import Database
from service.indexing.identity import database_uuid

LOCK_FILE = "indexer.lock"
SILENT_SECONDS = 300
"""A leader whose machine has vanished keeps MySQL's lock for so long. It asks each second that it
leads, but verifies a generation first, which takes half a minute at ten million tracks."""


class Lock(Protocol):
    """Leadership, while it lasts."""

    def held(self) -> bool:
        """Tell whether it is still ours. False means: stop at once."""

    def release(self) -> None:
        """Let others lead."""


def take_leadership(database: Database, data_dir: Path) -> Lock | None:
    """Return the lock of a database's indexer, or None if another process holds it."""
    if database.kind == "mysql":
        return ServerLock.take(database)
    return FileLock.take(data_dir / LOCK_FILE)


def is_led(connection: Connection, data_dir: Path) -> bool:
    """Tell whether an indexer leads for the connection's database."""
    if connection.dialect.name == "mysql":
        holder = text("SELECT IS_USED_LOCK(:name)")
        return connection.scalar(holder, {"name": _lock_name(connection)}) is not None
    return _is_locked(data_dir / LOCK_FILE)


class ServerLock:
    """``GET_LOCK`` of MySQL: it belongs to one connection and ends with it."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._asking = threading.Lock()
        self._lost = False

    @classmethod
    def take(cls, database: Database) -> "ServerLock | None":
        """Return the lock on a connection of its own, or None if it is taken."""
        connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # never goes back to the pool, which would hand the lock on
        try:
            name = _lock_name(connection)
            connection.execute(text(f"SET SESSION wait_timeout={SILENT_SECONDS}"))
            if connection.scalar(text("SELECT GET_LOCK(:name, 0)"), {"name": name}) == 1:
                return cls(connection, name)
        except BaseException:
            connection.close()
            raise
        connection.close()
        return None

    def held(self) -> bool:
        """Ask the server; a connection that broke has lost the lock for good."""
        ours = text("SELECT IS_USED_LOCK(:name) = CONNECTION_ID()")
        with self._asking:
            if not self._lost:
                try:
                    self._lost = not self._connection.scalar(ours, {"name": self._name})
                except DBAPIError:
                    self._lost = True
            return not self._lost

    def release(self) -> None:
        """Close the connection, and the lock with it."""
        self._connection.close()


class FileLock:
    """``flock`` on a file in the data directory; the kernel releases it with the process."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    @classmethod
    def take(cls, path: Path) -> "FileLock | None":
        """Return the lock, or None if it is taken."""
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
        if not _flock(file, fcntl.LOCK_EX):
            file.close()
            return None
        return cls(file)

    def held(self) -> bool:
        """Tell whether the locked file is still the one that others would lock."""
        try:
            named = os.stat(self._file.name)
        except FileNotFoundError:
            return False
        ours = os.fstat(self._file.fileno())
        return (named.st_dev, named.st_ino) == (ours.st_dev, ours.st_ino)

    def release(self) -> None:
        """Close the file, and the lock with it."""
        self._file.close()


def _lock_name(connection: Connection) -> str:
    return f"segue:indexer:{database_uuid(connection)}"


def _is_locked(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return not _flock(file, fcntl.LOCK_SH)  # shared: two that look don't see each other
    except FileNotFoundError:
        return False


def _flock(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
