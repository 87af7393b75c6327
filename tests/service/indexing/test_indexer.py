"""The indexer: one leads, the next one takes over, and it ends when it should."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text

from index.generations import GenerationStore
from service.database import Database
from service.indexing import Indexer, NoIdentity, leader, request_rebuild, take_leadership
from service.indexing.leader import LOCK_FILE, Lock, is_led
from service.models import Rebuild
from service.settings import Settings
from tests.support.servers import PROMPT, segue_command, segue_environment

DEADLINE = 300.0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ask(database: Database) -> int:
    with database.writing() as session:
        return request_rebuild(session, "test").id


def state(database: Database, asked: int) -> str:
    with database.reading() as session:
        return session.get_one(Rebuild, asked).state


def led(database: Database, settings: Settings) -> bool:
    with database.engine.connect() as connection:
        return is_led(connection, settings.data_dir)


def leadership(database: Database, settings: Settings) -> Lock:
    lock = take_leadership(database, settings.data_dir)
    assert lock is not None
    return lock


@contextmanager
def running(settings: Settings) -> Iterator[Indexer]:
    """Run an indexer in a thread."""
    indexer = Indexer(settings)
    thread = threading.Thread(target=indexer.run)
    thread.start()
    yield indexer
    indexer.stop()
    thread.join(DEADLINE)
    assert not thread.is_alive()


def test_only_one_leads(database: Database, settings: Settings) -> None:
    assert not led(database, settings)
    lock = leadership(database, settings)
    assert lock.held()
    assert led(database, settings)
    assert take_leadership(database, settings.data_dir) is None

    lock.release()
    wait_for(lambda: not led(database, settings))  # MySQL ends a connection a little later
    leadership(database, settings).release()


def test_a_lost_connection_loses_the_leadership(migrated_mysql_url: str, tmp_path: Path) -> None:
    database = Database(migrated_mysql_url)
    lock = take_leadership(database, tmp_path)
    assert lock is not None
    with database.engine.connect() as connection:
        name = connection.scalar(text("SELECT value FROM segue_meta WHERE name = 'database_uuid'"))
        holder = connection.scalar(text(f"SELECT IS_USED_LOCK('segue:indexer:{name}')"))
        connection.execute(text(f"KILL {holder}"))

    assert not lock.held()
    assert not lock.held()
    lock.release()
    database.dispose()


def test_a_leader_that_has_vanished_keeps_nobody_waiting(
    migrated_mysql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leader, "SILENT_SECONDS", 1)
    database = Database(migrated_mysql_url)
    vanished = take_leadership(database, tmp_path)
    assert vanished is not None
    taken: list[Lock] = []

    def somebody_else_leads() -> bool:
        lock = take_leadership(database, tmp_path)
        taken.extend([lock] if lock else [])
        return bool(taken)

    wait_for(somebody_else_leads)
    assert not vanished.held()
    for lock in (vanished, *taken):
        lock.release()
    database.dispose()


def test_a_removed_lock_file_loses_the_leadership(migrated_sqlite_url: str, tmp_path: Path) -> None:
    database = Database(migrated_sqlite_url)
    lock = take_leadership(database, tmp_path)
    assert lock is not None
    (tmp_path / LOCK_FILE).unlink()
    assert not lock.held()
    lock.release()
    database.dispose()


def test_databases_have_leaders_of_their_own(
    migrated_mysql_url: str, migrated_sqlite_url: str, tmp_path: Path
) -> None:
    databases = [Database(migrated_mysql_url), Database(migrated_sqlite_url)]
    locks = [take_leadership(each, tmp_path) for each in databases]
    for lock in locks:
        assert lock is not None
        lock.release()
    for each in databases:
        each.dispose()


def test_an_indexer_builds_a_first_generation(database: Database, settings: Settings) -> None:
    store = GenerationStore(settings.generations_dir)
    with running(settings):
        wait_for(lambda: store.current() is not None)
    with database.reading() as session:
        assert session.scalars(select(Rebuild.reason)).all() == ["first"]


def test_an_indexer_serves_requests(database: Database, settings: Settings) -> None:
    with running(settings):
        wait_for(lambda: led(database, settings))
        asked = ask(database)
        wait_for(lambda: state(database, asked) == "done")
    wait_for(lambda: not led(database, settings))


def test_a_second_indexer_waits(database: Database, settings: Settings) -> None:
    lock = leadership(database, settings)
    asked = ask(database)
    with running(settings):
        assert state(database, asked) == "queued"
        lock.release()
        wait_for(lambda: state(database, asked) == "done")


def test_an_indexer_repairs_a_damaged_generation(database: Database, settings: Settings) -> None:
    store = GenerationStore(settings.generations_dir)
    with running(settings):
        wait_for(lambda: store.current() is not None)
    current = store.current()
    assert current is not None
    victim = max(current.iterdir(), key=lambda each: each.stat().st_size)
    victim.write_bytes(b"")

    with running(settings):
        wait_for(lambda: store.current() not in (None, current))


def test_an_indexer_refuses_a_database_without_tables(sqlite_url: str, settings: Settings) -> None:
    bare = Settings.model_validate({"data_dir": settings.data_dir, "database_url": sqlite_url})
    database = Database(sqlite_url)
    with database.write_engine.begin() as connection:
        for table in ("segue_meta", "segue_rebuilds"):
            connection.execute(text(f"DROP TABLE IF EXISTS {table}"))
    database.dispose()
    with pytest.raises(NoIdentity):
        Indexer(bare).run()


@contextmanager
def indexer_process(
    database_url: str, data_dir: Path, *options: str
) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [segue_command(), "indexer", *options],
        env=segue_environment(data_dir, database_url, PROMPT),
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.stdin:
            process.stdin.close()
        process.kill()
        process.wait()


def test_another_indexer_takes_over_from_a_killed_one(
    database: Database, database_url: str, settings: Settings
) -> None:
    with indexer_process(database_url, settings.data_dir) as first:
        wait_for(lambda: led(database, settings))
        with running(settings):
            first.send_signal(signal.SIGKILL)
            first.wait()
            asked = ask(database)
            wait_for(lambda: state(database, asked) == "done")


def test_an_embedded_indexer_ends_with_its_parent(migrated_sqlite_url: str, tmp_path: Path) -> None:
    with indexer_process(migrated_sqlite_url, tmp_path, "--embedded") as child:
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(DEADLINE) == 0


@pytest.mark.parametrize("database_kind", ["sqlite"])  # no database ends it
def test_sigterm_ends_an_indexer_cleanly(
    database: Database, database_url: str, settings: Settings
) -> None:
    with indexer_process(database_url, settings.data_dir) as process:
        wait_for(lambda: led(database, settings))
        process.terminate()
        assert process.wait(DEADLINE) == 0
    assert not led(database, settings)
