"""Facts that a database keeps about itself: its UUID, and the last generation number it gave.

The UUID is remembered beside the generations too, so that a worker which starts while its database
is away knows which generation is that database's.
"""

import hashlib
import os
import uuid
from pathlib import Path

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import DBAPIError

from service.database import Database, is_unavailable
from service.models import Meta

UUID_NAME = "database_uuid"
GENERATION_NAME = "generation"


class NoIdentity(Exception):
    """The database has no UUID: it was never upgraded."""

    def __init__(self) -> None:
        super().__init__("The database lacks Segue's tables. Run: segue db upgrade")


def database_uuid(connection: Connection) -> str:
    """Return the UUID by which generations name their database."""
    try:
        found = connection.scalar(select(Meta.value).where(Meta.name == UUID_NAME))
    except DBAPIError as error:
        if is_unavailable(error):
            raise
        raise NoIdentity from error  # there is no such table
    if found is None:
        raise NoIdentity
    return found


def remember_uuid(database: Database, data_dir: Path, found: str) -> None:
    """Note which UUID was found behind a database's URL."""
    path = _memory(database, data_dir)
    if remembered_uuid(database, data_dir) == found:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    aside.write_text(found)
    aside.replace(path)


def remembered_uuid(database: Database, data_dir: Path) -> str | None:
    """Return the UUID that was last found behind a database's URL, if any ever was."""
    try:
        text = _memory(database, data_dir).read_text()
        return str(uuid.UUID(text))
    except (FileNotFoundError, ValueError):
        return None


def _memory(database: Database, data_dir: Path) -> Path:
    place = database.url.render_as_string(hide_password=True)
    return data_dir / "databases" / hashlib.sha256(place.encode()).hexdigest()[:16]


def next_generation(database: Database, *, above: int) -> int:
    """Take a generation number that nobody else ever gets: the fence around publishing.

    A leader that was stopped for a while holds a lower number than its successor, and a store
    refuses it. ``above`` is the highest number in the store, which may come from another database.
    """
    with database.write_engine.begin() as connection:
        stored = connection.scalar(
            select(Meta.value).where(Meta.name == GENERATION_NAME).with_for_update()
        )
        number = max(int(stored or 0), above) + 1
        if stored is None:
            connection.execute(insert(Meta).values(name=GENERATION_NAME, value=str(number)))
        else:
            connection.execute(
                update(Meta).where(Meta.name == GENERATION_NAME).values(value=str(number))
            )
    return number
