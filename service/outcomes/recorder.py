"""A worker's bookkeeping of lists: counts what it has shown, and knows how all workers' lists did.

Requests note what they show in memory. A thread empties that every second, stores the sums every
few seconds in one short transaction, and reads how lists did, so that `/stats/` and `/metrics` ask
no database. What is shown while the database is away is stored when it is back. A worker that is
killed takes the last few seconds along; a database that goes away between a commit and its answer
counts them twice.
"""

import logging
import threading
import time

from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError

from service.database.engine import Database, is_unavailable
from service.database.transactions import Writer
from service.errors import Problem
from service.http.fields import utc_now
from service.outcomes.impressions import Day, Tally, add_to, store_impressions, tally
from service.outcomes.report import Report, read_report
from service.outcomes.shown_lists import ShownLog

log = logging.getLogger(__name__)

COUNT_SECONDS = 1.0
STORE_SECONDS = 10.0

LISTS = Counter("segue_lists_total", "Lists given out", ("scenario",))
ITEMS = Counter("segue_list_items_total", "Tracks in the lists given out", ("scenario",))


class OutcomeRecorder:
    """Counts what `shown_log` holds, and keeps `report` current."""

    def __init__(self, shown_log: ShownLog, database: Database, writer: Writer) -> None:
        self._noted = shown_log
        self._database = database
        self._writer = writer
        self._pending: dict[Day, Tally] = {}
        self.report = Report()
        """How the lists of all workers did."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outcomes", daemon=True)

    def start(self) -> None:
        """Begin to count."""
        self._thread.start()

    def stop(self) -> None:
        """End, and store what has been counted."""
        self._stopping.set()
        self._thread.join()
        self.count()
        self.store()

    def count(self) -> None:
        """Count what was shown since the last time."""
        counted = tally(self._noted.taken())
        for scenario, each in counted.items():
            LISTS.labels(scenario).inc(each.lists)
            ITEMS.labels(scenario).inc(each.items)
        add_to(self._pending, utc_now().date(), counted)

    def store(self) -> None:
        """Store what was counted; while the database is away, keep it for the next time."""
        if not self._pending:
            return
        try:
            self._writer.commit(store_impressions, self._pending)
        except Problem as error:
            log.info("What was shown could not be stored yet: %s", error.detail)
            return
        self._pending = {}

    def look(self) -> None:
        """Read how lists did; while the database is away, what was last read stands."""
        try:
            with self._database.reading() as session:
                self.report = read_report(session, utc_now().date())
        except SQLAlchemyError as error:
            if not is_unavailable(error):
                raise

    def _run(self) -> None:
        due = 0.0
        while not self._stopping.wait(COUNT_SECONDS):
            try:
                self.count()
                if time.monotonic() >= due:
                    due = time.monotonic() + STORE_SECONDS
                    self.store()
                    self.look()
            except Exception:
                # Counting is not worth a worker: it says so and goes on.
                log.exception("Lists could not be counted")
