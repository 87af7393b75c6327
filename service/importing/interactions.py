"""``segue import interactions``: a file of events or playlists -> rows of the interaction table."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from service.database import Database, Writer
from service.importing.interaction_rows import (
    InteractionParser,
    InteractionValues,
    interaction_header,
    is_playlist,
)
from service.importing.parsing import parsed
from service.importing.progress import Progress
from service.importing.records import read_header
from service.importing.report import Report
from service.importing.scratch import in_batches, scratch
from service.importing.source import Source
from service.importing.write_interactions import StagedInteraction, write_interactions

BATCH_ROWS = 4000
_SCHEMA = """
CREATE TABLE staged (
    user TEXT, track TEXT, action TEXT, at TEXT, line INTEGER, rating INTEGER, listened INTEGER,
    position INTEGER,
    UNIQUE (user, track, action, at)
)"""
_AT_ONCE = "SELECT *, 0 FROM staged ORDER BY user, track, action, at"
_IN_ORDER = """
SELECT *, row_number() OVER (PARTITION BY user ORDER BY position DESC NULLS FIRST, line DESC) - 1
FROM staged ORDER BY user, track, action, at"""
"""The last column tells how many tracks of its playlist come after a row: a playlist is taken for
one track a second that ends now, so that its order stays in the moments of its events."""


def import_interactions(
    database: Database, path: Path, *, progress: Progress, encoding: str = "utf-8"
) -> Report:
    """Import a file of interactions or playlists; raise `UnusableError` if it is none.

    Events go through a scratch database that hands them out by listener and track, so that what
    is stored already can be looked up a batch at a time.
    """
    report = Report()
    with scratch(_SCHEMA) as staged:
        with Source(path, encoding=encoding) as source:
            playlists = _stage(source, staged, report, progress)
        _write(database, staged, report, progress, _IN_ORDER if playlists else _AT_ONCE)
    return report


def _stage(source: Source, staged: sqlite3.Connection, report: Report, progress: Progress) -> bool:
    """Stage the events of a file and tell whether it holds playlists."""
    lines = source.lines()
    header = interaction_header(read_header(lines))
    report.unused_columns = list(header.unused)
    parser = InteractionParser(header, now=datetime.now(UTC))
    for line, event in parsed(source, lines, parser.parse, report, progress):
        if not _staged(staged, event, line):
            report.note("merged", "repeats an event of an earlier line", line)
    return is_playlist(header)


def _staged(staged: sqlite3.Connection, event: InteractionValues, line: int) -> bool:
    """Stage an event and tell whether its identity is new."""
    at = event.created_at.isoformat() if event.created_at else ""
    names = (event.user, event.track, event.action, at)
    added = staged.execute(
        "INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (*names, line, event.rating, event.listen_duration, event.position),
    )
    return added.rowcount == 1


def _write(
    database: Database,
    staged: sqlite3.Connection,
    report: Report,
    progress: Progress,
    query: str,
) -> None:
    writer = Writer(database, None)
    ((total,),) = staged.execute("SELECT count(*) FROM staged")
    rows, now = staged.execute(query), datetime.now(UTC).replace(tzinfo=None)
    with progress.task("Writing interactions", total) as advance:
        for batch in in_batches(rows, BATCH_ROWS):
            written = writer.run(write_interactions, _events(batch, now))
            for line in written.unknown_tracks:
                report.reject("the track is unknown", line)
            report.inserted += written.inserted
            report.updated += written.updated
            report.unchanged += written.unchanged
            report.users_created += written.users_created
            advance(len(batch))


def _events(rows: Sequence[tuple[Any, ...]], now: datetime) -> list[StagedInteraction]:
    """Return staged rows in the order of their lines, in which they get their ids."""
    return sorted(
        (
            StagedInteraction(
                line,
                user,
                track,
                action,
                datetime.fromisoformat(at) if at else None,
                now - timedelta(seconds=after),
                rating,
                heard,
            )
            for user, track, action, at, line, rating, heard, _position, after in rows
        ),
        key=lambda event: event.line,
    )
