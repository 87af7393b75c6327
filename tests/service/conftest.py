"""Fixtures of the service's tests."""

from collections.abc import Iterator

import pytest

from service.database import Database


@pytest.fixture
def embedded(migrated_sqlite_url: str) -> Iterator[Database]:
    """A new SQLite database, for what is decided before anything reaches SQL."""
    database = Database(migrated_sqlite_url)
    yield database
    database.dispose()
