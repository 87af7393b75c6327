"""``segue import``: tracks and interactions from CSV files."""

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.paths import given_path
from service.errors import FAILED, UNUSABLE, Failure

if TYPE_CHECKING:
    from service.importing import Report

app = typer.Typer(help="Import tracks or interactions from a CSV file.", no_args_is_help=True)


class Encoding(StrEnum):
    """How the bytes of a file stand for text."""

    UTF8 = "utf-8"
    LATIN1 = "latin-1"
    WINDOWS = "cp1252"


File = Annotated[Path, typer.Argument(help="A CSV file, gzipped or not.", callback=given_path)]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 if a row was rejected.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write the report as JSON.")]
InEncoding = Annotated[Encoding, typer.Option(help="The encoding of the file.")]


@app.callback()
def importing() -> None:
    """Import tracks or interactions from a CSV file."""


@app.command()
def tracks(
    file: File,
    strict: Strict = False,
    as_json: AsJson = False,
    encoding: InEncoding = Encoding.UTF8,
) -> None:
    """Import tracks; running it again changes nothing.

    Reads Segue's own columns (title and artist are needed; external_id, album, genre, duration,
    tempo, key, energy, danceability, valence, acousticness, instrumentalness, loudness,
    speechiness, popularity, release_date) and the usual names of public track lists (track_id,
    track_name, artists, album_name, track_genre, duration_ms). A semicolon separates artists and
    genres. Rows of one external id become one track; without one, title, artist and album tell.

    Exits with 0 when the file was read to its end, with 2 when it is unusable or breaks off, and
    with --strict with 1 when a row was rejected.
    """
    from service.importing import import_tracks

    _run(import_tracks, file, strict=strict, as_json=as_json, encoding=encoding)


@app.command()
def interactions(
    file: File,
    strict: Strict = False,
    as_json: AsJson = False,
    encoding: InEncoding = Encoding.UTF8,
) -> None:
    """Import interactions or playlists; running it again changes nothing.

    Reads user, track (external ids) and action, and where they are created_at, rating and
    listen_duration. A file with playlist_id and track_id becomes one listener per playlist who
    has added its tracks. Unknown listeners are created; rows of unknown tracks are rejected.

    Exits with 0 when the file was read to its end, with 2 when it is unusable or breaks off, and
    with --strict with 1 when a row was rejected.
    """
    from service.importing import import_interactions

    _run(import_interactions, file, strict=strict, as_json=as_json, encoding=encoding)


def _run(
    import_file: "Callable[..., Report]",
    file: Path,
    *,
    strict: bool,
    as_json: bool,
    encoding: Encoding,
) -> None:
    import orjson

    from service.importing import Progress, UnusableError
    from service.indexing import request_rebuild
    from service.migrations.prepared import ready_database
    from service.settings import get_settings

    with ready_database(get_settings()) as database:
        try:
            report = import_file(database, file, progress=Progress(), encoding=encoding.value)
        except UnusableError as reason:
            raise Failure(f"{_shown(file)}: {reason}", code=UNUSABLE) from reason
        with database.writing() as session:
            request_rebuild(session, "import")

    if as_json:
        sys.stdout.write(orjson.dumps(report.as_dict(), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        sys.stdout.write(report.text() + "\nAsked for a rebuild of the index\n")
    if report.cut_short:
        raise typer.Exit(UNUSABLE)
    if strict and report.rejected:
        raise typer.Exit(FAILED)


def _shown(file: Path) -> str:
    return str(file).encode(errors="replace").decode()
