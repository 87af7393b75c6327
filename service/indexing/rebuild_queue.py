"""The queue of rebuilds: who wants one asks here, the leading indexer serves all at once."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.database import Database
from service.models import Rebuild

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
MAX_ERROR_LENGTH = 2_000


def request_rebuild(session: Session, reason: str) -> Rebuild:
    """Join the queued rebuild, or queue one.

    The row is locked until the caller commits, so that a build which takes it begins afterwards
    and holds everything that was committed before this request.
    """
    queued = session.scalar(
        select(Rebuild)
        .where(Rebuild.state == QUEUED)
        .order_by(Rebuild.id)
        .limit(1)
        .with_for_update()
    )
    if queued is not None:
        return queued

    request = Rebuild(state=QUEUED, reason=reason, requested_at=_now())
    session.add(request)
    session.flush()
    return request


def take_requests(database: Database) -> list[int]:
    """Mark all waiting rebuilds as running and return their ids. For the holder of the lock only.

    It is alone, so a rebuild that still claims to run was left behind by a dead indexer: it is
    taken again.
    """
    waiting = select(Rebuild.id).where(Rebuild.state.in_([QUEUED, RUNNING])).order_by(Rebuild.id)
    with database.reading() as session:
        if not session.scalars(waiting).first():
            return []

    with database.writing() as session:
        ids = list(session.scalars(waiting.with_for_update()))
        session.execute(
            update(Rebuild)
            .where(Rebuild.id.in_(ids))
            .values(state=RUNNING, started_at=_now(), finished_at=None, error=None)
        )
    return ids


def finish_requests(
    database: Database, ids: Sequence[int], *, generation: int | None, error: str | None = None
) -> None:
    """Note what became of rebuilds: the generation that they gave, or why they failed."""
    with database.writing() as session:
        session.execute(
            update(Rebuild)
            .where(Rebuild.id.in_(ids))
            .values(
                state=FAILED if error else DONE,
                finished_at=_now(),
                generation=generation,
                error=error[:MAX_ERROR_LENGTH] if error else None,
            )
        )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
