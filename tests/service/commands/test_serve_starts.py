"""``segue serve`` before it serves: what it announces, and what it refuses in one sentence."""

import multiprocessing
import socket
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from service.commands.serve import check_connections
from service.commands.supervisor import announce, listen
from service.database import Database
from service.errors import Failure
from tests.support.servers import segue_command, segue_environment

DEADLINE = 300.0


def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        failed = _serve(tmp_path, {"PORT": str(port)})
    assert failed.returncode == 1
    last = failed.stderr.strip().splitlines()
    assert last == [f"segue: Cannot listen on 127.0.0.1, port {port}: address already in use"]


def test_port_zero_takes_a_free_port_and_says_which(capsys: pytest.CaptureFixture[str]) -> None:
    with (
        listen("127.0.0.1", 0) as listener,
        HTTPServer(listener.getsockname(), Ready, False) as web,
    ):
        web.socket.close()
        web.socket = listener
        thread = threading.Thread(target=web.handle_request)
        thread.start()
        announce(listener, workers=2, ready=multiprocessing.get_context("spawn").Semaphore(2))
        thread.join()
        port = listener.getsockname()[1]

    assert f"Segue is ready at http://127.0.0.1:{port}/\n" in capsys.readouterr().out


class Ready(BaseHTTPRequestHandler):
    """Says that it is ready."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


def test_a_database_at_an_older_revision_is_refused(
    migrated_mysql_url: str, tmp_path: Path
) -> None:
    database = Database(migrated_mysql_url)
    with database.write_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    database.dispose()

    failed = _serve(tmp_path, {"SEGUE_DATABASE_URL": migrated_mysql_url, "PORT": "0"})

    assert failed.returncode == 2
    assert "Run: segue db upgrade" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_workers_need_their_share_of_connections() -> None:
    check_connections(3, 151)
    with pytest.raises(Failure, match="4 workers need up to 126 connections"):
        check_connections(4, 151)


def _serve(data_dir: Path, settings: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [segue_command(), "serve"],
        env=segue_environment(data_dir, settings=settings),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
