"""The database: engine, transactions, circuit breaker, change feed and bulk reads."""

from service.database.batches import portions
from service.database.bulk_read import Part, Selection, read_bulk
from service.database.causes import LASTING, cause_of
from service.database.change_feed import (
    Cursor,
    Entries,
    prune_changes,
    read_changes,
    read_watermark,
    record_change,
)
from service.database.circuit_breaker import CircuitBreaker, State
from service.database.engine import CONNECTIONS, Database, is_unavailable, normalise_url
from service.database.transactions import WRITE_SECONDS, Writer

__all__ = [
    "CONNECTIONS",
    "LASTING",
    "WRITE_SECONDS",
    "CircuitBreaker",
    "Cursor",
    "Database",
    "Entries",
    "Part",
    "Selection",
    "State",
    "Writer",
    "cause_of",
    "is_unavailable",
    "normalise_url",
    "portions",
    "prune_changes",
    "read_bulk",
    "read_changes",
    "read_watermark",
    "record_change",
]
