"""The reader of a worker: own writes at once, others' soon, and never less than it had."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from index.generations import GenerationStore
from service.database import Database, record_change
from service.indexing import IndexReader, database_uuid, run_rebuild
from service.models import Interaction, Meta, Track, User
from service.settings import Settings

DEADLINE = 300.0


@pytest.fixture
def store(settings: Settings) -> GenerationStore:
    return GenerationStore(settings.generations_dir)


@pytest.fixture
def reader(database: Database, store: GenerationStore, settings: Settings) -> IndexReader:
    """A reader, not started: it looks when a test says so."""
    run_rebuild(database, store, settings)
    reader = IndexReader(database, store, settings)
    reader.refresh()
    return reader


def add_track(session: Session, **columns: object) -> int:
    track = Track(**{"title": "Song", "artist": "Singer", "energy": 0.5, **columns})
    session.add(track)
    session.flush()
    record_change(session, "track", [track.id])
    return track.id


def add_user(session: Session) -> int:
    user = User(username="u")
    session.add(user)
    session.flush()
    record_change(session, "user", [user.id])
    return user.id


def titles(reader: IndexReader) -> list[str]:
    assert reader.live is not None
    return [reader.live.card(row).decode() for row in reader.live.search("song", limit=100).rows]


def version(reader: IndexReader) -> str:
    assert reader.live is not None
    return reader.live.version


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_there_is_no_index_before_the_first_generation(
    database: Database, store: GenerationStore, settings: Settings
) -> None:
    reader = IndexReader(database, store, settings)
    reader.start()
    assert reader.live is None
    assert not reader.ready

    run_rebuild(database, store, settings)
    wait_for(lambda: reader.ready)
    reader.stop()


def test_catching_up_shows_what_was_committed(reader: IndexReader, database: Database) -> None:
    with database.writing() as session:
        track_id = add_track(session)

    reader.catch_up()

    assert reader.live is not None
    assert reader.live.row_of(track_id) is not None
    assert version(reader) == "1.1"


def test_each_change_counts_once(reader: IndexReader, database: Database) -> None:
    with database.writing() as session:
        add_track(session)
    reader.catch_up()
    reader.catch_up()

    assert len(titles(reader)) == 1
    assert version(reader) == "1.1"


def test_what_is_named_and_gone_was_deleted(reader: IndexReader, database: Database) -> None:
    with database.writing() as session:
        track_id = add_track(session)
        user_id = add_user(session)
    reader.catch_up()
    assert reader.live is not None
    assert reader.live.has_user(user_id)

    with database.writing() as session:
        session.execute(delete(Track))
        session.execute(delete(User))
        record_change(session, "track", [track_id])
        record_change(session, "user", [user_id])
    reader.catch_up()

    assert reader.live.row_of(track_id) is None
    assert not reader.live.has_user(user_id)


def test_an_interaction_joins_its_listeners_history(
    reader: IndexReader, database: Database
) -> None:
    with database.writing() as session:
        track_id = add_track(session, duration=100)
        user_id = add_user(session)
        event = Interaction(user_id=user_id, track_id=track_id, action="play", listen_duration=25)
        session.add(event)
        session.flush()
        record_change(session, "interaction", [event.id])
    reader.catch_up()

    assert reader.live is not None
    history = reader.live.history(user_id)

    assert history is not None
    assert history.listened.tolist() == [0.25]
    assert history.rows.tolist() == [reader.live.row_of(track_id)]


def test_changes_of_another_process_show_by_themselves(
    reader: IndexReader, database: Database
) -> None:
    reader.start()
    other = Database(database.url)
    with other.writing() as session:
        add_track(session)
    other.dispose()

    wait_for(lambda: len(titles(reader)) == 1)
    reader.stop()


def test_changes_show_while_generations_cannot_be_read(
    reader: IndexReader, database: Database, settings: Settings
) -> None:
    hidden = settings.generations_dir.rename(settings.data_dir / "hidden")
    settings.generations_dir.touch()
    reader.start()
    with database.writing() as session:
        add_track(session, title="Song of others")

    wait_for(lambda: "NotADirectoryError" in str(reader.last_error))
    wait_for(lambda: any("Song of others" in title for title in titles(reader)))
    assert not reader.database_away

    settings.generations_dir.unlink()
    hidden.rename(settings.generations_dir)
    wait_for(lambda: reader.last_error is None)
    reader.stop()


def test_plain_sql_writes_arrive_with_the_next_generation(
    reader: IndexReader, database: Database, store: GenerationStore, settings: Settings
) -> None:
    with database.writing() as session:
        session.execute(text("INSERT INTO tracks (title, artist) VALUES ('Song', 'By hand')"))
    reader.catch_up()
    assert titles(reader) == []

    run_rebuild(database, store, settings)
    reader.refresh()

    assert len(titles(reader)) == 1
    assert version(reader) == "2.0"


def test_a_change_committed_during_the_export_is_in_the_index_once(
    reader: IndexReader, database: Database, store: GenerationStore, settings: Settings
) -> None:
    def write_meanwhile(doing: str, _share: float) -> None:
        if doing == "Reading tracks":
            with database.writing() as session:
                add_track(session)

    run_rebuild(database, store, settings, write_meanwhile)
    reader.refresh()

    assert len(titles(reader)) == 1
    assert version(reader) == "2.1"


def test_a_new_generation_has_all_that_the_old_one_showed(
    reader: IndexReader, database: Database, store: GenerationStore, settings: Settings
) -> None:
    def write_meanwhile(doing: str, _share: float) -> None:
        if doing == "Built":
            with database.writing() as session:
                add_track(session)
            reader.catch_up()

    run_rebuild(database, store, settings, write_meanwhile)
    assert (len(titles(reader)), version(reader)) == (1, "1.1")

    reader.refresh()
    assert (len(titles(reader)), version(reader)) == (1, "2.1")


def test_concurrent_writers_each_see_their_own_write(
    reader: IndexReader, database: Database
) -> None:
    missing: list[int] = []
    turn = threading.Lock()

    def write_and_look() -> None:
        for _ in range(5):
            with turn, database.writing() as session:
                track_id = add_track(session)
            reader.catch_up()
            assert reader.live is not None
            if reader.live.row_of(track_id) is None:
                missing.append(track_id)

    threads = [threading.Thread(target=write_and_look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not missing
    assert version(reader) == "1.30"


def test_the_last_commit_wins_in_whatever_order_changes_are_read(
    migrated_mysql_url: str, settings_of: Callable[[str], Settings]
) -> None:
    settings = settings_of(migrated_mysql_url)
    database, store = Database(migrated_mysql_url), GenerationStore(settings.generations_dir)
    with database.writing() as session:
        track_id = add_track(session)
    run_rebuild(database, store, settings)
    reader = IndexReader(database, store, settings)
    reader.refresh()

    with database.writing() as early:
        record_change(early, "track", [track_id])
        early.flush()
        with database.writing() as late:
            late.execute(update(Track).values(title="Song two"))
            record_change(late, "track", [track_id])
        reader.catch_up()
        assert '"title":"Song two"' in titles(reader)[0]
        early.execute(update(Track).values(title="Song three"))
    reader.catch_up()

    assert '"title":"Song three"' in titles(reader)[0]
    database.dispose()


def test_a_damaged_generation_falls_back_to_the_one_before(
    reader: IndexReader, database: Database, store: GenerationStore, settings: Settings
) -> None:
    run_rebuild(database, store, settings)
    _flip_a_byte(store)

    fresh = IndexReader(database, store, settings)
    fresh.refresh()
    reader.refresh()

    assert version(fresh) == version(reader) == "1.0"


def _flip_a_byte(store: GenerationStore) -> None:
    folder = store.current()
    assert folder is not None
    path = max(folder.iterdir(), key=lambda each: each.stat().st_size)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_another_databases_generation_is_never_served(
    reader: IndexReader, database: Database, store: GenerationStore, settings: Settings
) -> None:
    with database.writing() as session:
        other = {"value": "00000000-0000-4000-8000-000000000000"}
        session.execute(update(Meta).where(Meta.name == "database_uuid").values(other))

    fresh = IndexReader(database, store, settings)
    fresh.refresh()

    assert fresh.live is None


@pytest.fixture
def settings_of(tmp_path: Path) -> Callable[[str], Settings]:
    """Make the settings of a database URL."""
    return lambda url: Settings.model_validate({"data_dir": tmp_path / "own", "database_url": url})


def test_without_its_database_a_worker_serves_the_last_generation(
    sqlite_url: str,
    migrated_sqlite_url: str,
    tmp_path: Path,
    settings_of: Callable[[str], Settings],
) -> None:
    settings = settings_of(sqlite_url)
    database, store = Database(sqlite_url), GenerationStore(settings.generations_dir)
    run_rebuild(database, store, settings)
    IndexReader(database, store, settings).refresh()
    database.dispose()
    file = tmp_path / "segue.db"
    hidden = file.rename(tmp_path / "hidden.db")
    file.mkdir()  # now it can't be opened

    reader = IndexReader(Database(sqlite_url), store, settings)
    reader.start()
    assert reader.ready
    assert reader.database_away
    assert reader.last_error == "The database is away"

    file.rmdir()
    hidden.rename(file)
    wait_for(lambda: not reader.database_away)
    assert reader.last_error is None
    reader.stop()


def test_a_database_that_was_never_seen_gets_no_index_while_it_is_away(
    reader: IndexReader, store: GenerationStore, settings: Settings
) -> None:
    stranger = Database("mysql://segue:segue@127.0.0.1:9/segue")
    newcomer = IndexReader(stranger, store, settings)
    newcomer.refresh()
    assert newcomer.live is None


def test_a_replaced_database_drops_the_index(
    reader: IndexReader, database: Database, store: GenerationStore, settings: Settings
) -> None:
    reader.start()
    reader.stop()
    with database.writing() as session:
        session.execute(update(Meta).where(Meta.name == "database_uuid").values(value="0" * 36))
    restarted = IndexReader(database, store, settings)
    restarted._show(reader._view)  # type: ignore[arg-type]  # as after a start without database

    restarted.catch_up()

    assert restarted.live is None
    with database.engine.connect() as connection:
        assert database_uuid(connection) == connection.scalar(
            select(Meta.value).where(Meta.name == "database_uuid")
        )
