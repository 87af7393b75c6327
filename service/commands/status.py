"""``segue status``: how the database, the index and the indexer are."""

import time

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from index.generations import GenerationStore
from service.database import Database, is_unavailable
from service.errors import FAILED
from service.indexing import Condition, database_uuid, read_condition, remembered_uuid
from service.migrations.upgrade import current_revision
from service.models import Interaction, Track, User
from service.settings import Settings, get_settings

Rows = list[tuple[str, str]]


def status() -> None:
    """Show how the database, the index and the indexer are. Exits with 1 if something is wrong."""
    settings = get_settings()
    database = Database(settings.url)
    rows, faults = _describe(database, settings)
    database.dispose()

    table = Table(box=None, show_header=False)
    for name, value in rows:
        table.add_row(name, value)
    console = Console(highlight=False, markup=False)
    console.print(table)
    for fault in faults:
        console.print(fault)
    if faults:
        raise typer.Exit(FAILED)


def _describe(database: Database, settings: Settings) -> tuple[Rows, list[str]]:

    try:
        return _with_database(database, settings)
    except SQLAlchemyError as error:
        if not is_unavailable(error):
            raise
        rows, faults = _generation(settings, remembered_uuid(database, settings.data_dir))
        return [("Database", "away"), *rows], ["The database cannot be reached.", *faults]


def _with_database(database: Database, settings: Settings) -> tuple[Rows, list[str]]:

    with database.engine.connect() as connection:
        uuid = database_uuid(connection)
        rows = [("Database", f"{database.kind}, revision {current_revision(connection)}")]
        for table in (Track, User, Interaction):
            count = connection.execute(select(func.count()).select_from(table)).scalar_one()
            rows.append((str(table.__tablename__).capitalize(), f"{count:,}"))
        condition = read_condition(connection, settings.data_dir)

    index_rows, index_faults = _generation(settings, uuid)
    indexer_rows, indexer_faults = _indexer(condition)
    return rows + index_rows + indexer_rows, index_faults + indexer_faults


def _generation(settings: Settings, uuid: str | None) -> tuple[Rows, list[str]]:

    store = GenerationStore(settings.generations_dir)
    manifest = next((each for each in store.manifests() if each.database == uuid), None)
    if manifest is None:
        return [("Generation", "none")], ["There is no index of this database yet."]
    rows = [
        ("Generation", str(manifest.generation)),
        ("Age", f"{max(0.0, time.time() - manifest.built_at):,.0f} s"),
        ("Size", f"{manifest.size_bytes:,} bytes"),
    ]
    return rows, []


def _indexer(condition: Condition) -> tuple[Rows, list[str]]:
    queue = f"{condition.queued} queued, {condition.running} running"
    rows = [
        ("Indexer", "running" if condition.indexer_alive else "not running"),
        ("Rebuilds", f"{queue}, {condition.done} done, {condition.failed} failed"),
    ]
    faults = [] if condition.indexer_alive else ["No indexer is running."]
    if condition.last_error:
        faults.append(f"The last rebuild failed: {condition.last_error}")
    return rows, faults
