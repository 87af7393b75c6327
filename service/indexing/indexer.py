"""The indexer: one leading process that rebuilds on schedule and on request."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from index.generations import GenerationStore
from index.storage import UnusableGeneration
from service.database import Database, is_unavailable, prune_changes
from service.indexing.catalogue import Progress
from service.indexing.identity import database_uuid
from service.indexing.leader import Lock, take_leadership
from service.indexing.rebuild import GivenUp, no_progress, rebuild_requested
from service.indexing.rebuild_queue import request_rebuild
from service.outcomes import OutcomeCounter, forget_showings
from service.settings import Settings

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
PING_SECONDS = 1.0
RETRY_SECONDS = 1.0
PRUNE_MINUTES = 5
OUTCOME_SECONDS = 5.0
FIRST_SCHEDULED_SECONDS = 5.0


class Indexer:
    """Waits until it leads, then serves the queue of rebuilds until it is stopped."""

    def __init__(self, settings: Settings, progress: Progress = no_progress) -> None:
        self._settings = settings
        self._progress = progress
        self._shown = progress
        self._database = Database(settings.url)
        self._batch = Database(settings.url, batch=True)
        self._store = GenerationStore(settings.generations_dir)
        self._store.sweep()
        self._stopping = threading.Event()
        self._lost = threading.Event()

    def stop(self) -> None:
        """End `run` soon; a build in progress is given up."""
        self._stopping.set()

    def run(self) -> None:
        """Lead whenever nobody else does, until `stop`."""
        told_away = False
        while not self._stopping.is_set():
            try:
                lock = take_leadership(self._database, self._settings.data_dir)
                told_away = False
                if lock is not None:
                    self._lead(lock)
            except SQLAlchemyError as error:
                if not is_unavailable(error):
                    raise
                if not told_away:
                    log.warning("The database is away; trying again every second")
                told_away = True
            self._stopping.wait(RETRY_SECONDS)
        self._database.dispose()
        self._batch.dispose()

    def _lead(self, lock: Lock) -> None:
        self._lost.clear()
        scheduler = self._scheduler(lock)
        try:
            self._ask_for_first()
            scheduler.start()
            log.info("Leading: a rebuild every %g minutes", self._settings.rebuild_interval_minutes)
            while not self._stopping.wait(PING_SECONDS):
                if not lock.held():
                    log.warning("Leadership lost")
                    break
        finally:
            self._lost.set()  # ends a build at its next step
            if scheduler.running:
                scheduler.shutdown(wait=True)
            lock.release()

    def _scheduler(self, lock: Lock) -> BackgroundScheduler:
        # APScheduler warns each time that a poll finds a build still running.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        scheduler = BackgroundScheduler(
            # All builds run in one thread. The allocator has an arena per thread and returns
            # none of it: with several, each thread ends up with the memory of a whole build.
            executors={"default": ThreadPoolExecutor(3), "builds": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        minutes = self._settings.rebuild_interval_minutes
        jobs: tuple[tuple[Callable[[], None], dict[str, Any]], ...] = (
            (lambda: self._ask("schedule"), {"minutes": minutes, "next_run_time": self._due()}),
            (lambda: self._serve_queue(lock), {"seconds": POLL_SECONDS, "executor": "builds"}),
            (self._prune, {"minutes": PRUNE_MINUTES}),
            (OutcomeCounter(self._batch).count, {"seconds": OUTCOME_SECONDS}),
        )
        for job, when in jobs:
            scheduler.add_job(_unless_away, "interval", args=[job], **when)
        return scheduler

    def _due(self) -> datetime:
        """Return when the next scheduled rebuild is due, counted from the last one."""
        now = datetime.now(UTC)
        built = [manifest.built_at for manifest in self._store.manifests()]
        last = datetime.fromtimestamp(max(built), UTC) if built else now
        interval = timedelta(minutes=self._settings.rebuild_interval_minutes)
        return max(last + interval, now + timedelta(seconds=FIRST_SCHEDULED_SECONDS))

    def _ask_for_first(self) -> None:
        with self._database.engine.connect() as connection:
            uuid = database_uuid(connection)
        unusable: list[UnusableGeneration] = []
        snapshot = self._store.open_latest(uuid, set_aside=True, on_unusable=unusable.append)
        self._shown = no_progress if snapshot else self._progress
        if snapshot is None or unusable:
            self._ask("repair" if snapshot else "first")

    def _ask(self, reason: str) -> None:
        with self._database.writing() as session:
            request_rebuild(session, reason)

    def _serve_queue(self, lock: Lock) -> None:
        try:
            rebuild_requested(self._batch, self._store, self._settings, self._told, leads=lock.held)
        except GivenUp:
            log.info("A rebuild was given up")
        self._shown = no_progress

    def _told(self, doing: str, share: float) -> None:
        if self._stopping.is_set() or self._lost.is_set():
            raise GivenUp
        self._shown(doing, share)

    def _prune(self) -> None:
        with self._database.engine.connect() as connection:
            uuid = database_uuid(connection)
        with self._database.write_engine.begin() as connection:
            kept = [each.watermark for each in self._store.manifests() if each.database == uuid]
            prune_changes(connection, kept)
        with self._database.writing() as session:
            forget_showings(session)


def _unless_away(job: Callable[[], None]) -> None:
    """Run a job; leave it for the next time if the database is away."""
    try:
        job()
    except SQLAlchemyError as error:
        if not is_unavailable(error):
            raise
        log.warning("The database is away; trying again later")
