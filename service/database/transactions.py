"""The one way to write: a verb in a transaction of its own, repeated when it lost a race."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Concatenate, Generic, ParamSpec, Protocol, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from service.database.causes import cause_of
from service.database.engine import Database, error_code, is_unavailable
from service.errors import Conflict, Unavailable

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 3
WRITE_SECONDS = 1.2
"""How long a write waits for others on SQLite, and how late one that lost a race begins again."""

UNKNOWN_OUTCOME = (
    "The database went away during the commit: whether this was stored is not known. "
    "What has an event_id or an Idempotency-Key can be sent again: it is stored once."
)

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
            The database is away. What the verb wrote may be stored all the same if the database
            went away during the commit; the error says which.
        Conflict
            The rows kept changing under the verb.
        """
        result = self.commit(verb, *args, **kwargs)
        if self._reader is not None:
            try:
                self._reader.catch_up()
            except Exception:
                # It is stored, and must not be stored again. The reader meets it once more.
                log.exception("What was stored could not be shown at once")
        return result

    def commit(
        self, verb: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do as `run` does, but leave it to the caller to make the index show the result."""
        deadline = time.monotonic() + WRITE_SECONDS
        attempt = 1
        while True:
            work = _Work(lambda session: verb(session, *args, **kwargs))
            try:
                return self._once(work, deadline)
            except SQLAlchemyError as error:
                if attempt == ATTEMPTS or not _worth_repeating(error):
                    raise _verdict(error, committing=work.done) from error
                # Jitter against a second collision; nothing secret depends on it.
                time.sleep(random.uniform(0.02, 0.2))  # noqa: S311
                attempt += 1

    def _once(self, work: "_Work[T]", deadline: float) -> T:
        with self._taking_turns(deadline):
            patience = deadline - time.monotonic()
            with self._database.writing(patience=patience) as session:
                return work(session)

    @contextmanager
    def _taking_turns(self, deadline: float) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=max(deadline - time.monotonic(), 0.0)):
            raise Unavailable("Too many writes are waiting. Nothing was stored: try again.")
        try:
            yield
        finally:
            self._turn.release()


class _Work(Generic[T]):
    """A verb with its arguments, which remembers whether only the commit was left to do."""

    def __init__(self, verb: Callable[[Session], T]) -> None:
        self._verb = verb
        self.done = False

    def __call__(self, session: Session) -> T:
        result = self._verb(session)
        self.done = True
        return result


def _worth_repeating(error: SQLAlchemyError) -> bool:
    # A lost connection is not repeated: its commit may have happened.
    if isinstance(error, IntegrityError):
        return True
    return isinstance(error, DBAPIError) and error_code(error) in _LOST_RACES


def _verdict(error: SQLAlchemyError, *, committing: bool) -> Exception:
    if is_unavailable(error):
        return Unavailable(UNKNOWN_OUTCOME if committing else _nothing_stored(error))
    if isinstance(error, IntegrityError):
        return Conflict("Another request changed the same rows")
    return error


def _nothing_stored(error: SQLAlchemyError) -> str:
    return f"{cause_of(error)}. Nothing was stored: try again."
