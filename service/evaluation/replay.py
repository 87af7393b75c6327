"""A history up to a cut, brought into a database of its own and served from there.

Everything goes the way that it goes in use: the importer reads the files, the rebuild builds and
publishes a generation, and lists come from the function that the API answers with.
"""

import csv
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from index.generations import GenerationStore
from index.kernels import warm_up
from index.listener import Profiles
from index.live import Delta, LiveIndex
from service.database import Database
from service.evaluation.reading import Histories
from service.importing import (
    InteractionValues,
    Progress,
    UnusableError,
    import_interactions,
    import_tracks,
)
from service.indexing import RebuildBar, database_uuid, run_rebuild
from service.migrations.prepared import ready_database
from service.models import Track, User
from service.recommendations import PersonalizedParameters, personalized
from service.settings import Settings

_PLAYLIST = ("playlist_id", "position", "track_id")
_EVENTS = ("user", "track", "action", "created_at", "rating", "listen_duration")
_NO_USER = 0


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """The index as it stood at the cut."""

    live: LiveIndex
    external_ids: list[str]
    """By row; empty where a track has none."""
    users: dict[str, int]
    """Name of a list -> its user's id."""
    profiles: Profiles
    now: float

    def ask(self, name: str, limit: int, **parameters: Any) -> NDArray[np.int64]:
        """Return the rows of what is served to a listener, best first; nothing to an unknown one.

        A list of which nothing is shown has no user yet.
        """
        user = self.users.get(name, _NO_USER)
        if user == _NO_USER:
            return np.empty(0, dtype=np.int64)
        wanted = PersonalizedParameters(user_id=user, limit=limit, **parameters)
        return personalized(self.live, self.profiles, wanted, self.now).ranked.rows


@contextmanager
def replayed(
    tracks: Path, histories: Histories, shown: Sequence[int], progress: Progress
) -> Iterator[Replay]:
    """Import the tracks and what each list shows, build, and yield what serves from it.

    Parameters
    ----------
    shown : how many items of each list are shown
    """
    with TemporaryDirectory(prefix="segue-evaluate-") as folder:
        settings = Settings(data_dir=Path(folder), database_url=f"sqlite:///{folder}/segue.db")
        with ready_database(settings) as database:
            report = import_tracks(database, tracks, progress=progress)
            if report.cut_short:
                raise UnusableError(report.cut_short)
            visible = Path(folder) / "visible.csv"
            _write_visible(visible, histories, shown)
            import_interactions(database, visible, progress=progress)
            yield _served(database, settings)


def _served(database: Database, settings: Settings) -> Replay:
    store, bar = GenerationStore(settings.generations_dir), RebuildBar()
    try:
        run_rebuild(database, store, settings, bar)
    finally:
        bar.close()
    with database.engine.connect() as connection:
        snapshot = store.open_latest(database_uuid(connection))
        tracks = connection.execute(select(Track.id, Track.external_id))
        by_id = {number: name or "" for number, name in tracks}
        named = connection.execute(select(User.external_id, User.id))
        users = {name: number for name, number in named if name is not None}
    if snapshot is None:
        raise RuntimeError("the generation that was just published cannot be opened")
    warm_up()
    return Replay(
        live=LiveIndex(snapshot, Delta.empty(snapshot)),
        external_ids=[by_id[track] for track in snapshot.track_ids.tolist()],
        users=users,
        profiles=Profiles(),
        now=time.time(),
    )


def _write_visible(path: Path, histories: Histories, shown: Sequence[int]) -> None:
    """Write what the lists show as a file that the importer reads."""
    parts = [
        (own.name, own.before(items)) for own, items in zip(histories.lists, shown, strict=True)
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(_PLAYLIST if histories.playlists else _EVENTS)
        if histories.playlists:
            for name, events in parts:
                out.writerows((name, at, event.track) for at, event in enumerate(events))
        else:
            later = _until_now([event for _name, events in parts for event in events])
            out.writerows(_event(event, later) for _name, events in parts for event in events)


def _event(event: InteractionValues, later: timedelta) -> tuple[Any, ...]:
    at = (event.created_at + later).isoformat() if event.created_at else None
    return event.user, event.track, event.action, at, event.rating, event.listen_duration


def _until_now(events: Sequence[InteractionValues]) -> timedelta:
    """Return by how much events are moved so that the last one is of now: taste fades with time."""
    moments = [event.created_at for event in events if event.created_at]
    if not moments:
        return timedelta()
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0) - max(moments)
