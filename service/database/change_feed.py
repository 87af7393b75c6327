"""The change feed: every committed change of the API is applied once, in any order of commit.

Ids are taken before a transaction commits, so they may appear out of order. A reader therefore
keeps the *gaps* below the highest id that it has seen, and asks for them again until they appear
or 60 s have passed (the transaction was rolled back, or its time-outs have ended it).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal, get_args

import orjson
from sqlalchemy import Connection, Row, Table, delete, func, insert, select
from sqlalchemy.orm import Session

from index.catalogue import Watermark
from service.database.batches import portions
from service.models import Base, Change

Kind = Literal["track", "user", "interaction", "taste"]

GAP_SECONDS = 60.0
"""For how long an id that has not appeared is asked for."""
MAX_GAPS = 100_000
"""More ids than this are never in flight: a wider gap is a jump of the counter."""
ENTRIES_PER_READ = 2_000
IDS_PER_ENTRY = 5_000
"""Keeps the JSON list well below the 65,535 bytes of a MySQL TEXT."""
_CHANGES: Table = Base.metadata.tables[Change.__tablename__]
_RECORD = insert(_CHANGES)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a reader has read: all ids up to ``high``, except the gaps."""

    high: int
    gaps: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))
    """Id -> when it was first missed, in seconds of the reader's clock."""

    @classmethod
    def after(cls, watermark: Watermark, *, now: float) -> "Cursor":
        """Start where a generation stands."""
        return cls(watermark.high, dict.fromkeys(watermark.missing, now))

    def has_read(self, entry: int) -> bool:
        """Tell whether an entry was read."""
        return entry <= self.high and entry not in self.gaps

    def having_read(self, entry: int, *, now: float) -> "Cursor":
        """Return the cursor after an entry that reached its reader on another way.

        What lies between is missing until it is read, and no gap is given up here: only a read
        that has asked for one may do that.
        """
        gaps = dict(self.gaps)
        gaps.pop(entry, None)
        gaps.update(dict.fromkeys(range(self.high + 1, entry), now))
        return Cursor(max(self.high, entry), gaps)


@dataclass(frozen=True, slots=True)
class Entries:
    """What some entries of the feed name: ids by kind, and how many entries they were."""

    tracks: frozenset[int]
    users: frozenset[int]
    interactions: frozenset[int]
    count: int
    more: bool
    """Whether further entries were left for the next read."""
    tastes: frozenset[int] = frozenset()
    """Listeners who said something of their own taste."""


def record_change(session: Session, kind: Kind, ids: Sequence[int]) -> list[int]:
    """Tell the readers, with this transaction's commit, that rows were added, changed or removed.

    Call it after the statements that change the rows. Returns the ids of the entries.
    """
    entries: list[int] = []
    for start in range(0, len(ids), IDS_PER_ENTRY):
        listed = orjson.dumps(list(ids[start : start + IDS_PER_ENTRY])).decode()
        result = session.connection().execute(_RECORD, {"kind": kind, "ids": listed})
        entries.extend(result.inserted_primary_key or ())
    return entries


def read_changes(
    connection: Connection,
    cursor: Cursor,
    claimed: Collection[int] = frozenset(),
    *,
    now: float,
) -> tuple[Entries, Cursor]:
    """Read the entries that have appeared since ``cursor``, and where to go on.

    Parameters
    ----------
    claimed
        Entries that are passed over, as if they had not appeared yet.
    now
        Seconds of the clock that the gaps of ``cursor`` were noted by.
    """
    wanted = (Change.id, Change.kind, Change.ids)
    newer = connection.execute(
        select(*wanted).where(Change.id > cursor.high).order_by(Change.id).limit(ENTRIES_PER_READ)
    ).all()
    late = [
        row
        for some in portions(sorted(cursor.gaps))
        for row in connection.execute(select(*wanted).where(Change.id.in_(some)))
    ]

    more = len(newer) == ENTRIES_PER_READ
    if claimed:
        newer = [row for row in newer if row.id not in claimed]
        late = [row for row in late if row.id not in claimed]
    moved = _advance(cursor, [row.id for row in newer], [row.id for row in late], now)
    return _entries([*newer, *late], more=more), moved


def read_watermark(connection: Connection) -> Watermark:
    """Read where the change feed stands in the connection's consistent snapshot."""
    high = connection.scalar(select(func.max(Change.id)))
    if high is None:
        return Watermark(0)

    # The clock of the database, which also wrote created_at.
    cutoff = _database_now(connection) - timedelta(seconds=GAP_SECONDS)
    settled = connection.scalar(select(func.max(Change.id)).where(Change.created_at < cutoff)) or 0
    lowest = max(settled, high - MAX_GAPS)
    seen = set(connection.scalars(select(Change.id).where(Change.id > lowest)))
    return Watermark(high, tuple(i for i in range(lowest + 1, high) if i not in seen))


def prune_changes(connection: Connection, watermarks: Iterable[Watermark]) -> int:
    """Delete the entries that no kept generation needs any more; return how many.

    The newest settled entry stays: it tells later watermarks where gaps can begin.
    """
    needed = min((min((w.high, *(i - 1 for i in w.missing))) for w in watermarks), default=0)
    cutoff = _database_now(connection) - timedelta(seconds=2 * GAP_SECONDS)
    settled = connection.scalar(select(func.max(Change.id)).where(Change.created_at < cutoff)) or 0
    end = min(needed + 1, settled)
    return connection.execute(delete(Change).where(Change.id < end)).rowcount


def _advance(cursor: Cursor, newer: list[int], late: list[int], now: float) -> Cursor:
    gaps = {i: missed for i, missed in cursor.gaps.items() if missed + GAP_SECONDS >= now}
    for found in late:
        gaps.pop(found, None)

    high = newer[-1] if newer else cursor.high
    if high - cursor.high > len(newer):
        first = max(cursor.high + 1, high - MAX_GAPS)
        gaps.update(dict.fromkeys(set(range(first, high)).difference(newer), now))
    return Cursor(high, gaps)


def _entries(rows: Sequence[Row[int, str, str]], *, more: bool) -> Entries:
    ids: dict[str, set[int]] = {kind: set() for kind in get_args(Kind)}
    for row in rows:
        ids[row.kind].update(orjson.loads(row.ids))
    return Entries(
        tracks=frozenset(ids["track"]),
        users=frozenset(ids["user"]),
        interactions=frozenset(ids["interaction"]),
        count=len(rows),
        more=more,
        tastes=frozenset(ids["taste"]),
    )


def _database_now(connection: Connection) -> datetime:
    return connection.execute(select(func.now())).scalar_one()
