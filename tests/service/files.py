"""Files for tests of imports, and what an import made of them."""

from pathlib import Path
from typing import Any

from sqlalchemy import select

from service.database import Database
from service.importing import Progress, Report, import_interactions, import_tracks
from service.models import Interaction, Track, User

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"


def written(folder: Path, content: str | bytes) -> Path:
    """Write a file and return its path."""
    path = folder / "file.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def load_tracks(database: Database, path: Path, **options: Any) -> Report:
    """Import a file of tracks."""
    return import_tracks(database, path, progress=Progress(), **options)


def load_interactions(database: Database, path: Path, **options: Any) -> Report:
    """Import a file of interactions."""
    return import_interactions(database, path, progress=Progress(), **options)


def counts(report: Report) -> dict[str, int]:
    """Return the counts of a report that are not 0, but for ``read``."""
    named = {
        "inserted": report.inserted,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "merged": report.count("merged"),
        "incomplete": report.count("incomplete"),
        "rejected": report.rejected,
    }
    return {name: count for name, count in named.items() if count}


def rejections(report: Report) -> dict[str, list[int]]:
    """Return the lines of each reason for rejecting."""
    return findings(report, "rejected")


def findings(report: Report, kind: str) -> dict[str, list[int]]:
    """Return the lines of each reason of one kind."""
    return {reason: one.lines for reason, one in report.findings[kind].items()}


def tracks(database: Database) -> list[Track]:
    """Return all tracks in the order of their ids."""
    with database.reading() as session:
        return list(session.scalars(select(Track).order_by(Track.id)))


def users(database: Database) -> list[User]:
    """Return all users in the order of their ids."""
    with database.reading() as session:
        return list(session.scalars(select(User).order_by(User.id)))


def interactions(database: Database) -> list[Interaction]:
    """Return all interactions in the order of their ids."""
    with database.reading() as session:
        return list(session.scalars(select(Interaction).order_by(Interaction.id)))
