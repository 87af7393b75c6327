"""Databases come to the newest revision: empty ones, stamped ones, and ones that Segue adopts."""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError

from service.database import Database
from service.migrations import upgrade as upgrading
from service.migrations.revision1 import REVISION_1
from service.migrations.upgrade import SchemaRefused, current_revision, newest_revision, upgrade
from service.models import Base

AWKWARD = [0.676, 0.1, 0.00000123, 123.456, -5.836, 0.999, 0.3333333, 114.944, -60, 16777217, 0]


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    """A database without any table, on each kind."""
    database = Database(empty_database_url)
    yield database
    database.dispose()


def run(database: Database, *statements: str) -> None:
    with database.writing() as session:
        for statement in statements:
            session.execute(text(statement))


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    with database.reading() as session:
        return [tuple(row) for row in session.execute(text(query))]


def make_revision_1(database: Database) -> None:
    REVISION_1.create_all(database.write_engine)
    run(
        database,
        "INSERT INTO users (email, username) VALUES (' José@Example.org ', 'José')",
        "INSERT INTO tracks (title, artist, genre, `key`, tempo, energy)"
        " VALUES ('Army of Me, Björk', 'Björk', 'art pop', 'C#', 120.5, 0.676)",
        "INSERT INTO interactions (user_id, track_id, action, rating) VALUES (1, 1, 'play', 5)",
    )


def revision(database: Database) -> str | None:
    with database.engine.connect() as connection:
        return current_revision(connection)


def test_an_empty_database_gets_every_table(empty: Database) -> None:
    done = upgrade(empty)

    assert (done.before, done.after, done.adopted) == (None, newest_revision(), False)
    assert set(Base.metadata.tables) <= set(inspect(empty.engine).get_table_names())
    assert len(rows(empty, "SELECT value FROM segue_meta WHERE name = 'database_uuid'")) == 1


def test_upgrading_again_changes_nothing(empty: Database) -> None:
    upgrade(empty)
    name = rows(empty, "SELECT value FROM segue_meta")

    assert upgrade(empty).before == newest_revision()
    assert rows(empty, "SELECT value FROM segue_meta") == name


def test_the_models_are_what_the_migrations_make(empty: Database) -> None:
    upgrade(empty)

    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_an_unstamped_revision_1_is_adopted_with_its_rows(empty: Database) -> None:
    make_revision_1(empty)

    assert upgrade(empty).adopted
    assert revision(empty) == newest_revision()
    assert rows(empty, "SELECT title, genre, `key`, tempo, energy FROM tracks") == [
        ("Army of Me, Björk", "art pop", "C#", 120.5, 0.676)
    ]
    assert rows(empty, "SELECT user_id, track_id, action, rating FROM interactions") == [
        (1, 1, "play", 5)
    ]


def test_the_emails_of_an_adopted_database_get_their_keys(empty: Database) -> None:
    make_revision_1(empty)
    upgrade(empty)

    [(key,)] = rows(empty, "SELECT email_key FROM users")
    assert key in ("josé@example.org", "josé@example.org".encode())


def test_features_keep_the_digits_they_printed(empty: Database) -> None:
    REVISION_1.create_all(empty.write_engine)
    for value in AWKWARD:
        run(empty, f"INSERT INTO tracks (title, artist, tempo) VALUES ('t', 'a', {value})")
    before = rows(empty, "SELECT tempo FROM tracks ORDER BY id")

    upgrade(empty)

    after = rows(empty, "SELECT tempo FROM tracks ORDER BY id")
    assert [repr(value) for (value,) in after] == [repr(value) for (value,) in before]


