"""The breaker: nobody waits long for a database that hangs, or is cut off one that works."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from service.database import CircuitBreaker, Database, State, Writer, is_unavailable
from service.database.circuit_breaker import Refused, register_connection
from service.errors import Unavailable
from tests.service.cut import CuttableServer
from tests.service.database.test_transactions import add_user, count
from tests.service.operations.test_health import cuttable, cuttable_app  # noqa: F401

PATIENCE = 60.0


class Server:
    """A database that answers when it is told to."""

    def __init__(self) -> None:
        self.there = True
        self.asked = 0

    def answers(self) -> bool:
        self.asked += 1
        return self.there


class Line:
    """A connection that waits until it is cut."""

    def __init__(self) -> None:
        self.broken = threading.Event()

    def abort(self) -> None:
        self.broken.set()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def breaker(server: Server) -> Iterator[CircuitBreaker]:
    breaker = CircuitBreaker(server.answers, is_unavailable)
    breaker.start()
    yield breaker
    breaker.stop()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def hang(breaker: CircuitBreaker, server: Server) -> None:
    server.there = False
    with pytest.raises(Refused):
        _wait_until_cut(breaker)


def _wait_until_cut(breaker: CircuitBreaker) -> None:
    line = Line()
    with breaker.use():
        register_connection(line)
        assert line.broken.wait(PATIENCE)
        raise Refused


def test_a_long_use_goes_on_while_the_database_answers(
    breaker: CircuitBreaker, server: Server
) -> None:
    line = Line()
    with breaker.use():
        register_connection(line)
        wait_for(lambda: server.asked >= 2)
    assert not line.broken.is_set()
    assert breaker.state is State.CLOSED


def test_uses_of_a_database_that_hangs_are_cut_and_the_next_refused(
    breaker: CircuitBreaker, server: Server
) -> None:
    hang(breaker, server)

    assert breaker.state is State.OPEN
    with pytest.raises(Refused), breaker.use():
        pass
    assert breaker.openings == 1


def test_what_was_cut_before_it_had_a_connection_gets_none(
    breaker: CircuitBreaker, server: Server
) -> None:
    server.there = False
    with breaker.use():
        wait_for(lambda: breaker.state is State.OPEN)
        wait_for(lambda: _is_refused(register_connection))


def _is_refused(note: Callable[[Line], None]) -> bool:
    try:
        note(Line())
    except Refused:
        return True
    return False


def test_one_use_tries_whether_the_database_is_back(
    breaker: CircuitBreaker, server: Server
) -> None:
    hang(breaker, server)
    server.there = True
    wait_for(lambda: breaker.state is State.HALF_OPEN)

    with breaker.use(), ThreadPoolExecutor(1) as pool:
        refused = pool.submit(_use, breaker).exception(PATIENCE)
    assert isinstance(refused, Refused)
    assert breaker.state is State.CLOSED
    _use(breaker)


def test_a_trial_that_fails_leaves_the_breaker_as_it_was(
    breaker: CircuitBreaker, server: Server
) -> None:
    hang(breaker, server)
    server.there = True
    wait_for(lambda: breaker.state is State.HALF_OPEN)
    server.there = False

    with pytest.raises(Refused), breaker.use():
        raise Refused
    wait_for(lambda: breaker.state is State.OPEN)


def test_a_mistake_is_no_sign_of_absence(breaker: CircuitBreaker, server: Server) -> None:
    with pytest.raises(ZeroDivisionError), breaker.use():
        raise ZeroDivisionError
    assert breaker.state is State.CLOSED
    assert server.asked == 0


def _use(breaker: CircuitBreaker) -> None:
    with breaker.use():
        pass


def test_a_write_that_hangs_comes_back_and_works_again_later(
    cuttable: CuttableServer,  # noqa: F811
    migrated_mysql_url: str,
) -> None:
    url = make_url(migrated_mysql_url).set(host="127.0.0.1", port=cuttable.port)
    database = Database(url)
    writer = Writer(database, None)
    database.breaker.start()
    writer.run(add_user, "a")

    cuttable.hang()
    with pytest.raises(Unavailable):
        writer.run(add_user, "b")
    assert database.breaker.state is State.OPEN
    with pytest.raises(Unavailable), ThreadPoolExecutor(1) as pool:
        pool.submit(writer.run, add_user, "c").result()
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]

    cuttable.resume()
    wait_for(lambda: database.breaker.state is State.HALF_OPEN)
    writer.run(add_user, "d")
    assert count(database) == 2
    database.breaker.stop()
    database.dispose()


def test_nobody_knows_what_became_of_a_commit_that_hung(
    cuttable: CuttableServer,  # noqa: F811
    migrated_mysql_url: str,
) -> None:
    url = make_url(migrated_mysql_url).set(host="127.0.0.1", port=cuttable.port)
    database = Database(url)
    database.breaker.start()

    def verb(session: Session) -> None:
        add_user(session, "a")
        cuttable.hang()

    with pytest.raises(Unavailable, match="not known"):
        Writer(database, None).run(verb)
    with pytest.raises(Unavailable, match="Nothing was stored"):
        Writer(database, None).run(add_user, "b")
    cuttable.resume()
    database.breaker.stop()
    database.dispose()


def test_a_long_query_is_not_cut(migrated_mysql_url: str) -> None:
    database = Database(migrated_mysql_url)
    database.breaker.start()
    with database.reading() as session:
        assert session.scalar(text("SELECT SLEEP(2)")) == 0
    database.breaker.stop()
    database.dispose()


def test_reads_outlive_a_database_that_hangs(
    cuttable: CuttableServer,  # noqa: F811
    cuttable_app: FastAPI,  # noqa: F811
) -> None:
    with TestClient(cuttable_app) as client:
        track = client.post("/tracks/", json={"title": "t", "artist": "a", "energy": 0.5}).json()
        user = client.post("/users/", json={"external_id": "u"}).json()["id"]
        event = {"user_id": user, "track_id": track["id"], "action": "play"}
        assert client.post("/interactions/", json=event).status_code == 201

        cuttable.hang()
        for body in (event, [event]):
            refused = client.post("/interactions/", json=body)
            assert refused.status_code == 503
            assert int(refused.headers["retry-after"]) > 0
        assert client.get(f"/tracks/{track['id']}").json() == track
        assert client.get("/health").json()["breaker"] == "open"
        assert 'segue_database_breaker{state="open"} 1.0' in client.get("/metrics").text

        cuttable.resume()
        wait_for(lambda: client.post("/interactions/", json=event).status_code == 201)
        assert client.get("/health").json()["breaker"] == "closed"


def test_a_locked_sqlite_database_is_unavailable(migrated_sqlite_url: str) -> None:
    database, other = Database(migrated_sqlite_url), Database(migrated_sqlite_url)
    with (
        other.writing() as session,
        ThreadPoolExecutor(4) as pool,
    ):
        add_user(session, "a")
        waiting = [pool.submit(Writer(database, None).run, add_user, str(i)) for i in range(4)]
        assert all(isinstance(each.exception(PATIENCE), Unavailable) for each in waiting)
    assert count(database) == 1
    database.dispose()
    other.dispose()
