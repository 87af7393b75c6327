"""``segue import tracks``: a file of tracks -> rows of the track table."""

import sqlite3
from pathlib import Path

import orjson

from service.database import Database, Writer
from service.importing.columns import TRACK_COLUMNS, match_header
from service.importing.parsing import parsed
from service.importing.progress import Progress
from service.importing.records import read_table
from service.importing.report import Report
from service.importing.scratch import in_batches, scratch
from service.importing.source import Source, UnusableError
from service.importing.track_rows import (
    TrackParser,
    TrackValues,
    identity,
    missing_names,
    with_further,
)
from service.importing.write_tracks import write_tracks

BATCH_ROWS = 4000
_SCHEMA = "CREATE TABLE staged (identity TEXT UNIQUE, line INTEGER, track BLOB)"


def import_tracks(
    database: Database, path: Path, *, progress: Progress, encoding: str = "utf-8"
) -> Report:
    """Import a file of tracks; raise `UnusableError` if it is none.

    The file is read once, its rows are checked and gathered by identity in a scratch database, and
    then written in transactions of `BATCH_ROWS`.
    """
    report = Report()
    with scratch(_SCHEMA) as staged:
        with Source(path, encoding=encoding) as source:
            _stage(source, staged, report, progress)
        _write(database, staged, report, progress)
    return report


def _stage(source: Source, staged: sqlite3.Connection, report: Report, progress: Progress) -> None:
    if source.is_json():
        raise UnusableError("this is JSON, not a CSV file: tracks are read from CSV")
    table = read_table(source.lines())
    header = match_header(table.columns, TRACK_COLUMNS, needed=("title", "artist"))
    report.unused_columns = list(header.unused)
    parser = TrackParser(header)
    for line, row in parsed(source, table, parser.parse, report, progress):
        for problem in row.problems:
            report.note("incomplete", problem, line)
        if row.contradiction:
            report.note("contradictory", row.contradiction, line)
        _gather(staged, row.values, line, report)


def _gather(staged: sqlite3.Connection, track: TrackValues, line: int, report: Report) -> None:
    """Stage the first row of an identity; let further ones add what it lacks."""
    name = identity(track)
    added = staged.execute(
        "INSERT INTO staged VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (name, line, orjson.dumps(track)),
    )
    if added.rowcount:
        return
    ((stored,),) = staged.execute("SELECT track FROM staged WHERE identity = ?", (name,))
    known: TrackValues = orjson.loads(stored)
    genres = with_further(known.get("genres", []), track.get("genres", []))
    together = track | known | ({"genres": genres} if genres else {})
    differing = [name for name in track if name != "genres" and track[name] != together[name]]
    if differing:
        told = ", ".join(differing)
        report.note("contradictory", f"{told}: not as on an earlier line, which counts", line)
    report.note("merged", _merge_reason(known, together, differing=bool(differing)), line)
    if together != known:
        staged.execute(
            "UPDATE staged SET track = ? WHERE identity = ?", (orjson.dumps(together), name)
        )


def _merge_reason(known: TrackValues, together: TrackValues, *, differing: bool) -> str:
    if together == known and differing:
        return "contradicts a track of an earlier line"
    if together == known:
        return "says nothing new about a track of an earlier line"
    if together.get("genres") != known.get("genres"):
        return "adds a genre to a track of an earlier line"
    return "completes a track of an earlier line"


def _write(
    database: Database, staged: sqlite3.Connection, report: Report, progress: Progress
) -> None:
    writer = Writer(database, None)
    ((total,),) = staged.execute("SELECT count(*) FROM staged")
    rows = staged.execute("SELECT line, track FROM staged ORDER BY rowid")
    with progress.task("Writing tracks", total) as advance:
        for batch in in_batches(rows, BATCH_ROWS):
            tracks: list[TrackValues] = [orjson.loads(stored) for _line, stored in batch]
            for track, (line, _stored) in zip(tracks, batch, strict=True):
                if reason := missing_names(track):
                    report.note("incomplete", reason, line)
            written = writer.run(write_tracks, tracks)
            report.inserted += written.inserted
            report.updated += written.updated
            report.unchanged += len(tracks) - written.inserted - written.updated
            advance(len(batch))
