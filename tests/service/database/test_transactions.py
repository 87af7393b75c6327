"""Writes: lost races run again, a database that is away is said to be."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from service.database import Database, Writer
from service.errors import Conflict, Unavailable
from tests.support.processes import free_port


class Watch:
    """Stands where the index reader would and counts how often it was called."""

    def __init__(self) -> None:
        self.calls = 0

    def catch_up(self) -> None:
        self.calls += 1


def add_user(session: Session, name: str) -> None:
    session.execute(text("INSERT INTO users (external_id) VALUES (:name)"), {"name": name})


def count(database: Database) -> int:
    with database.reading() as session:
        return int(session.scalar(text("SELECT COUNT(*) FROM users")) or 0)


def test_a_write_is_committed_before_the_index_catches_up(database: Database) -> None:
    watch = Watch()
    Writer(database, watch).run(add_user, "a")

    assert (count(database), watch.calls) == (1, 1)


def test_what_is_stored_is_acknowledged_even_if_it_cannot_be_shown(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    class Blind:
        def catch_up(self) -> None:
            raise OverflowError("a date")

    def verb(session: Session) -> str:
        add_user(session, "a")
        return "stored"

    assert Writer(database, Blind()).run(verb) == "stored"
    assert count(database) == 1
    assert "could not be shown" in caplog.text


def test_a_verb_that_fails_leaves_nothing(database: Database) -> None:
    watch = Watch()

    def verb(session: Session) -> None:
        add_user(session, "a")
        raise Conflict("No.")

    with pytest.raises(Conflict):
        Writer(database, watch).run(verb)
    assert (count(database), watch.calls) == (0, 0)


def test_a_lost_race_for_a_unique_key_runs_again(database: Database) -> None:
    attempts = 0

    def verb(session: Session) -> str:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            add_user(session, "a")
            add_user(session, "a")
        return "second"

    assert Writer(database, None).run(verb) == "second"
    assert (attempts, count(database)) == (2, 0)


def test_a_race_that_is_lost_for_good_is_a_conflict(database: Database) -> None:
    def verb(session: Session) -> None:
        add_user(session, "a")
        add_user(session, "a")

    with pytest.raises(Conflict) as refused:
        Writer(database, None).run(verb)
    assert isinstance(refused.value.__cause__, IntegrityError)


def test_a_wrong_statement_is_not_repeated(migrated_mysql_url: str) -> None:
    database = Database(migrated_mysql_url)
    attempts = 0

    def verb(session: Session) -> None:
        nonlocal attempts
        attempts += 1
        session.execute(text("SELEC 1"))

    with pytest.raises(ProgrammingError):
        Writer(database, None).run(verb)
    assert attempts == 1
    database.dispose()


def test_deadlocks_are_not_shown(migrated_mysql_url: str) -> None:
    database = Database(migrated_mysql_url)
    writer = Writer(database, None)
    writer.run(add_user, "a")
    writer.run(add_user, "b")
    both_hold_one = threading.Barrier(2)

    def verb(session: Session, first: str, second: str, seen: list[str]) -> None:
        statement = text("UPDATE users SET username = 'x' WHERE external_id = :name")
        session.execute(statement, {"name": first})
        seen.append(first)
        if len(seen) == 1:
            both_hold_one.wait(10)
        session.execute(statement, {"name": second})

    tries: list[list[str]] = [[], []]
    with ThreadPoolExecutor(2) as pool:
        running = [
            pool.submit(writer.run, verb, "a", "b", tries[0]),
            pool.submit(writer.run, verb, "b", "a", tries[1]),
        ]
        for each in running:
            each.result(30)
    assert sorted(map(len, tries)) == [1, 2]
    database.dispose()


def test_two_processes_may_write_to_sqlite_at_once(migrated_sqlite_url: str) -> None:
    databases = [Database(migrated_sqlite_url), Database(migrated_sqlite_url)]
    writers = [Writer(database, None) for database in databases]

    def write(number: int) -> None:
        writers[number % 2].run(add_user, str(number))

    with ThreadPoolExecutor(4) as pool:  # on a busy machine more would wait for too long
        list(pool.map(write, range(40)))
    assert count(databases[0]) == 40
    for database in databases:
        database.dispose()


@pytest.fixture
def away() -> Iterator[Database]:
    """A database at a port where nobody listens."""
    database = Database(f"mysql://ada@127.0.0.1:{free_port()}/segue?ssl_disabled=true")
    yield database
    database.dispose()


def test_a_database_that_is_away_is_unavailable(away: Database) -> None:
    with pytest.raises(Unavailable):
        Writer(away, None).run(add_user, "a")


def test_while_the_database_is_away_reads_go_on(
    client: TestClient, app: FastAPI, away: Database
) -> None:
    track = client.post("/tracks/", json={"title": "t", "artist": "a", "energy": 0.5}).json()
    user = client.post("/users/", json={"external_id": "u"}).json()["id"]
    app.state.database, there = away, app.state.database
    app.state.writer, writer = Writer(away, app.state.reader), app.state.writer

    assert client.get(f"/tracks/{track['id']}").json() == track
    assert client.get(f"/tracks/{track['id'] + 1}").status_code == 404
    listed = client.get("/recommendations/personalized/", params={"user_id": user})
    assert [item["id"] for item in listed.json()["items"]] == [track["id"]]
    for refused in (
        client.get("/tracks/"),
        client.get(f"/users/{user}"),
        client.post("/users/", json={"external_id": "v"}),
        client.patch(f"/tracks/{track['id']}", json={"title": "u"}),
        client.delete(f"/tracks/{track['id']}"),
    ):
        assert refused.status_code == 503
        assert refused.headers["content-type"] == "application/problem+json"
        assert int(refused.headers["retry-after"]) > 0

    app.state.database, app.state.writer = there, writer
    assert client.post("/users/", json={"external_id": "v"}).status_code == 201
