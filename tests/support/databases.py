"""Databases with all tables, made once by the migrations and then copied for each test."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.mysql import MysqlServer, Template


def sqlite_template(folder: Path) -> Path:
    """Return the path of a migrated SQLite database that is one plain file."""
    path = folder / "template.db"
    _upgrade(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def mysql_template(server: MysqlServer) -> Template:
    """Return the statements that make a migrated MySQL database."""
    url = server.create_database()
    try:
        _upgrade(url)
        return server.dump(url)
    finally:
        server.drop_database(url)


def _upgrade(url: str) -> None:
    from service.database import Database
    from service.migrations.upgrade import upgrade

    database = Database(url, batch=True)
    upgrade(database)
    database.engine.dispose()
