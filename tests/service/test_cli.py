"""The ``segue`` command: help, exit codes, and one clear line for what goes wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from index.store import GenerationStore
from service.settings import Settings
from tests.servers import segue_command, segue_environment

COMMANDS = ["serve", "indexer", "rebuild", "demo", "db upgrade", "import tracks", "status"]
SECONDS = 400


def segue(
    *arguments: str, data_dir: Path, database_url: str = "", **settings: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [segue_command(), *arguments],
        env=segue_environment(data_dir, database_url, settings),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def assert_failed(done: "subprocess.CompletedProcess[str]", code: int, said: str) -> None:
    assert done.returncode == code, done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("segue: ")
    assert said in line


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str, tmp_path: Path) -> None:
    done = segue(*command.split(), "--help", data_dir=tmp_path)
    assert done.returncode == 0
    assert "Usage: segue" in done.stdout


def test_help_imports_nothing_heavy() -> None:
    heavy = {"numba", "faiss", "sqlalchemy", "fastapi", "scipy", "uvicorn"}
    code = f"import sys, service.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_version_is_told(tmp_path: Path) -> None:
    assert segue("--version", data_dir=tmp_path).stdout.startswith("segue 0.")


def test_an_unusable_setting_is_named(tmp_path: Path) -> None:
    assert_failed(segue("status", data_dir=tmp_path, PORT="http"), 2, "PORT: ")


def test_an_unusable_database_url_is_refused_without_repeating_it(tmp_path: Path) -> None:
    done = segue("status", data_dir=tmp_path, database_url="oracle://me:secret@host/db")
    assert_failed(done, 2, "MySQL, MariaDB and SQLite")
    assert "secret" not in done.stderr


def test_a_database_without_tables_is_said_in_one_line(
    empty_database_url: str, tmp_path: Path
) -> None:
    for command in ("rebuild", "indexer", "status"):
        done = segue(command, data_dir=tmp_path, database_url=empty_database_url)
        assert_failed(done, 2, "Run: segue db upgrade")


def test_a_database_that_is_away_is_said_in_one_line(tmp_path: Path) -> None:
    done = segue("rebuild", data_dir=tmp_path, database_url="mysql://u:secret@127.0.0.1:9/x")
    assert_failed(done, 1, "The database cannot be reached")
    assert "secret" not in done.stderr


def test_upgrade_brings_the_tables_and_can_be_repeated(
    empty_database_url: str, tmp_path: Path
) -> None:
    first = segue("db", "upgrade", data_dir=tmp_path, database_url=empty_database_url)
    assert (first.returncode, first.stderr) == (0, "")
    assert "is now at revision" in first.stdout
    again = segue("db", "upgrade", data_dir=tmp_path, database_url=empty_database_url)
    assert "already" in again.stdout


def test_rebuild_publishes_a_generation_without_an_indexer(
    database_url: str, tmp_path: Path
) -> None:
    done = segue("rebuild", data_dir=tmp_path, database_url=database_url)
    assert (done.returncode, done.stdout) == (0, "Generation 1 is published\n")
    settings = Settings.model_validate({"data_dir": tmp_path})
    assert GenerationStore(settings.generations_dir).current() is not None


def test_status_tells_what_is_missing(database_url: str, tmp_path: Path) -> None:
    before = segue("status", data_dir=tmp_path, database_url=database_url)
    assert before.returncode == 1
    assert "There is no index of this database yet." in before.stdout
    assert "No indexer is running." in before.stdout

    segue("rebuild", data_dir=tmp_path, database_url=database_url)
    after = segue("status", data_dir=tmp_path, database_url=database_url)
    assert after.returncode == 1
    assert "There is no index" not in after.stdout
    assert "1 done" in after.stdout
