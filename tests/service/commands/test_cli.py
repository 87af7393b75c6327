"""The ``segue`` command: help, exit codes, and one clear line for what goes wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from index.generations import GenerationStore
from service.cli import load, main
from service.commands import COMMANDS as PLACES
from service.commands.environment import THREADS
from service.settings import Settings, get_settings
from tests.support.servers import segue_command, segue_environment

COMMANDS = ["serve", "indexer", "rebuild", "demo", "db upgrade", "import tracks", "status"]
HEAVY = {"numba", "faiss", "sqlalchemy", "fastapi", "scipy", "uvicorn"}


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command sets what libraries read at their import; give that back afterwards."""
    for name in THREADS:
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("NUMBA_CACHE_DIR", os.environ.get("NUMBA_CACHE_DIR", ""))


def segue(*arguments: str, data_dir: Path, database_url: str = "", **settings: str) -> Result:
    """Run the command in this process: it starts no other, and leaves nothing behind."""
    environment = {"SEGUE_DATA_DIR": str(data_dir), "SEGUE_DATABASE_URL": database_url, **settings}
    get_settings.cache_clear()
    try:
        return CliRunner().invoke(main, arguments, env=environment)
    finally:
        get_settings.cache_clear()


def assert_failed(done: Result, code: int, said: str) -> None:
    assert done.exit_code == code, done.output
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("segue: ")
    assert said in line


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str, tmp_path: Path) -> None:
    done = segue(*command.split(), "--help", data_dir=tmp_path)
    assert done.exit_code == 0
    assert "Usage: segue" in done.stdout


def test_help_imports_nothing_heavy() -> None:
    code = f"import sys, service.cli; print(sorted({HEAVY} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_program_tells_its_version_and_fails_by_its_exit_code(tmp_path: Path) -> None:
    def program(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        environment = segue_environment(tmp_path, settings=settings)
        command = [segue_command(), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert program("--version").stdout.startswith("segue 0.")
    failed = program("status", PORT="http")
    assert failed.returncode == 2
    assert failed.stderr.startswith("segue: PORT: ")


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
    assert (first.exit_code, first.stderr) == (0, "")
    assert "is now at revision" in first.stdout
    again = segue("db", "upgrade", data_dir=tmp_path, database_url=empty_database_url)
    assert "already" in again.stdout


def test_rebuild_publishes_a_generation_without_an_indexer(
    database_url: str, tmp_path: Path
) -> None:
    done = segue("rebuild", data_dir=tmp_path, database_url=database_url)
    assert (done.exit_code, done.stdout) == (0, "Generation 1 is published\n")
    settings = Settings.model_validate({"data_dir": tmp_path})
    assert GenerationStore(settings.generations_dir).current() is not None


def test_status_tells_what_is_missing(database_url: str, tmp_path: Path) -> None:
    before = segue("status", data_dir=tmp_path, database_url=database_url)
    assert before.exit_code == 1
    assert "There is no index of this database yet." in before.stdout
    assert "No indexer is running." in before.stdout

    segue("rebuild", data_dir=tmp_path, database_url=database_url)
    after = segue("status", data_dir=tmp_path, database_url=database_url)
    assert after.exit_code == 1
    assert "There is no index" not in after.stdout
    assert "1 done" in after.stdout


def test_the_list_of_commands_says_what_the_commands_say_themselves() -> None:
    for name, place in PLACES.items():
        said = " ".join((load(name, place).help or "").split("\n\n")[0].split())
        assert place.help == said, name
