"""Claims on the memory that an indexer holds after many rebuilds."""

import threading

import pytest

from service.database import Database
from service.indexing import indexer as module
from service.indexing import request_rebuild
from service.indexing.indexer import Indexer
from service.settings import Settings
from tests.support.processes import wait


def test_all_builds_run_in_one_thread_and_end_with_memory_given_back(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    serve = module.rebuild_requested

    def noted(*given: object, **named: object) -> None:
        threads.append(threading.get_ident())
        serve(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "rebuild_requested", noted)
    monkeypatch.setattr(module, "POLL_SECONDS", 0.02)
    indexer = Indexer(settings)
    running = threading.Thread(target=indexer.run)
    running.start()
    try:
        with database.writing() as session:
            request_rebuild(session, "test")
        wait(lambda: len(threads) > 12, seconds=60, what="polls")
    finally:
        indexer.stop()
        running.join(60)

    assert len(set(threads)) == 1
