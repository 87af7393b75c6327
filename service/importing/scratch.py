"""A scratch database for one import: rows of one identity meet there, however far apart they are.

It is SQLite's own temporary database: kept in memory while it is small, in an unnamed file when it
grows, and gone when the process ends, however it ends.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from service.importing.source import UnusableError

CACHE_KIB = 32 * 1024


@contextmanager
def scratch(schema: str) -> Iterator[sqlite3.Connection]:
    """Open a scratch database with one table."""
    connection = sqlite3.connect("", isolation_level=None)
    try:
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute(schema)
        connection.execute("BEGIN")
        yield connection
    except sqlite3.OperationalError as error:  # What SQLAlchemy does raises errors of its own.
        raise UnusableError(f"there is no room to sort the file: {error}") from error
    finally:
        connection.close()


def in_batches(rows_of: Iterable[tuple[Any, ...]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows in lists of at most ``size``."""
    left = iter(rows_of)
    while rows := list(islice(left, size)):
        yield rows