def test_an_adopted_table_remembers_its_ids(empty: Database) -> None:
    make_revision_1(empty)
    upgrade(empty)
    run(empty, "INSERT INTO users (email) VALUES ('new@example.org')")
    run(empty, "DELETE FROM users WHERE id = 2")
    run(empty, "INSERT INTO users (email) VALUES ('newer@example.org')")

    assert rows(empty, "SELECT id FROM users ORDER BY id") == [(1,), (3,)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP TABLE interactions", "there is no table interactions"),
        ("DROP INDEX idx_artist_genre ON tracks", "no index idx_artist_genre on tracks"),
        ("ALTER TABLE tracks DROP COLUMN album", "there is no column tracks.album"),
        ("ALTER TABLE tracks ADD COLUMN mood INT", "a further column tracks.mood"),
        ("ALTER TABLE tracks RENAME COLUMN tempo TO bpm", "there is no column tracks.tempo"),
        ("CREATE UNIQUE INDEX u ON tracks (title)", "tracks.title is unique"),
    ],
)
def test_another_schema_is_refused_with_its_differences(
    empty: Database, change: str, said: str
) -> None:
    make_revision_1(empty)
    run(
        empty,
        change
        if empty.kind == "mysql"
        else change.replace(" ON tracks", "", 1)
        if change.startswith("DROP INDEX")
        else change,
    )
    before = inspect(empty.engine).get_table_names()

    with pytest.raises(SchemaRefused) as refused:
        upgrade(empty)

    assert any(said in line for line in refused.value.differences)
    assert said in str(refused.value)
    assert inspect(empty.engine).get_table_names() == before


def test_other_types_lengths_and_nulls_are_differences(mysql_url: str) -> None:
    database = Database(mysql_url)
    make_revision_1(database)
    run(
        database,
        "ALTER TABLE tracks MODIFY tempo DOUBLE",
        "ALTER TABLE tracks MODIFY album VARCHAR(100)",
        "ALTER TABLE tracks MODIFY duration BIGINT",
        "ALTER TABLE users MODIFY email VARCHAR(255) NULL",
        "ALTER TABLE users MODIFY created_at DATETIME(6)",
    )

    with pytest.raises(SchemaRefused) as refused:
        upgrade(database)

    assert set(refused.value.differences) == {
        "tracks.tempo is DOUBLE, not FLOAT",
        "tracks.album is VARCHAR(100), not VARCHAR(255)",
        "tracks.duration is BIGINT, not INT",
        "users.email must not allow NULL",
        "users.created_at is DATETIME(6), not DATETIME",
        "users.created_at has no default",
    }
    database.dispose()


