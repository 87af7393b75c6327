"""What the database knows about rebuilds and who makes them; for health, metrics and status."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from service.indexing.leader import is_led
from service.indexing.rebuild_queue import DONE, FAILED, QUEUED, RUNNING
from service.models import Rebuild


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of the rebuilds of one database."""

    indexer_alive: bool
    queued: int
    running: int
    done: int
    failed: int
    last_error: str | None
    """Why the newest rebuild failed, if it did."""


def read_condition(connection: Connection, data_dir: Path) -> Condition:
    """Read the condition; cheap enough for every few seconds."""
    by_state = select(Rebuild.state, func.count()).group_by(Rebuild.state)
    counts = {row[0]: row[1] for row in connection.execute(by_state)}
    newest = select(Rebuild.error).where(Rebuild.state.in_([DONE, FAILED]))
    return Condition(
        indexer_alive=is_led(connection, data_dir),
        queued=counts.get(QUEUED, 0),
        running=counts.get(RUNNING, 0),
        done=counts.get(DONE, 0),
        failed=counts.get(FAILED, 0),
        last_error=connection.scalar(newest.order_by(Rebuild.id.desc()).limit(1)),
    )
