"""Each worker's eye on the index: follows the generations and the change feed.

Requests take `IndexReader.live` once and never wait for anything in here.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from index.generations import GenerationStore
from index.live import Changes, Delta, LiveIndex, apply
from index.snapshot import Snapshot
from service.database import CircuitBreaker, Cursor, Database, is_unavailable, read_changes
from service.indexing.catalogue import consistent_read
from service.indexing.change_reader import read_delta_batch
from service.indexing.identity import NoIdentity, database_uuid, remember_uuid, remembered_uuid
from service.indexing.process import aside
from service.indexing.status import Condition, read_condition
from service.settings import Settings

log = logging.getLogger(__name__)

NEAR = 1_000
"""A reader that lags by more entries reads them in their order."""
CONDITION_SECONDS = 1.0
"""Between looks at the queue of rebuilds and at the indexer."""


class DatabaseUnavailable(Exception):
    """The database can't be read now."""


class DatabaseReplaced(Exception):
    """Behind the URL there is another database than the one that the index was built from."""


@dataclass(frozen=True, slots=True)
class View:
    """A live index, and how far into the change feed it goes."""

    live: LiveIndex
    cursor: Cursor


class IndexReader:
    """Keeps `live` current: one immutable value, replaced as a whole.

    A thread of its own looks for new generations and for the changes of other processes every
    ``change_poll_seconds``; `catch_up` shows this process's own changes at once. While the
    database is away, what was last read goes on being served.
    """

    def __init__(
        self,
        database: Database,
        store: GenerationStore,
        settings: Settings,
        *,
        when_ready: Callable[[], object] = lambda: None,
    ) -> None:
        self._when_ready = when_ready
        self._database = database
        self._store = store
        self._data_dir = settings.data_dir
        self._poll_seconds = settings.change_poll_seconds

        self.live: LiveIndex | None = None
        """What requests are answered from; None until the first generation is there."""
        self.condition: Condition | None = None
        """What the database last said about rebuilds; None while it is away."""

        self._view: View | None = None
        self._away = False
        self._fault: str | None = None
        self._applying = threading.Lock()
        self._tickets = threading.Lock()
        self._asked = 0
        self._served = 0
        self._claimed: set[int] = set()
        self._seen: Path | None = None
        self._waiting: Snapshot | None = None
        self._retired: LiveIndex | None = None
        """Until no request reads from it: then this thread, and not a request's, gives it back."""
        self._same_database = False
        self._condition_at = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="index-reader", daemon=True)

    @property
    def ready(self) -> bool:
        """Whether requests can be answered. Importing the ranking compiled its kernels."""
        return self.live is not None

    @property
    def database_away(self) -> bool:
        """Whether the database could not be read when it was last tried."""
        return self.condition is None

    @property
    def last_error(self) -> str | None:
        """What keeps the index from being current, in one sentence."""
        return "The database is away" if self._away else self._fault

    @property
    def breaker(self) -> CircuitBreaker:
        """What stands before the database."""
        return self._database.breaker

    def start(self) -> None:
        """Load the latest generation, if there is one, and follow from then on."""
        self._step()
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._thread.join()

    def catch_up(self) -> None:
        """Apply all changes that are committed now. Callers that come together share one read.

        A change that can't be read now, because the database has just gone away, is applied once
        it is back: it is committed all the same.
        """
        with self._tickets:
            self._asked += 1
            mine = self._asked
        with self._applying:
            if self._served >= mine or self._view is None:
                return
            with self._tickets:
                served = self._asked
            try:
                self._show(self._caught_up(self._view))
            except DatabaseUnavailable:
                return
            except DatabaseReplaced as replaced:
                self._drop(replaced)
            self._served = served

    def apply_own(self, entries: Sequence[int], changes: Changes) -> None:
        """Show a change that this process has just committed, without reading it back.

        Parameters
        ----------
        entries
            The ids of all entries of the feed that tell of it.
        changes
            New interactions and nothing else.

        """
        with self._applying:
            self._claimed.difference_update(entries)
            if self._view is not None and self._is_next(entries, changes, self._view):
                self._show(_with_own(self._view, entries, changes))
                return
        self.catch_up()

    @contextmanager
    def claiming(self) -> Iterator[Callable[[Sequence[int]], None]]:
        """Yield what to call with entries of the feed that will be given to `apply_own`.

        Until then they are not read. What is not given to it after all is read later.
        """
        claimed: list[int] = []

        def claim(entries: Sequence[int]) -> None:
            claimed.extend(entries)
            self._claimed.update(entries)

        try:
            yield claim
        finally:
            self._claimed.difference_update(claimed)

    def refresh(self) -> None:
        """Load a new generation, if one was published, and swap it in once it is current."""
        snapshot = self._waiting or self._new_generation()
        if snapshot is None:
            return
        self._waiting = snapshot
        previous = self.live
        start = Cursor.after(snapshot.watermark, now=time.monotonic())
        view = View(LiveIndex(snapshot, Delta.empty(snapshot)), start)
        try:
            # Most of the feed outside of the lock, so that no writer waits for it.
            view = self._caught_up(view)
            with self._applying:
                self._show(self._caught_up(view))
        except DatabaseUnavailable:
            if self.live is not None:
                return  # it may show changes that the new one doesn't have yet
            with self._applying:
                self._show(view)
        self._waiting = None
        self._retired = previous
        log.info("Serving generation %d", snapshot.generation)

    def _follow(self) -> None:
        while not self._stopping.wait(self._poll_seconds):
            self._retired = None
            self._step()

    def _step(self) -> None:
        """Do all that there is to do; what fails keeps nothing else from being done."""
        faults = []
        for part in (self.refresh, self.catch_up, self._look_at_condition):
            try:
                part()
            except DatabaseUnavailable:
                pass  # noted; the next step tries again
            except DatabaseReplaced as replaced:
                faults.append(str(replaced))
                with self._applying:
                    self._drop(replaced)
            except Exception as error:
                # A thread that died would silently stop following: it says so and goes on instead.
                faults.append(f"{type(error).__name__}: {error}")
                if faults[-1] != self._fault:
                    log.exception("The index could not be brought up to date")
        self._fault = faults[0] if faults else None

    def _new_generation(self) -> Snapshot | None:
        current = self._store.current()
        if current is None or current == self._seen:
            return None
        uuid = self._expected_database()
        if uuid is None:
            return None

        # Requests come first, if there is something to answer them from.
        open_latest = partial(self._store.open_latest, uuid)
        snapshot = aside(open_latest) if self.live else open_latest()
        # A damaged or foreign one is not read again and again: only when CURRENT moves.
        self._seen = current
        if snapshot is None:
            return None
        shown = self.live.snapshot if self.live else None
        return None if shown and shown.generation >= snapshot.generation else snapshot

    def _expected_database(self) -> str | None:
        try:
            with self._contact(), self._database.engine.connect() as connection:
                uuid = database_uuid(connection)
        except DatabaseUnavailable:
            return remembered_uuid(self._database, self._data_dir)
        remember_uuid(self._database, self._data_dir, uuid)
        return uuid

    def _caught_up(self, view: View) -> View:
        """Return ``view`` with all changes that are committed by now."""
        more = True
        while more:
            with self._contact(), consistent_read(self._database) as connection:
                if not self._same_database:
                    self._check_database(database_uuid(connection), view)
                now = time.monotonic()
                claimed = frozenset(self._claimed)
                entries, cursor = read_changes(connection, view.cursor, claimed, now=now)
                changes = read_delta_batch(connection, entries) if entries.count else None
            live = view.live
            if changes:
                live = live.with_delta(apply(live.snapshot, live.delta, changes))
            view = View(live, cursor)
            more = entries.more
        return view

    def _is_next(self, entries: Sequence[int], changes: Changes, view: View) -> bool:
        """Tell whether a change may be added as it is; if not, the rows have to be read."""
        cursor, delta = view.cursor, view.live.delta
        near = entries[-1] - cursor.high <= NEAR
        if not (self._same_database and near) or any(map(cursor.has_read, entries)):
            return False
        # Rows of somebody who was deleted since then are gone.
        events = changes.interactions
        return not (
            any(user_id in delta.user_cuts for user_id in events.user_ids.tolist())
            or any(track_id in delta.track_cuts for track_id in events.track_ids.tolist())
        )

    def _check_database(self, uuid: str, view: View) -> None:
        if uuid != view.live.snapshot.database:
            raise DatabaseReplaced("The database is another one than the index was built from")
        self._same_database = True

    def _show(self, view: View) -> None:
        first = self.live is None
        self._view = view
        self.live = view.live
        if first:
            self._when_ready()

    def _drop(self, replaced: DatabaseReplaced) -> None:
        log.error("%s", replaced)
        self._fault = str(replaced)
        self._view = self.live = self._seen = self._waiting = None

    def _look_at_condition(self) -> None:
        if time.monotonic() < self._condition_at:
            return
        with self._contact(), self._database.engine.connect() as connection:
            self.condition = read_condition(connection, self._data_dir)
        self._condition_at = time.monotonic() + CONDITION_SECONDS

    @contextmanager
    def _contact(self) -> Iterator[None]:
        """Note when the database goes away and when it is back, each once."""
        try:
            with self._database.breaker.use():
                yield
        except (SQLAlchemyError, NoIdentity) as error:
            if isinstance(error, SQLAlchemyError) and not is_unavailable(error):
                raise
            if not self._away:
                log.warning("The database is away; serving what was last read")
            self._away = True
            self.condition = None
            self._same_database = False
            raise DatabaseUnavailable from error
        if self._away:
            log.info("The database is back")
            self._away = False
            self._condition_at = 0.0


def _with_own(view: View, entries: Sequence[int], changes: Changes) -> View:
    cursor, live, now = view.cursor, view.live, time.monotonic()
    for entry in entries:
        cursor = cursor.having_read(entry, now=now)
    return View(live.with_delta(apply(live.snapshot, live.delta, changes)), cursor)
