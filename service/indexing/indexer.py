"""The indexer: one leading process that rebuilds on schedule and on request."""

import logging
import threading
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from index.store import GenerationStore
from service.db import Database, is_away
from service.indexing.catalogue import Progress
from service.indexing.changes import prune_changes
from service.indexing.identity import database_uuid
from service.indexing.leader import Lock, take_leadership
from service.indexing.rebuild import LeadershipLost, no_progress, rebuild
from service.indexing.requests import finish_requests, request_rebuild, take_requests
from service.settings import Settings

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
PING_SECONDS = 1.0
RETRY_SECONDS = 1.0
PRUNE_MINUTES = 5
FIRST_SCHEDULED_SECONDS = 5.0


class Stopped(Exception):
    """The indexer was told to end, in the middle of a build."""


class Indexer:
    """Waits until it leads, then serves the queue of rebuilds until it is stopped."""

    def __init__(self, settings: Settings, progress: Progress = no_progress) -> None:
        self._settings = settings
        self._progress = progress
        self._database = Database(settings.url)
        self._batch = Database(settings.url, batch=True)
        self._store = GenerationStore(settings.generations_dir)
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
                if not is_away(error):
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
            executors={"default": ThreadPoolExecutor(3)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        minutes = self._settings.rebuild_interval_minutes
        scheduler.add_job(
            self._ask, "interval", minutes=minutes, args=["schedule"], next_run_time=self._due()
        )
        scheduler.add_job(self._serve_queue, "interval", seconds=POLL_SECONDS, args=[lock])
        scheduler.add_job(self._prune, "interval", minutes=PRUNE_MINUTES)
        return scheduler

    def _due(self) -> datetime:
        """Return when the next scheduled rebuild is due, counted from the last one."""
        built_at = self._store.built_at()
        soon = datetime.now(UTC) + timedelta(seconds=FIRST_SCHEDULED_SECONDS)
        if built_at is None:
            return soon
        interval = timedelta(minutes=self._settings.rebuild_interval_minutes)
        return max(soon, datetime.fromtimestamp(built_at, UTC) + interval)

    def _ask_for_first(self) -> None:
        with self._database.engine.connect() as connection:
            uuid = database_uuid(connection)
        if self._store.open_latest(uuid) is None:
            self._ask("first")

    def _ask(self, reason: str) -> None:
        with self._database.writing() as session:
            request_rebuild(session, reason)

    def _serve_queue(self, lock: Lock) -> None:
        try:
            ids = take_requests(self._database)
            if ids:
                self._build(ids, lock)
        except SQLAlchemyError as error:
            if not is_away(error):
                raise
            log.warning("The database is away; the queue of rebuilds waits")

    def _build(self, ids: list[int], lock: Lock) -> None:
        generation, failure = None, None
        try:
            generation = rebuild(
                self._batch, self._store, self._settings, self._told, leads=lock.held
            )
        except (Stopped, LeadershipLost) as ended:
            log.info("A rebuild was given up: %s", type(ended).__name__)
            return  # still marked as running: the next leader takes it again
        except Exception as error:
            # Whatever broke a build, the generation before goes on being served.
            log.exception("A rebuild failed")
            failure = f"{type(error).__name__}: {error}"
        finish_requests(self._database, ids, generation=generation, error=failure)

    def _told(self, doing: str, share: float) -> None:
        if self._stopping.is_set() or self._lost.is_set():
            raise Stopped
        self._progress(doing, share)

    def _prune(self) -> None:
        self._store.prune(self._settings.keep_generations)
        with self._database.engine.connect() as connection:
            uuid = database_uuid(connection)
        with self._database.write_engine.begin() as connection:
            prune_changes(connection, self._store.watermarks(uuid))
