"""Claims on what is said of a database that cannot be used."""

import logging
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from service.app import create_app
from service.database import Database, cause_of, is_unavailable
from service.migrations.upgrade import current_revision, newest_revision, upgrade
from service.settings import get_settings
from tests.support.mysql import MysqlServer
from tests.support.servers import segue_command, segue_environment

ERRORS: list[tuple[Exception, str]] = [
    (sqlite3.OperationalError("unable to open database file"), "permissions"),
    (sqlite3.OperationalError("attempt to write a readonly database"), "read-only"),
    (sqlite3.OperationalError("database or disk is full"), "disk of the database is full"),
    (sqlite3.OperationalError("database is locked"), "busy"),
    (pymysql.err.OperationalError(1045, "Access denied"), "password"),
    (pymysql.err.OperationalError(1049, "Unknown database"), "no database of this name"),
    (pymysql.err.OperationalError(1142, "INSERT command denied"), "lacks a right"),
    (pymysql.err.OperationalError(1021, "Disk full"), "disk of the database is full"),
    (pymysql.err.OperationalError(1290, "running with --read-only"), "read-only"),
    (pymysql.err.OperationalError(1205, "Lock wait timeout"), "busy"),
    (pymysql.err.OperationalError(1040, "Too many connections"), "no more connections"),
    (pymysql.err.OperationalError(2003, "Can't connect"), "cannot be reached"),
]


@pytest.mark.parametrize(("error", "said"), ERRORS, ids=[said for _, said in ERRORS])
def test_each_cause_has_its_own_sentence(error: Exception, said: str) -> None:
    wrapped = OperationalError("SELECT 1", {}, error)

    assert said in cause_of(wrapped)
    assert is_unavailable(wrapped)


@pytest.fixture
def reading_url(migrated_mysql_url: str, mysql: MysqlServer) -> Iterator[str]:
    """URL by which a user who may only read reaches a migrated database."""
    url = make_url(migrated_mysql_url)
    mysql.execute(
        "CREATE OR REPLACE USER 'reader'@'%' IDENTIFIED BY 'reading'",
        f"GRANT SELECT ON `{url.database}`.* TO 'reader'@'%'",
    )
    yield url.set(username="reader", password="reading").render_as_string(hide_password=False)
    mysql.execute("DROP USER 'reader'@'%'")


def test_a_write_without_the_right_is_unavailable_and_spoils_the_health(
    reading_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("SEGUE_DATABASE_URL", reading_url)
    monkeypatch.setenv("SEGUE_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    with caplog.at_level(logging.DEBUG), TestClient(create_app()) as client:
        reply = client.post("/users/", json={"external_id": "s3cret-name"})
        health = client.get("/health").json()

    assert reply.status_code == 503
    assert "lacks a right" in reply.json()["detail"]
    assert health["status"] != "ok"
    assert "lacks a right" in health["last_error"]
    assert "s3cret-name" not in caplog.text


def test_a_server_with_ansi_quotes_is_upgraded(mysql_url: str, mysql: MysqlServer) -> None:
    mysql.execute("SET GLOBAL sql_mode='ANSI_QUOTES'")
    try:
        database = Database(mysql_url, batch=True)
        upgrade(database)
        with database.engine.connect() as connection:
            assert current_revision(connection) == newest_revision()
        database.dispose()
    finally:
        mysql.execute("SET GLOBAL sql_mode=DEFAULT")


def test_serving_from_a_data_folder_that_cannot_be_written_ends_with_a_sentence(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o500)
    limited = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    command = [*(limited if os.geteuid() == 0 else []), segue_command(), "serve"]
    if os.geteuid() == 0:  # a folder of somebody else
        os.chown(folder, 65_534, 65_534)
    done = subprocess.run(
        command, env=segue_environment(folder), capture_output=True, text=True, timeout=120
    )

    assert done.returncode != 0
    (line,) = done.stderr.strip().splitlines()
    assert str(folder) in line
    assert "permission" in line
