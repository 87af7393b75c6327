"""Private database servers, empty or with a generated catalogue."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.catalogue.generator import generate
from benchmarks.catalogue.insert import insert_catalogue
from service.database import Database
from tests.support.databases import mysql_template
from tests.support.mysql import OwnMysql, own_mysql
from tests.support.provision import require_mysql

DURABLE = (
    "--innodb-flush-log-at-trx-commit=1",
    "--skip-debug-no-sync",
    "--innodb-doublewrite=1",
)
"""As in production: acknowledged is synced. The server of the tests is quicker and forgetful."""


@contextmanager
def mysql_with_tables(*options: str) -> Iterator[tuple[OwnMysql, str]]:
    """Run a private database server; yield it and the URL of a database that has all tables."""
    program = require_mysql()
    if program is None:
        raise SystemExit("This needs MariaDB or MySQL on this machine.")
    with own_mysql(program, *options) as server:
        url = server.create_database()
        server.fill(url, mysql_template(server))
        yield server, url


@contextmanager
def mysql_with_catalogue(
    *options: str,
    tracks: int,
    users: int,
    interactions: int,
    seed: int,
    written: Callable[[int], object] = lambda _rows: None,
) -> Iterator[str]:
    """Run a private server with a generated catalogue; yield the URL of its database."""
    with mysql_with_tables(*options) as (_, url):
        database = Database(url, batch=True)
        catalogue = generate(tracks, users=users, interactions=interactions, seed=seed)
        insert_catalogue(database, catalogue, written)
        database.dispose()
        yield url
