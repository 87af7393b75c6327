"""``segue db``: the database's tables."""

import sys

import typer

from service.database import Database
from service.migrations.upgrade import upgrade as upgrade_database
from service.settings import get_settings

app = typer.Typer(
    help="Look after the database's tables.", no_args_is_help=True, add_completion=False
)


@app.callback()
def db() -> None:
    """Look after the database's tables."""


@app.command()
def upgrade() -> None:
    """Bring the database to the newest revision and keep its rows.

    An empty database gets all tables; one that has exactly the tables of revision 1 is adopted.
    Exits with 2 if the tables are anything else, after naming the differences.
    """
    database = Database(get_settings().url, batch=True)
    done = upgrade_database(database)
    database.dispose()

    if done.before == done.after:
        sys.stdout.write(f"The database is at revision {done.after} already\n")
    elif done.adopted:
        sys.stdout.write(f"The database was adopted and is now at revision {done.after}\n")
    else:
        sys.stdout.write(f"The database is now at revision {done.after}\n")
