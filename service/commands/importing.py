"""``segue import``: tracks and interactions from CSV files."""

import sys
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import orjson
import typer

from service.commands.paths import given_path
from service.errors import FAILED, UNUSABLE, Failure
from service.importing import Progress, Report, UnusableError, import_interactions, import_tracks
from service.indexing import request_rebuild
from service.migrations.prepared import ready_database
from service.settings import get_settings

app = typer.Typer(
    help="Import tracks or interactions from a CSV file.",
    no_args_is_help=True,
    add_completion=False,
)


class Encoding(StrEnum):
    """How the bytes of a file stand for text."""

    UTF8 = "utf-8"
    LATIN1 = "latin-1"
    WINDOWS = "cp1252"


File = Annotated[
    Path,
    typer.Argument(help="A CSV file, gzipped or not; histories may be JSON.", callback=given_path),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 if a row was rejected.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write the report as JSON.")]
DefaultListener = Annotated[
    str, typer.Option(help="The listener of a history that names none.", metavar="EXTERNAL_ID")
]
InEncoding = Annotated[
    Encoding, typer.Option(help="The encoding of the file; UTF-16 is recognised.")
]


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
    speechiness, liveness, mode, time_signature, explicit, popularity, release_date, duration_ms)
    and the usual names of public track lists and of Exportify (track_id, Track URI, track_name,
    artists, Artist Name(s), album_name, track_genre). A semicolon separates artists and
    genres. Rows of one external id become one track; without one, title, artist and album tell.
    A cell that cannot be read is left out and reported. Commas, semicolons, tabs or bars may
    separate columns, and numbers may have decimal commas.

    Exits with 0 when the file was read to its end, with 2 when it is unusable or breaks off, and
    with 1 when nothing of it could be imported, or with --strict when a row was rejected.
    """
    _run(import_tracks, file, strict=strict, as_json=as_json, encoding=encoding)


@app.command()
def interactions(
    file: File,
    strict: Strict = False,
    as_json: AsJson = False,
    encoding: InEncoding = Encoding.UTF8,
    user: DefaultListener = "me",
) -> None:
    """Import interactions, plays or playlists; running it again changes nothing.

    Reads user, track (external ids) and action, and where they are created_at, rating and
    listen_duration. A file with playlist_id and track_id becomes one listener per playlist who
    has added its tracks. The streaming history that Spotify exports as JSON is read as it is:
    episodes and audiobooks are passed over. A track without a known id is found by title and
    artist. Unknown listeners are created; rows of unknown tracks are rejected. Plays of a track
    within five seconds are one.

    Exits with 0 when the file was read to its end, with 2 when it is unusable or breaks off, and
    with 1 when nothing of it could be imported, or with --strict when a row was rejected.
    """
    _run(
        partial(import_interactions, default_listener=user),
        file,
        strict=strict,
        as_json=as_json,
        encoding=encoding,
    )


def _run(
    import_file: Callable[..., Report],
    file: Path,
    *,
    strict: bool,
    as_json: bool,
    encoding: Encoding,
) -> None:

    with ready_database(get_settings()) as database:
        try:
            report = import_file(database, file, progress=Progress(), encoding=encoding.value)
        except UnusableError as reason:
            raise Failure(f"{_shown(file)}: {reason}", code=UNUSABLE) from reason
        if report.stored:
            with database.writing() as session:
                request_rebuild(session, "import")

    if as_json:
        sys.stdout.write(orjson.dumps(report.as_dict(), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        outcome = "Asked for a rebuild of the index" if report.stored else "Nothing was imported"
        sys.stdout.write(f"{report.text()}\n{outcome}\n")
    if report.cut_short:
        raise typer.Exit(UNUSABLE)
    if (report.read and not report.stored) or (strict and report.rejected):
        raise typer.Exit(FAILED)


def _shown(file: Path) -> str:
    return str(file).encode(errors="replace").decode()
