"""Fixtures that every test may use: databases and the application."""

import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.support.databases import mysql_template, sqlite_template
from tests.support.generations import FirstGeneration, first_generation
from tests.support.mysql import MysqlServer, Template, mysql_server
from tests.support.provision import ProgramMissing, left_out
from tests.support.scheduling import Scheduling, longest_first
from tests.support.temporary import temporary_files_in_memory

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from service.database import Database
    from service.settings import Settings

hypothesis_settings.register_profile(
    "segue", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("segue")
temporary_files_in_memory()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Keep together what shares servers."""
    return Scheduling(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what this machine cannot check, so that nothing is left out in silence."""
    for line in left_out():
        terminalreporter.write_line(f"LEFT OUT {line}")


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """Tests see Segue's defaults, whatever the shell that started them had set."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("SEGUE_") or name in {"HOST", "PORT"}:
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def mysql() -> Iterator[MysqlServer]:
    """A MySQL or MariaDB server of this test run."""
    try:
        with mysql_server() as server:
            yield server
    except ProgramMissing as missing:
        pytest.exit(str(missing), returncode=1)


@pytest.fixture
def mysql_url(mysql: MysqlServer) -> Iterator[str]:
    """URL of a new, empty MySQL database without any table."""
    url = mysql.create_database()
    yield url
    mysql.drop_database(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a new, empty SQLite database without any table."""
    return f"sqlite:///{tmp_path / 'segue.db'}"


@pytest.fixture(params=["sqlite", "mysql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """``sqlite`` and ``mysql``: a test that asks for it runs once on each."""
    return str(request.param)


@pytest.fixture
def empty_database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """URL of a new, empty database without any table, on each kind."""
    return str(request.getfixturevalue(f"{database_kind}_url"))


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def _mysql_template(mysql: MysqlServer) -> Template:
    return mysql_template(mysql)


@pytest.fixture
def migrated_sqlite_url(sqlite_url: str, tmp_path: Path, _sqlite_template: Path) -> str:
    """URL of a new SQLite database with all tables and no rows."""
    path = tmp_path / "segue.db"
    shutil.copyfile(_sqlite_template, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE segue_meta SET value = ? WHERE name = 'database_uuid'", [str(uuid.uuid4())]
        )
    return sqlite_url


@pytest.fixture
def migrated_mysql_url(mysql_url: str, mysql: MysqlServer, _mysql_template: Template) -> str:
    """URL of a new MySQL database with all tables and no rows."""
    mysql.fill(mysql_url, _mysql_template)
    return mysql_url


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """URL of a new database with all tables and no rows, on each kind."""
    return str(request.getfixturevalue(f"migrated_{database_kind}_url"))


@pytest.fixture
def database(database_url: str) -> "Iterator[Database]":
    """A new database with all tables and no rows, on each kind."""
    from service.database import Database

    database = Database(database_url)
    yield database
    database.engine.dispose()


@pytest.fixture
def settings(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> "Iterator[Settings]":
    """Settings of this process: ``database_url`` and a new data directory."""
    from service.settings import get_settings

    monkeypatch.setenv("SEGUE_DATABASE_URL", database_url)
    monkeypatch.setenv("SEGUE_DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def _first_generation(
    _sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> FirstGeneration:
    return first_generation(_sqlite_template, tmp_path_factory.mktemp("first-generation"))


@pytest.fixture
def app(
    settings: "Settings", database: "Database", _first_generation: FirstGeneration
) -> "FastAPI":
    """The application on ``database`` with a first generation of the empty catalogue."""
    from service.app import create_app

    _first_generation.copy_to(database, settings)
    return create_app()


@pytest.fixture
def client(app: "FastAPI") -> "Iterator[TestClient]":
    """A client of the started application; a bug in a route raises in the test."""
    from fastapi.testclient import TestClient

    with TestClient(app) as client:
        yield client
