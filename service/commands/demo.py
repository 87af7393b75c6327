"""``segue demo``: an invented catalogue with listeners, to look around in."""

import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from service.commands.environment import compiling
from service.errors import Failure
from service.settings import get_settings


def demo(
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Leave a database that has rows alone; exit with 0.")
    ] = False,
    tracks: Annotated[int, typer.Option(min=100, max=1_000_000, help="How many tracks.")] = 22_000,
    listeners: Annotated[int, typer.Option(min=1, max=100_000, help="How many listeners.")] = 1_200,
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="Another seed invents another catalogue.")
    ] = 1,
) -> None:
    """Fill an empty database with an invented catalogue and a year of listening.

    Everything follows from the seed, but for the dates, which end now. Asks for a rebuild at the
    end. Exits with 1 if the database has rows already, unless --if-empty is given.
    """
    settings = get_settings()
    if not settings.database_url and _has_tracks(settings.data_dir / "segue.db"):
        _refuse(if_empty)
        return

    sys.stdout.write(f"Inventing tracks and listeners{compiling()} ...\n")
    sys.stdout.flush()
    from service.demo import is_empty
    from service.migrations.prepared import ready_database

    with ready_database(settings) as database:
        with database.reading() as session:
            empty = is_empty(session)
        if not empty:
            _refuse(if_empty)
            return

        # Only now, since this takes a while: a second `make run` ends above.
        from service.demo import Demo, load_demo
        from service.importing import Progress

        progress = Progress()
        invented = Demo(
            now=datetime.now(UTC),
            progress=progress,
            tracks=tracks,
            listeners=listeners,
            seed=seed,
        )
        if not load_demo(database, invented, progress):
            _refuse(if_empty)
            return
    sys.stdout.write(
        f"Invented {len(invented.catalogue.rows):,} tracks, {len(invented.listeners):,} listeners "
        f"and {len(invented.events.track):,} interactions, and asked for a rebuild\n"
    )


def _has_tracks(path: Path) -> bool:
    """Glance into an SQLite file: a second `make run` need not wait for SQLAlchemy here."""
    if not path.exists():
        return False
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            return connection.execute("SELECT 1 FROM tracks LIMIT 1").fetchone() is not None
        except sqlite3.Error:
            return False


def _refuse(if_empty: bool) -> None:
    if not if_empty:
        raise Failure("The database has rows already: the demo goes into an empty one only")
    sys.stdout.write("The database has rows already: no demo is needed\n")
