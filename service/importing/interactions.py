"""``segue import interactions``: a file of events, plays or playlists -> the interaction table."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from service.database import Database, Writer
from service.importing.interaction_rows import (
    DEFAULT_LISTENER,
    PLAY,
    SKIP,
    InteractionParser,
    InteractionValues,
    interaction_header,
    is_playlist,
)
from service.importing.json_records import read_json
from service.importing.parsing import parsed
from service.importing.progress import Progress
from service.importing.records import read_table
from service.importing.report import Report
from service.importing.scratch import in_batches, scratch
from service.importing.source import Source
from service.importing.track_names import SCHEMA as NAMES_SCHEMA
from service.importing.track_names import TrackNames, name_key
from service.importing.write_interactions import NEAR, StagedInteraction, write_interactions

BATCH_ROWS = 4000
_SCHEMA = """
CREATE TABLE staged (
    user TEXT, track TEXT, action TEXT, at TEXT, line INTEGER, rating INTEGER, listened INTEGER,
    position INTEGER, title TEXT, artist TEXT,
    UNIQUE (user, track, action, at)
)"""
_LINE, _LISTENED = 4, 6
"""Positions in a staged row."""
_AT_ONCE = "SELECT *, 0 FROM staged ORDER BY user, track, action, at"
_IN_ORDER = """
SELECT *, row_number() OVER (PARTITION BY user ORDER BY position DESC NULLS FIRST, line DESC) - 1
FROM staged ORDER BY user, track, action, at"""
"""The last column tells how many tracks of its playlist come after a row: a playlist is taken for
one track a second that ends now, so that its order stays in the moments of its events."""


def import_interactions(
    database: Database,
    path: Path,
    *,
    progress: Progress,
    encoding: str = "utf-8",
    default_listener: str = DEFAULT_LISTENER,
) -> Report:
    """Import a file of interactions, plays or playlists; raise `UnusableError` if it is none.

    Events go through a scratch database that hands them out by listener and track, so that what
    is stored already can be looked up a batch at a time.
    """
    report = Report()
    with scratch(_SCHEMA) as staged:
        with Source(path, encoding=encoding) as source:
            playlists = _stage(source, staged, report, progress, default_listener)
        _write(database, staged, report, progress, _IN_ORDER if playlists else _AT_ONCE)
    return report


def _stage(
    source: Source,
    staged: sqlite3.Connection,
    report: Report,
    progress: Progress,
    default_listener: str,
) -> bool:
    """Stage the events of a file and tell whether it holds playlists."""
    table = read_json(source.text()) if source.is_json() else read_table(source.lines())
    header = interaction_header(table.columns)
    report.unused_columns = list(header.unused)
    parser = InteractionParser(header, now=datetime.now(UTC), default_listener=default_listener)
    for line, event in parsed(source, table, parser.parse, report, progress):
        for problem in event.problems:
            report.note("incomplete", problem, line)
        if not _staged(staged, event, line):
            _merge(staged, event, line, report)
    return is_playlist(header)


def _identity(event: InteractionValues) -> tuple[str, str, str, str]:
    """Return listener, track, action and moment; without an id, the names tell the track."""
    at = event.created_at.isoformat() if event.created_at else ""
    names = f"\x1f{name_key(event.title)}\x1f{name_key(event.artist)}"
    return event.user, event.track or names, event.action, at


def _staged(staged: sqlite3.Connection, event: InteractionValues, line: int) -> bool:
    """Stage an event and tell whether its identity is new."""
    values = (event.rating, event.listen_duration, event.position, event.title, event.artist)
    added = staged.execute(
        "INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (*_identity(event), line, *values),
    )
    return added.rowcount == 1


def _merge(staged: sqlite3.Connection, event: InteractionValues, line: int, report: Report) -> None:
    """Let an event that is staged already gain what it lacks; report what contradicts it."""
    where = "WHERE user = ? AND track = ? AND action = ? AND at = ?"
    identity = _identity(event)
    (known,) = staged.execute(f"SELECT rating, listened FROM staged {where}", identity)  # noqa: S608
    said = {"rating": event.rating, "listen_duration": event.listen_duration}
    pairs = [(name, old, new) for (name, new), old in zip(said.items(), known, strict=True)]
    differing = [name for name, old, new in pairs if None not in (old, new) and old != new]
    if differing:
        told = ", ".join(differing)
        report.note("contradictory", f"{told}: not as on an earlier line, which counts", line)
    if any(old is None and new is not None for _name, old, new in pairs):
        report.note("merged", "completes an event of an earlier line", line)
        filled = [new if old is None else old for _name, old, new in pairs]
        staged.execute(f"UPDATE staged SET rating = ?, listened = ? {where}", (*filled, *identity))  # noqa: S608
    elif differing:
        report.note("merged", "contradicts an event of an earlier line", line)
    else:
        report.note("merged", "repeats an event of an earlier line", line)


def _write(
    database: Database,
    staged: sqlite3.Connection,
    report: Report,
    progress: Progress,
    query: str,
) -> None:
    writer = Writer(database, None)
    ((total,),) = staged.execute("SELECT count(*) FROM staged")
    now = datetime.now(UTC).replace(tzinfo=None)
    rows = _once(staged.execute(query), report)
    with progress.task("Writing interactions", total) as advance, scratch(NAMES_SCHEMA) as names:
        tracks = TrackNames(names)
        for batch in in_batches(rows, BATCH_ROWS):
            written = writer.run(write_interactions, _events(batch, now), tracks)
            for line in written.unknown_tracks:
                report.reject("the track is unknown", line)
            report.inserted += written.inserted
            report.updated += written.updated
            report.unchanged += written.unchanged
            report.users_created += written.users_created
            advance(len(batch))


def _once(rows: Iterable[tuple[Any, ...]], report: Report) -> Iterator[tuple[Any, ...]]:
    """Yield staged rows without the near repeats of a play or skip: see `NEAR`.

    The rows are sorted by listener, track, action and moment. Of repeats, the longest listening
    counts.
    """
    last: tuple[Any, ...] | None = None
    for row in rows:
        if last and _is_near(last, row):
            report.note("merged", "repeats a play of a few seconds before", row[_LINE])
            longest = max(last[_LISTENED] or 0, row[_LISTENED] or 0) or last[_LISTENED]
            last = (*last[:_LISTENED], longest, *last[_LISTENED + 1 :])
            continue
        if last:
            yield last
        last = row
    if last:
        yield last


def _is_near(row: tuple[Any, ...], later: tuple[Any, ...]) -> bool:
    *what, at = row[:_LINE]
    if [*what] != [*later[: _LINE - 1]] or what[2] not in (PLAY, SKIP) or not at:
        return False
    return datetime.fromisoformat(later[_LINE - 1]) - datetime.fromisoformat(at) <= NEAR


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
                title,
                artist,
            )
            for user, track, action, at, line, rating, heard, _pos, title, artist, after in rows
        ),
        key=lambda event: event.line,
    )
