"""Claims on the threads of an indexer: memory that a thread has freed stays with it."""

import threading

import pytest

from service.database import Database
from service.indexing import Indexer, rebuild_requested, request_rebuild
from service.settings import Settings
from tests.support.processes import wait


def test_all_builds_run_in_one_thread(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def noted(*given: object, **named: object) -> None:
        threads.append(threading.get_ident())
        rebuild_requested(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("service.indexing.indexer.rebuild_requested", noted)
    monkeypatch.setattr("service.indexing.indexer.POLL_SECONDS", 0.02)
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
