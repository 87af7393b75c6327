"""Tracks by title and artist, for files that give no ids, or those of another catalogue."""

import re
import sqlite3
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from index.text import fold
from service.models import Track

SCHEMA = """
CREATE TABLE names (
    title TEXT, artist TEXT, rank INTEGER, track INTEGER,
    PRIMARY KEY (title, artist, rank, track)
) WITHOUT ROWID"""
ROWS_PER_BATCH = 10_000
_GUESTS = re.compile(r"\s*[,;&]\s*|\s+(?:feat|ft|featuring|with)\b\.?\s*", re.IGNORECASE)
"""What stands between the main artist and others; tried where no artist has the whole name."""
_WHOLE_CREDIT, _MAIN_ARTIST, _GUEST = range(3)


def name_key(text: str) -> str:
    """Return a title or artist as compared: without case, accents and repeated spaces."""
    return " ".join(fold(text).split())


class TrackNames:
    """The titles and artists of a catalogue, read when they are first asked for."""

    def __init__(self, scratch: sqlite3.Connection) -> None:
        self._scratch = scratch
        self._filled = False

    def find(self, session: Session, title: str, artist: str) -> int | None:
        """Return the id of the track; of several, one by the whole credit, then the oldest."""
        if not self._filled:
            self._fill(session)
        for name in dict.fromkeys([artist, artist.split(";")[0], _GUESTS.split(artist)[0]]):
            row = self._scratch.execute(
                "SELECT track FROM names WHERE title = ? AND artist = ? ORDER BY rank, track",
                (name_key(title), name_key(name)),
            ).fetchone()
            if row:
                return int(row[0])
        return None

    def _fill(self, session: Session) -> None:
        tracks = select(Track.id, Track.title, Track.artist).where(Track.title != "")
        with session.execute(tracks, execution_options={"yield_per": ROWS_PER_BATCH}) as rows:
            for part in rows.partitions():
                self._scratch.executemany(
                    "INSERT OR IGNORE INTO names VALUES (?, ?, ?, ?)",
                    (name for track in part for name in _names(*track)),
                )
        self._filled = True


def _names(track: int, title: str, artist: str) -> Iterator[tuple[str, str, int, int]]:
    main, *guests = artist.split(";")
    named = [(artist, _WHOLE_CREDIT), (main, _MAIN_ARTIST), *((guest, _GUEST) for guest in guests)]
    for name, rank in named:
        if key := name_key(name):
            yield name_key(title), key, rank, track
