"""Brings a database to the newest revision: an empty one, a stamped one, or one to be adopted."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from service.database import Database
from service.migrations.adoption import Difference, differences, has_any_table

FIRST = "0001"
LOCK_SECONDS = 600


class SchemaRefused(Exception):
    """A database that is neither empty nor Segue's; ``differences`` says in words why."""

    def __init__(self, message: str, found: Sequence[Difference] = ()) -> None:
        self.differences = tuple(str(difference) for difference in found)
        super().__init__("\n".join([message, *(f"  - {line}" for line in self.differences)]))


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What an upgrade did. ``before`` is None for a database without any revision."""

    before: str | None
    after: str
    adopted: bool


def upgrade(database: Database) -> Upgrade:
    """Bring a database to the newest revision and keep its rows.

    An unstamped database that has tables of Segue is adopted if they are exactly revision 1.
    Running it again finishes what a killed run began; of several at once, one works and the
    others wait.

    Raises
    ------
    SchemaRefused
        The tables are not revision 1, or the revision is one that this version doesn't know.
    """
    own = database if database.batch else Database(database.url, batch=True)
    try:
        with _alone(own) as connection:
            return _upgrade(connection)
    finally:
        if own is not database:
            own.dispose()


def newest_revision() -> str:
    """Return the revision that this version of Segue works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise LookupError("The migrations are missing from the installation")
    return head


def current_revision(connection: Connection) -> str | None:
    """Return the revision a database is stamped with; None if it is not."""
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> Upgrade:
    config = _config()
    config.attributes["connection"] = connection
    before = current_revision(connection)
    adopted = False

    if before is None and has_any_table(connection):
        # An empty version table is the trace of a first revision that was killed half-way.
        began = "alembic_version" in inspect(connection).get_table_names()
        found = [each for each in differences(connection) if not (began and each.unfinished)]
        if found:
            raise SchemaRefused("This database is not revision 1 of Segue:", found)
        if not began:
            command.stamp(config, FIRST)
            adopted = True
    elif before is not None:
        _refuse_unknown(config, before)

    command.upgrade(config, "head")
    return Upgrade(before, newest_revision(), adopted)


def _refuse_unknown(config: Config, revision: str) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision not in known:
        raise SchemaRefused(f"The database has revision {revision}, which this Segue can't read")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "service:migrations")
    return config


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """Give a connection in a transaction, and keep other upgrades out."""
    with database.write_engine.connect() as connection:
        guard = _sqlite_guard if database.kind == "sqlite" else _mysql_guard
        with guard(connection):
            yield connection


@contextmanager
def _sqlite_guard(connection: Connection) -> Iterator[None]:
    # A table is changed by copying it and dropping the old one, which foreign keys would forbid;
    # the switch works outside transactions only. BEGIN IMMEDIATE keeps other upgrades out.
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - for the type checker
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            yield
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise SchemaRefused("Some interactions refer to a user or track that is not there")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


@contextmanager
def _mysql_guard(connection: Connection) -> Iterator[None]:
    name = (
        "segue:upgrade:" + hashlib.sha256(str(connection.engine.url.database).encode()).hexdigest()
    )
    lock = {"name": name[:60], "seconds": LOCK_SECONDS}
    if connection.scalar(text("SELECT GET_LOCK(:name, :seconds)"), lock) != 1:
        raise SchemaRefused("Another upgrade of this database is still running")
    try:
        yield
        connection.commit()
    finally:
        connection.rollback()
        connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": name[:60]})
