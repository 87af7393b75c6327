"""One rebuild: read the catalogue, build a generation, publish it."""

import gc
import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from index.generations import BuildReport, GenerationStore, build_generation, relearned
from service.database import Database
from service.indexing.catalogue import Progress, catalogue_read
from service.indexing.identity import next_generation
from service.indexing.memory import trim_heap
from service.indexing.rebuild_queue import finish_requests, take_requests
from service.settings import Settings
from service.users import mend_email_keys

log = logging.getLogger(__name__)

READING_SHARE = 0.3
"""Share of a rebuild that is spent on reading."""


class GivenUp(Exception):
    """Whoever follows the progress of a rebuild wants it to end."""


class LeadershipLost(GivenUp):
    """Another indexer may lead now: this one must not publish."""


def no_progress(_doing: str, _share: float) -> None:
    """Tell nobody."""


def run_rebuild(
    database: Database,
    store: GenerationStore,
    settings: Settings,
    progress: Progress = no_progress,
    *,
    leads: Callable[[], bool] = lambda: True,
) -> int:
    """Build the database's present catalogue, publish it, and return its generation number.

    A catalogue of many interactions is published twice: at once, and when it has learned.

    Parameters
    ----------
    database
        With time-outs for long reads: ``Database(url, batch=True)``.
    leads
        Asked before publishing. A number that was taken before another leader took its own is
        refused by the store besides.

    Raises
    ------
    LeadershipLost
        ``leads`` answered no.
    """
    started = time.monotonic()
    mend_email_keys(database)  # of users that plain SQL wrote since the last rebuild
    generation = next_generation(database, above=store.highest())
    built: list[BuildReport] = []

    def write(folder: Path) -> None:
        told = _part(progress, 0.0, READING_SHARE)
        building = _part(progress, READING_SHARE, 1.0)
        previous = store.current()
        with ExitStack() as reading:
            # Held by nobody but the build: what it has used up it can give back.
            report = build_generation(
                reading.enter_context(catalogue_read(database, told, previous=previous)),
                folder,
                generation=generation,
                now=time.time(),
                previous=previous,
                progress=building,
            )
        built.append(report)
        if not leads():
            raise LeadershipLost

    published = store.publish(write, generation=generation)
    store.prune(settings.keep_generations)
    log.info(
        "Generation %d published: %d tracks, %d interactions, %.1f s",
        generation,
        built[0].tracks,
        built[0].interactions,
        time.monotonic() - started,
    )
    if not built[0].learned:
        progress("Learning from listeners", 0.95)
        generation = _learn(database, store, published, leads)
        store.prune(settings.keep_generations)
    return generation


def _learn(
    database: Database, store: GenerationStore, published: Path, leads: Callable[[], bool]
) -> int:
    """Publish a generation again, with what its own listeners teach; return its number."""
    started = time.monotonic()
    generation = next_generation(database, above=store.highest())

    def write(folder: Path) -> None:
        relearned(published, folder, generation=generation)
        if not leads():
            raise LeadershipLost

    store.publish(write, generation=generation)
    log.info("Generation %d: learned in %.1f s", generation, time.monotonic() - started)
    return generation


def rebuild_requested(
    database: Database,
    store: GenerationStore,
    settings: Settings,
    progress: Progress,
    *,
    leads: Callable[[], bool],
) -> None:
    """Serve all rebuilds that were asked for with one; for the holder of the lock.

    One that is given up half-way (`GivenUp`) stays
    marked as running, and the next leader takes it again.
    """
    ids = take_requests(database)
    if not ids:
        return
    try:
        generation = run_rebuild(database, store, settings, progress, leads=leads)
    except GivenUp:
        raise
    except Exception as error:
        # Whatever broke a build, the generation before goes on being served.
        log.exception("A rebuild failed")
        finish_requests(database, ids, generation=None, error=f"{type(error).__name__}: {error}")
    else:
        finish_requests(database, ids, generation=generation)
    finally:
        gc.collect()
        trim_heap()


def _part(progress: Progress, start: float, end: float) -> Progress:
    """Return what tells the progress of a part as that of the whole."""
    return lambda doing, share: progress(doing, start + share * (end - start))
