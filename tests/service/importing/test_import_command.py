"""``segue import``: exit codes, reports, and the rebuild that it asks for."""

import gzip
import json
import os
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from service.cli import main
from service.commands.environment import THREADS
from service.commands.failure import as_failure
from service.database import Database
from service.errors import Unavailable
from service.models import Interaction, Rebuild, Track
from service.settings import Settings, get_settings
from tests.service.files import SHARED_DATA, tracks, written
from tests.support.processes import free_port

TRACKS_114K = SHARED_DATA / "spotify_tracks_114k.csv.gz"
PLAYLISTS = SHARED_DATA / "playlists_dev.csv.gz"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The command sets what libraries read at their import; give that back afterwards."""
    for name in THREADS:
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("NUMBA_CACHE_DIR", os.environ.get("NUMBA_CACHE_DIR") or str(tmp_path))


def segue(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def rebuilds(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Rebuild.reason).where(Rebuild.state == "queued")))


def test_an_import_reports_and_asks_for_a_rebuild(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    path = written(tmp_path, "track_id,title,artist,mood\n1,T,X,low\n1,T,X,low\n2,,X,low\n3,\n")
    result = segue("import", "tracks", path)

    assert (result.exit_code, result.stderr) == (0, "")
    assert [" ".join(line.split()) for line in result.stdout.splitlines()] == [
        "read 4",
        "inserted 2",
        "updated 0",
        "merged 1",
        "1 x says nothing new about a track of an earlier line (line 3)",
        "incomplete 1",
        "1 x no title (line 4)",
        "rejected 1",
        "1 x the number of fields differs from the header's (line 5)",
        "Columns not used: mood",
        "Asked for a rebuild of the index",
    ]
    assert rebuilds(database) == ["import"]


def test_rejects_fail_a_strict_import_only(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    broken = written(tmp_path, "title,artist,energy\n,X,1\nU,X,1\n")

    assert segue("import", "tracks", broken).exit_code == 0
    assert segue("import", "tracks", broken, "--strict").exit_code == 1
    whole = written(tmp_path, "title,artist,energy\nU,X,1\n")
    assert segue("import", "tracks", "--strict", whole).exit_code == 0


def test_an_unusable_file_is_one_line_and_exit_code_2(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    result = segue("import", "tracks", tmp_path / "none.csv")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == f"segue: {tmp_path / 'none.csv'}: there is no such file\n"
    assert rebuilds(database) == []


def test_a_file_that_breaks_off_is_exit_code_2_and_still_asks_for_a_rebuild(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    content = "title,artist\n" + "".join(f"{number * 7919},X\n" for number in range(5000))
    result = segue("import", "tracks", written(tmp_path, gzip.compress(content.encode())[:-500]))

    assert result.exit_code == 2
    assert "Not read to its end: the gzip file is truncated" in result.stdout
    assert len(tracks(database)) > 1000
    assert rebuilds(database) == ["import"]


def test_the_report_is_json_on_request(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    path = written(tmp_path, "title,artist,energy\nT,X,2\nU,X,1\n")
    report = json.loads(segue("import", "tracks", path, "--json").stdout)

    assert (report["read"], report["inserted"], report["incomplete"]) == (2, 2, 1)
    reason = "energy is out of range (0 to 1)"
    assert report["details"] == [{"kind": "incomplete", "reason": reason, "count": 1, "lines": [2]}]


def test_a_file_without_rows_is_a_success_that_asks_for_nothing(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    result = segue("import", "tracks", written(tmp_path, "title,artist\n"))

    assert (result.exit_code, rebuilds(database)) == (0, [])


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("tracks", "title,artist\n,X\n,Y\n"),
        ("interactions", "user,track,action\nann,nowhere,play\n"),
        ("interactions", '[{"ts": "2021-11-15T13:45:00Z", "ms_played": 9, "episode_name": "pod",'
         ' "master_metadata_track_name": null}]'),
    ],
)  # fmt: skip
def test_a_file_of_which_nothing_can_be_imported_is_exit_code_1_and_no_rebuild(
    settings: Settings, database: Database, tmp_path: Path, kind: str, content: str
) -> None:
    result = segue("import", kind, written(tmp_path, content))

    assert result.exit_code == 1
    assert result.stdout.endswith("Nothing was imported\n")
    assert rebuilds(database) == []


@pytest.mark.parametrize("arguments", [("import", "tracks", "file.csv"), ("demo",)])
def test_a_database_that_is_away_is_one_line_and_exit_code_1(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGUE_DATABASE_URL", f"mysql://nobody:secret@127.0.0.1:{free_port()}/none")
    monkeypatch.setenv("SEGUE_DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    result = segue(*arguments)
    get_settings.cache_clear()

    assert result.exit_code == 1
    assert result.stderr.startswith("segue: The database cannot be reached")
    assert result.stderr.count("\n") == 1
    assert "secret" not in result.stderr


def test_a_database_that_goes_away_during_an_import_is_no_traceback() -> None:
    failure = as_failure(Unavailable())

    assert failure is not None
    assert failure.code == 1


def test_an_empty_database_gets_its_tables(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGUE_DATABASE_URL", empty_database_url)
    monkeypatch.setenv("SEGUE_DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    result = segue("import", "tracks", written(tmp_path, "title,artist\nT,X\n"))
    get_settings.cache_clear()

    assert result.exit_code == 0
    assert [track.title for track in tracks(Database(empty_database_url))] == ["T"]


@pytest.mark.timeout(900)
@pytest.mark.skipif(not TRACKS_114K.exists(), reason="needs ../shared/data: real tracks, playlists")
@pytest.mark.parametrize(
    "database_kind", ["sqlite", pytest.param("mysql", marks=pytest.mark.harness)]
)  # on MySQL it takes minutes; what differs there is tested on small files
def test_the_public_114k_tracks_and_playlists_come_in_whole(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGUE_DATABASE_URL", database_url)
    monkeypatch.setenv("SEGUE_DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    report = json.loads(segue("import", "tracks", TRACKS_114K, "--json").stdout)
    playlists = json.loads(segue("import", "interactions", PLAYLISTS, "--json").stdout)
    get_settings.cache_clear()

    assert (report["read"], report["inserted"], report["rejected"]) == (114_000, 89_741, 0)
    assert (report["merged"], report["incomplete"]) == (114_000 - 89_741, 1)
    assert {one["reason"]: one["count"] for one in report["details"]} == {
        "adds a genre to a track of an earlier line": 23_809,
        "says nothing new about a track of an earlier line": 450,
        "popularity: not as on an earlier line, which counts": 853,
        "no title and no artist": 1,
    }
    assert report["unused_columns"] == []
    assert playlists["read"] == 42_155 == playlists["inserted"] + playlists["rejected"]

    database = Database(database_url)
    comedy = track(database, "5SuOikwiRyPMVoIQDJUgSV")
    assert (comedy.title, comedy.artist, comedy.key) == ("Comedy", "Gen Hoshino", "C#")
    assert comedy.genre == "acoustic"
    assert comedy.genres == "acoustic;j-pop;singer-songwriter;songwriter"
    assert (comedy.danceability, comedy.duration, comedy.popularity) == (0.676, 231, 73)
    assert (comedy.duration_ms, comedy.explicit, comedy.mode) == (230_666, False, 0)
    assert (comedy.time_signature, comedy.liveness) == (4, 0.358)
    nameless = track(database, "1kR4gIb7nGxHPI3D2ifs59")
    assert (nameless.title, nameless.artist, nameless.album) == ("", "", None)
    with database.reading() as session:
        known = select(func.count(), func.count(Track.genres), func.count(Track.tempo))
        in_all, of_several_genres, of_known_tempo = session.execute(known).one()
        added = session.scalar(select(func.count()).select_from(Interaction))
    database.dispose()
    assert (in_all, of_several_genres) == (89_741, 16_299)
    assert in_all - of_known_tempo == 157
    assert added == playlists["inserted"]


def track(database: Database, external_id: str) -> Track:
    with database.reading() as session:
        return session.scalars(select(Track).where(Track.external_id == external_id)).one()
