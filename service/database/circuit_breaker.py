"""A circuit breaker around the database: nobody waits long for one that does not answer.

A time-out on the socket can't tell a long listing from a database that hangs. So every use of the
database is watched instead. One that takes longer than `SUSPECT_SECONDS` makes the watchman ask
something easy over a connection of its own, with a short time-out. If the database answers, the
use goes on for as long as it needs. If not, the sockets of all uses are closed, so that their
threads come back, and the breaker opens: until the database answers the watchman again, uses are
refused at once.

    closed     all uses pass
    open       none does; the watchman asks every `ASK_SECONDS`
    half-open  the database has answered the watchman: one use is let through, and its end decides
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)

SUSPECT_SECONDS = 0.3
ANSWER_SECONDS = 0.8
"""How long the watchman waits. Both together, and a tick, are the longest wait of a write."""
ASK_SECONDS = 0.25
_TICK_SECONDS = 0.1


class State(StrEnum):
    """Whether uses of the database pass."""

    CLOSED = "closed"
    HALF_OPEN = "half-open"
    OPEN = "open"


class Refused(SQLAlchemyError):
    """The database was not asked, because it does not answer."""


class Closable(Protocol):
    """A connection that another thread may break."""

    def abort(self) -> None:
        """Make whoever waits for an answer on this connection fail at once."""


class _Use:
    """One use of the database by one thread, from the first to the last statement."""

    def __init__(self, *, trial: bool) -> None:
        self.trial = trial
        self.since = time.monotonic()
        self.connection: Closable | None = None
        self._ending = threading.Lock()
        self._ended = False

    def end(self) -> None:
        """Leave the connection to others; it is not cut from here on."""
        with self._ending:
            self._ended = True

    def wait_on(self, connection: Closable) -> None:
        with self._ending:
            if self._ended:
                raise Refused("The database does not answer")
            self.connection = connection

    def abort(self) -> None:
        """Break off, now or before the next connection is made."""
        with self._ending:
            if not self._ended and self.connection is not None:
                self.connection.abort()
            self._ended = True


_current = threading.local()


def register_connection(connection: Closable) -> None:
    """Remember that this thread's use of the database waits on ``connection`` from now on.

    Raises `Refused` if the use was broken off before it came to that.
    """
    use: _Use | None = getattr(_current, "use", None)
    if use is not None:
        use.wait_on(connection)


class CircuitBreaker:
    """Watches the uses of one database.

    Parameters
    ----------
    answers
        Asks the database something easy and gives up after `ANSWER_SECONDS`; None where a
        database can't hang (a file). Then the breaker stays closed.
    is_failure
        Tells whether an error speaks of the database's absence.

    """

    def __init__(
        self, answers: Callable[[], bool] | None, is_failure: Callable[[BaseException], bool]
    ) -> None:
        self.state = State.CLOSED
        self.openings = 0
        """How often it has opened."""
        self._answers = answers
        self._is_failure = is_failure
        self._lock = threading.Lock()
        self._uses: set[_Use] = set()
        self._trying = False
        self._ask_at = 0.0
        self._suspicion = threading.Event()
        self._stopping = False
        self._watchman: threading.Thread | None = None

    def start(self) -> None:
        """Let the watchman begin. Without one the breaker stays closed."""
        if self._answers is not None:
            self._watchman = threading.Thread(
                target=self._watch, args=[self._answers], name="database-watchman", daemon=True
            )
            self._watchman.start()

    def stop(self) -> None:
        """End the watchman."""
        self._stopping = True
        self._suspicion.set()
        if self._watchman is not None:
            self._watchman.join()

    @contextmanager
    def use(self) -> Iterator[None]:
        """Watch what is done with the database in this block. Raises `Refused`."""
        if getattr(_current, "use", None) is not None:
            yield  # part of a use that is watched already
            return
        use = self._admitted()
        _current.use = use
        failed = False
        try:
            yield
        except SQLAlchemyError as error:
            failed = self._is_failure(error)
            raise
        finally:
            _current.use = None
            self._leave(use, failed=failed)

    def _admitted(self) -> _Use:
        with self._lock:
            if self.state is State.OPEN or self._trying:
                raise Refused("The database does not answer")
            self._trying = self.state is State.HALF_OPEN
            use = _Use(trial=self._trying)
            self._uses.add(use)
            return use

    def _leave(self, use: _Use, *, failed: bool) -> None:
        use.end()
        with self._lock:
            self._uses.discard(use)
            if use.trial:
                self._trying = False
                if not failed and self.state is State.HALF_OPEN:
                    self.state = State.CLOSED
                    log.info("The database answers again")
        if failed:
            self._suspicion.set()

    def _watch(self, answers: Callable[[], bool]) -> None:
        while not self._stopping:
            suspected = self._suspicion.wait(_TICK_SECONDS)
            self._suspicion.clear()
            if self.state is State.OPEN:
                self._ask_again(answers)
            elif suspected or self._overdue():
                self._judge(answers)

    def _overdue(self) -> bool:
        limit = time.monotonic() - SUSPECT_SECONDS
        with self._lock:
            return any(use.since < limit for use in self._uses)

    def _judge(self, answers: Callable[[], bool]) -> None:
        if not self._stopping and not answers():
            self._open()
            return
        with self._lock:
            now = time.monotonic()
            for use in self._uses:
                use.since = now

    def _open(self) -> None:
        with self._lock:
            self.state = State.OPEN
            self.openings += 1
            self._ask_at = time.monotonic() + ASK_SECONDS
            abort = list(self._uses)
        log.warning("The database does not answer; it is left alone until it does")
        for use in abort:
            use.abort()

    def _ask_again(self, answers: Callable[[], bool]) -> None:
        if time.monotonic() < self._ask_at:
            return
        answered = answers()
        with self._lock:
            self._ask_at = time.monotonic() + ASK_SECONDS
            if answered:
                self.state = State.HALF_OPEN
