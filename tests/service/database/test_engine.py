"""How a database is spoken to."""

import socket

import pytest
from sqlalchemy import text

from service.database import Database, normalise_url
from service.database.connection import Wire


@pytest.mark.parametrize("scheme", ["mysql", "mariadb", "mysql+pymysql", "mariadb+pymysql"])
def test_every_spelling_of_mysql_means_pymysql_with_utf8mb4(scheme: str) -> None:
    url = normalise_url(f"{scheme}://ada:p%40ss@db:3307/segue?ssl_disabled=true")

    assert url.drivername == "mysql+pymysql"
    assert (url.username, url.password, url.host, url.port) == ("ada", "p@ss", "db", 3307)
    assert dict(url.query) == {"charset": "utf8mb4", "ssl_disabled": "true"}


def test_sqlite_is_known() -> None:
    assert normalise_url("sqlite:////tmp/segue.db").database == "/tmp/segue.db"


@pytest.mark.parametrize(
    "url", ["postgresql://u:hunter2@h/d", "hunter2", "mysql://u:hunter2@h:x/d"]
)
def test_other_urls_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|speaks") as refused:
        normalise_url(url)
    assert "hunter2" not in str(refused.value)


def test_connections_to_mysql_wait_for_nothing_too_long(migrated_mysql_url: str) -> None:
    database = Database(migrated_mysql_url)
    with database.reading() as session:
        wanted = {
            "time_zone": "+00:00",
            "innodb_lock_wait_timeout": 5,
            "character_set_client": "utf8mb4",
            "autocommit": 0,
        }
        found = {name: session.scalar(text(f"SELECT @@session.{name}")) for name in wanted}
        mode = session.scalar(text("SELECT @@session.sql_mode"))
        version = session.scalar(text("SELECT VERSION()"))
        isolation = "tx_isolation" if "MariaDB" in str(version) else "transaction_isolation"
        assert session.scalar(text(f"SELECT @@session.{isolation}")) == "READ-COMMITTED"
    database.dispose()

    assert found == wanted
    assert {"ONLY_FULL_GROUP_BY", "STRICT_TRANS_TABLES"} <= set(str(mode).split(","))


def test_a_server_whose_machine_has_vanished_is_noticed(migrated_mysql_url: str) -> None:
    database = Database(migrated_mysql_url, batch=True)
    with database.engine.connect() as connection:
        wire = connection.connection.dbapi_connection
        assert isinstance(wire, Wire)
        assert wire._sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        silent = wire._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
        between = wire._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL)
        times = wire._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT)
    database.dispose()

    assert silent + between * times <= 60


def test_a_statement_that_never_ends_is_ended(migrated_mysql_url: str) -> None:
    serving, batch = Database(migrated_mysql_url), Database(migrated_mysql_url, batch=True)
    limits, patience = [], []
    for database in (serving, batch):
        with database.reading() as session:
            mariadb = "MariaDB" in str(session.scalar(text("SELECT VERSION()")))
            name = "max_statement_time" if mariadb else "max_execution_time"
            limits.append(float(session.scalar(text(f"SELECT @@session.{name}")) or 0))
            patience.append(session.scalar(text("SELECT @@session.net_write_timeout")))
        database.dispose()

    assert limits[0] in (5, 5_000)
    assert limits[1] == 0
    assert patience == [60, 3_600]


def test_only_what_was_not_committed_is_rolled_back(migrated_mysql_url: str) -> None:
    database = Database(migrated_mysql_url)

    def rolled_back() -> int:
        with database.writing() as session:
            return int(session.execute(text("SHOW SESSION STATUS LIKE 'Com_rollback'")).one()[1])

    before = rolled_back()
    after_a_commit = rolled_back()
    with database.engine.connect() as connection:
        connection.execute(text("INSERT INTO segue_changes (kind, ids) VALUES ('track', '[]')"))
    after_work_left_undone = rolled_back()
    with database.reading() as session:
        stored = session.scalar(text("SELECT COUNT(*) FROM segue_changes"))
    database.dispose()

    assert (after_a_commit, after_work_left_undone) == (before, before + 1)
    assert stored == 0


def test_sqlite_keeps_what_it_acknowledged(migrated_sqlite_url: str) -> None:
    database = Database(migrated_sqlite_url)
    with database.reading() as session:
        wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
        found = {name: session.scalar(text(f"PRAGMA {name}")) for name in wanted}
    database.dispose()

    assert found == wanted
