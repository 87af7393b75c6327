"""``segue rebuild``: a rebuild now, and the wait for it."""

import sys
import time

from index.generations import GenerationStore
from service.database import Database
from service.errors import Failure
from service.indexing import (
    DONE,
    FAILED,
    Progress,
    RebuildBar,
    database_uuid,
    rebuild_requested,
    request_rebuild,
    take_leadership,
)
from service.models import Rebuild
from service.settings import Settings, get_settings

POLL_SECONDS = 0.1
LEADERLESS_SECONDS = 2.0
"""Between looks whether the indexer that was to serve the request is gone."""


def rebuild() -> None:
    """Rebuild the index and wait until the new generation is published.

    A running indexer does it; where none runs, this command does. Exits with 1 if it fails.
    """
    settings = get_settings()
    database = Database(settings.url, batch=True)
    bar = RebuildBar()
    try:
        done = _wait(database, settings, bar)
    finally:
        bar.close()
        database.dispose()
    if done.state == FAILED:
        raise Failure(f"The rebuild failed: {done.error}")
    sys.stdout.write(f"Generation {done.generation} is published\n")


def _wait(database: Database, settings: Settings, progress: Progress) -> Rebuild:
    """Ask for a rebuild and return it once it has ended, served by whoever leads."""
    with database.engine.connect() as connection:
        database_uuid(connection)  # says clearly where the tables are missing
    with database.writing() as session:
        asked = request_rebuild(session, "command").id

    look_again = 0.0
    while True:
        if time.monotonic() >= look_again:
            _serve_if_leaderless(database, settings, progress)
            look_again = time.monotonic() + LEADERLESS_SECONDS
        with database.reading() as session:
            row = session.get_one(Rebuild, asked)
        if row.state in (DONE, FAILED):
            return row
        progress(f"The indexer's rebuild is {row.state}", 0.0)
        time.sleep(POLL_SECONDS)


def _serve_if_leaderless(database: Database, settings: Settings, progress: Progress) -> None:

    lock = take_leadership(database, settings.data_dir)
    if lock is None:
        return
    try:
        store = GenerationStore(settings.generations_dir)
        rebuild_requested(database, store, settings, progress, leads=lock.held)
    finally:
        lock.release()
