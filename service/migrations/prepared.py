"""A database that is ready to be written to by a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from service.errors import UNUSABLE, Failure

if TYPE_CHECKING:
    from service.database import Database
    from service.settings import Settings


@contextmanager
def ready_database(settings: "Settings") -> "Iterator[Database]":
    """Open the database of the settings for long work.

    One without any table gets them all, and so does the default one at an older revision; any
    other has to be upgraded by its owner, who may want a backup first.
    """
    from service.database import Database
    from service.migrations.adoption import has_any_table
    from service.migrations.upgrade import current_revision, newest_revision, upgrade

    database = Database(settings.url, batch=True)
    try:
        with database.engine.connect() as connection:
            newest = current_revision(connection) == newest_revision()
            fresh = not has_any_table(connection)
        if not newest and not fresh and settings.database_url:
            raise Failure(
                "The database is not at the newest revision. Run: segue db upgrade", code=UNUSABLE
            )
        if not newest:
            upgrade(database)
        yield database
    finally:
        database.dispose()
