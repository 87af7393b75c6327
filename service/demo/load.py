"""Write the demo into an empty database."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import numpy as np
from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from index.actions import ACTION_NAMES
from index.text import key
from service.database import Database
from service.demo.bursts import bursts
from service.demo.catalogue import DemoCatalogue, generate_catalogue
from service.demo.listeners import Events, Library, Listener, generate_listeners, history, joined
from service.demo.vacancy import is_empty
from service.importing import Advance, Progress
from service.indexing import request_rebuild
from service.models import Base, Interaction, Track, User

BATCH_ROWS = 5_000

_TRACKS = Base.metadata.tables[Track.__tablename__]
_USERS = Base.metadata.tables[User.__tablename__]
_EVENTS = Base.metadata.tables[Interaction.__tablename__]

Rows = list[dict[str, object]]


class Demo:
    """The whole demo in memory, made from a seed and the moment at which its year ends."""

    def __init__(
        self,
        *,
        now: datetime,
        progress: Progress,
        tracks: int,
        listeners: int,
        seed: int,
    ) -> None:
        self.now = now.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        self.catalogue: DemoCatalogue = generate_catalogue(tracks=tracks, seed=seed, now=self.now)
        rng = np.random.default_rng([seed, 1])
        names = random.Random(seed + 1)  # noqa: S311 - invents names, guards nothing
        self.listeners: list[Listener] = generate_listeners(rng, names, self.catalogue, listeners)
        self.events: Events = self._events(rng, progress)

    def _events(self, rng: np.random.Generator, progress: Progress) -> Events:
        library = Library(self.catalogue)
        today = (self.now - datetime.combine(self.now, datetime.min.time())).total_seconds()
        parts = bursts(rng, self.catalogue, self.listeners)
        with progress.task("Inventing listeners", len(self.listeners)) as advance:
            for position, listener in enumerate(self.listeners):
                parts.append(history(rng, library, listener, position=position, today=today))
                advance(1)
        return joined(parts)

    def user_rows(self) -> Rows:
        """Return the listeners as rows to insert."""
        rows: Rows = []
        for position, listener in enumerate(self.listeners, 1):
            email = f"{listener.username}@example.org"
            # Sessions are spread over whole days before the last: two more cover the first.
            since = timedelta(days=listener.joined_days_ago + 2)
            rows.append(
                {
                    "external_id": f"demo-listener-{position:05d}",
                    "username": listener.username,
                    "email": email,
                    "email_key": key(email),
                    "created_at": (self.now - since).replace(microsecond=0),
                }
            )
        return rows

    def event_rows(self, tracks: list[int], users: list[int]) -> Iterator[dict[str, object]]:
        """Yield the interactions as rows to insert, oldest first, given the ids of the others."""
        events = self.events
        columns = (
            events.listener.tolist(),
            events.track.tolist(),
            events.action.tolist(),
            events.seconds_ago.round().astype(np.int64).tolist(),
            events.rating.tolist(),
            events.listened.tolist(),
        )
        for listener, track, action, ago, rating, listened in zip(*columns, strict=True):
            yield {
                "user_id": users[listener],
                "track_id": tracks[track],
                "action": ACTION_NAMES[action],
                "created_at": self.now - timedelta(seconds=ago),
                "rating": rating or None,
                "listen_duration": None if listened < 0 else listened,
            }


def load_demo(database: Database, demo: Demo, progress: Progress) -> bool:
    """Write the demo in one transaction and ask for a rebuild; False if the database has rows."""
    users = demo.user_rows()
    total = len(demo.catalogue.rows) + len(users) + len(demo.events.track)
    with progress.task("Writing the demo", total) as advance, database.writing() as session:
        if not is_empty(session):
            return False
        _insert(session, _TRACKS, iter(demo.catalogue.rows), advance)
        _insert(session, _USERS, iter(users), advance)
        events = demo.event_rows(
            _ids(session, _TRACKS, demo.catalogue.rows), _ids(session, _USERS, users)
        )
        _insert(session, _EVENTS, events, advance)
        request_rebuild(session, "demo")
    return True


def _insert(
    session: Session, table: Table, rows: Iterator[dict[str, object]], advance: Advance
) -> None:
    while some := list(islice(rows, BATCH_ROWS)):
        session.execute(insert(table), some)
        advance(len(some))


def _ids(session: Session, table: Table, rows: Rows) -> list[int]:
    """Return the ids of rows that were just inserted, in their order."""
    names = select(table.c.external_id, table.c.id)
    found = {str(name): int(row) for name, row in session.execute(names)}
    return [found[str(row["external_id"])] for row in rows]