def test_a_hand_written_sqlite_schema_is_recognised(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    features = ", ".join(
        f"{name} REAL"
        for name in ("energy", "danceability", "valence", "acousticness", "instrumentalness")
    )
    run(
        database,
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(255) UNIQUE NOT NULL,"
        " username VARCHAR(100), created_at DATETIME DEFAULT CURRENT_TIMESTAMP)",
        "CREATE INDEX idx_email ON users(email)",
        "CREATE INDEX of_our_own ON users(username)",
        "CREATE TABLE tracks (id INTEGER PRIMARY KEY AUTOINCREMENT, title VARCHAR(255) NOT NULL,"
        " artist VARCHAR(255) NOT NULL, album VARCHAR(255), genre VARCHAR(100), duration INT,"
        f" tempo FLOAT, `key` VARCHAR(10), {features}, loudness FLOAT, speechiness FLOAT,"
        " created_at DATETIME DEFAULT CURRENT_TIMESTAMP)",
        "CREATE INDEX idx_title ON tracks(title)",
        "CREATE INDEX idx_artist ON tracks(artist)",
        "CREATE INDEX idx_genre ON tracks(genre)",
        "CREATE INDEX idx_artist_genre ON tracks(artist, genre)",
        "CREATE TABLE interactions (id INTEGER PRIMARY KEY, user_id INT NOT NULL REFERENCES users,"
        " track_id INT NOT NULL REFERENCES tracks(id), action VARCHAR(50) NOT NULL, rating INT,"
        " listen_duration INT, created_at DATETIME DEFAULT CURRENT_TIMESTAMP)",
        "CREATE INDEX idx_user_id ON interactions(user_id)",
        "CREATE INDEX idx_track_id ON interactions(track_id)",
        "CREATE INDEX idx_user_track ON interactions(user_id, track_id)",
        "CREATE INDEX idx_user_created ON interactions(user_id, created_at)",
        "INSERT INTO users (email) VALUES ('a@example.org')",
        "INSERT INTO tracks (title, artist) VALUES ('t', 'a')",
        "INSERT INTO interactions (user_id, track_id, action) VALUES (1, 1, 'like')",
    )

    assert upgrade(database).adopted
    assert rows(database, "SELECT user_id, track_id, action FROM interactions") == [(1, 1, "like")]
    assert "of_our_own" in {each["name"] for each in inspect(database.engine).get_indexes("users")}
    with pytest.raises(IntegrityError):
        run(database, "INSERT INTO users (email) VALUES ('a@example.org')")
    database.dispose()


def test_tables_of_other_programs_stay(empty: Database) -> None:
    run(empty, "CREATE TABLE playlists (id INT, name VARCHAR(20))")
    upgrade(empty)

    assert "playlists" in inspect(empty.engine).get_table_names()


@pytest.mark.parametrize("statement", range(1, 12))
def test_an_upgrade_killed_half_way_is_finished_by_the_next(
    empty: Database, statement: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails before the n-th ALTER or CREATE, as a kill would on MySQL, then runs it again."""
    REVISION_1.create_all(empty.write_engine)
    run(empty, "INSERT INTO tracks (title, artist, energy) VALUES ('t', 'a', 0.676)")
    run(empty, "INSERT INTO users (email) VALUES ('É@example.org')")
    seen = 0
    execute = Connection._execute_context

    def killed(
        self: Connection, dialect: Any, constructor: Any, text_: Any, *rest: Any, **options: Any
    ) -> Any:
        nonlocal seen
        if str(text_).lstrip().upper().startswith(("ALTER", "CREATE")):
            seen += 1
            if seen == statement:
                raise KeyboardInterrupt
        return execute(self, dialect, constructor, text_, *rest, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "_execute_context", killed)
        try:
            upgrade(empty)
        except KeyboardInterrupt:
            assert revision(empty) != newest_revision()

    upgrade(empty)

    assert revision(empty) == newest_revision()
    assert rows(empty, "SELECT energy FROM tracks") == [(0.676,)]
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_first_revision_killed_half_way_is_finished_by_the_next(empty: Database) -> None:
    run(empty, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    REVISION_1.tables["users"].create(empty.write_engine)
    run(empty, "DROP INDEX idx_email" + (" ON users" if empty.kind == "mysql" else ""))

    done = upgrade(empty)

    assert (done.adopted, revision(empty)) == (False, newest_revision())


def test_the_newest_revision_runs_down_and_up_again_and_keeps_rows(empty: Database) -> None:
    upgrade(empty)
    run(empty, "INSERT INTO tracks (title, artist, duration, duration_ms) VALUES ('t', 'a', 5, 9)")
    config = upgrading._config()
    with empty.write_engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0007")
    assert revision(empty) == "0007"
    assert "duration_ms" not in {
        each["name"] for each in inspect(empty.engine).get_columns("tracks")
    }
    assert rows(empty, "SELECT title, duration FROM tracks") == [("t", 5)]

    upgrade(empty)

    assert rows(empty, "SELECT title, duration, duration_ms FROM tracks") == [("t", 5, None)]
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_database_of_a_later_version_is_refused(empty: Database) -> None:
    upgrade(empty)
    run(empty, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(SchemaRefused, match="9999"):
        upgrade(empty)


def test_a_database_stamped_with_revision_1_goes_on(empty: Database) -> None:
    make_revision_1(empty)
    config = upgrading._config()
    with empty.write_engine.begin() as connection:
        config.attributes["connection"] = connection
        command.stamp(config, "0001")

    done = upgrade(empty)

    assert (done.before, done.adopted) == ("0001", False)
    assert rows(empty, "SELECT energy FROM tracks") == [(0.676,)]


def test_programs_that_know_revision_1_go_on_working(empty: Database) -> None:
    upgrade(empty)
    run(
        empty,
        "INSERT INTO users (email, username) VALUES ('a@example.org', 'a')",
        "INSERT INTO tracks (title, artist, album, genre, duration, tempo, `key`, energy,"
        " danceability, valence, acousticness, instrumentalness, loudness, speechiness)"
        " VALUES ('t', 'a', 'b', 'rock', 200, 120, 'C', .1, .2, .3, .4, .5, -6, .7)",
        "INSERT INTO interactions (user_id, track_id, action) VALUES (1, 1, 'play')",
        "UPDATE tracks SET title = 'u', tempo = 90.5 WHERE id = 1",
        "UPDATE users SET email = 'b@example.org'",
    )
    assert rows(empty, "SELECT title, tempo FROM tracks") == [("u", 90.5)]
    assert all(at for (at,) in rows(empty, "SELECT created_at FROM interactions"))

    run(empty, "DELETE FROM interactions", "DELETE FROM tracks", "DELETE FROM users")
    assert rows(empty, "SELECT COUNT(*) FROM tracks") == [(0,)]
