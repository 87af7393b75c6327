"""The one way to write: a verb in a transaction of its own, repeated when it lost a race."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from service.db import Database, error_code, is_away
from service.errors import Conflict, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 3
TURN_SECONDS = 5

# 1213 deadlock, 1205 lock wait, 1020 row changed since the snapshot (MariaDB >= 11.6).
_LOST_RACES = frozenset({1213, 1205, 1020})


class CatchesUp(Protocol):
    """What a writer asks of the reader: to show what has just been committed."""

    def catch_up(self) -> None:
        """Apply all committed changes now."""


class Writer:
    """Runs verbs, ``verb(session, ...)``, each in one transaction, and shows them at once."""

    def __init__(self, database: Database, reader: CatchesUp | None) -> None:
        self._database = database
        self._reader = reader
        # SQLite lets one connection write and hands the lock out unfairly: threads of this
        # process take turns here instead of polling the file.
        self._turn = threading.Lock() if database.kind == "sqlite" else None

    def run(
        self, verb: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a verb, commit, and return its result once the index shows it.

        A verb that lost a race (deadlock, lock wait, a unique key that somebody else took
        meanwhile) runs again from its beginning and then sees what the winner wrote.

        Raises
        ------
        Unavailable
            The database is away.
        Conflict
            The rows kept changing under the verb.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                result = self._once(verb, *args, **kwargs)
                break
            except SQLAlchemyError as error:
                if attempt == ATTEMPTS or not _worth_repeating(error):
                    raise _verdict(error) from error
                # Jitter against a second collision; nothing secret depends on it.
                time.sleep(random.uniform(0.02, 0.2))  # noqa: S311

        if self._reader is not None:
            self._reader.catch_up()
        return result

    def _once(
        self, verb: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        with self._taking_turns(), self._database.writing() as session:
            return verb(session, *args, **kwargs)

    @contextmanager
    def _taking_turns(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=TURN_SECONDS):
            raise Unavailable("Too many writes are waiting")
        try:
            yield
        finally:
            self._turn.release()


def _worth_repeating(error: SQLAlchemyError) -> bool:
    # A lost connection is not repeated: its commit may have happened.
    if isinstance(error, IntegrityError):
        return True
    return isinstance(error, DBAPIError) and error_code(error) in _LOST_RACES


def _verdict(error: SQLAlchemyError) -> Exception:
    if is_away(error):
        return Unavailable()
    if isinstance(error, IntegrityError):
        return Conflict("Another request changed the same rows")
    return error
