"""A newcomer's machine is set up, or told in one sentence what it lacks."""

import os
import subprocess
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from service.database import Database
from service.settings import Settings
from tests.support import provision
from tests.support.mysql import MysqlServer, mysql_server

ROOT = Path(__file__).parent.parent


def _program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def _set_up(python: Path) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "deploy" / "environment.sh"), "requirements.lock"]
    environment = {**os.environ, "PYTHON": str(python)}
    folder = python.parent
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)


def test_an_old_python_is_refused_in_one_sentence(tmp_path: Path) -> None:
    old = _program(tmp_path / "python3", '[ "$1" = --version ] && echo Python 3.9.2 || exit 1')
    done = _set_up(old)
    assert done.returncode == 1
    assert done.stderr.startswith("Segue needs Python 3.11 or newer and found Python 3.9.2:")
    assert done.stderr.count("\n") == 1


def test_a_missing_venv_module_is_named_with_its_package(tmp_path: Path) -> None:
    bare = _program(tmp_path / "python3", 'case "$2" in *venv*) exit 1;; *) exit 0;; esac')
    done = _set_up(bare)
    assert done.returncode == 1
    assert "sudo apt-get install python3-venv" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing is installed and nothing may be."""
    for name in ("TEST_MYSQL_URL", "TEST_CHROMIUM", "SEGUE_TEST_INSTALL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(provision, "SYSTEM_FOLDERS", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("bare_machine")
def test_missing_servers_are_named_in_one_sentence_with_the_command_to_run() -> None:
    for require in (provision.require_mysql, provision.require_chromium):
        with pytest.raises(provision.ProgramMissing, match=r"run `sudo apt-get install") as missing:
            require()
        assert "\n" not in str(missing.value)


def test_an_installed_server_comes_before_docker(bare_machine: Path) -> None:
    _program(bare_machine / "docker", "exit 0")
    assert provision.require_mysql() is None
    server = _program(bare_machine / "mariadbd", "exit 0")
    assert provision.require_mysql() == str(server)


def test_packages_are_installed_only_as_root_and_unless_forbidden(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert not provision.may_install()
    _program(bare_machine / "apt-get", "exit 0")
    assert provision.may_install()
    monkeypatch.setenv("SEGUE_TEST_INSTALL", "0")
    assert not provision.may_install()
    monkeypatch.delenv("SEGUE_TEST_INSTALL")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert not provision.may_install()


def test_a_given_server_is_used_and_only_test_databases_are_touched(
    mysql: MysqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = mysql.url.set(drivername="mysql", database="precious")
    monkeypatch.setenv("TEST_MYSQL_URL", address.render_as_string(hide_password=False))
    with mysql_server() as given:
        url = given.create_database()
        assert "/segue_test_" in url
        given.drop_database(url)
        with pytest.raises(ValueError, match="not a test database"):
            given.drop_database(address.render_as_string())


def test_every_test_gets_a_database_of_its_own(database: Database, settings: Settings) -> None:
    assert make_url(settings.url).database == database.engine.url.database
    with database.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM tracks").scalar_one()
    assert found == 0
