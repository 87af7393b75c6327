"""``make run``, the first thing a newcomer does, from nothing to recommendations."""

import os
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2
import psutil
import pytest

from tests.support.processes import background, free_port, wait_until
from tests.support.servers import PROMPT, segue_environment

ROOT = Path(__file__).parent.parent


@contextmanager
def make_run(folder: Path) -> Iterator[str]:
    """Run ``make run`` on a free port with its data in ``folder``; yield the server's URL."""
    port = free_port()
    environment = segue_environment(folder / "data", settings=PROMPT | {"PORT": str(port)})
    url, log = f"http://127.0.0.1:{port}", folder / "log"
    command = ["make", "-s", "-C", str(ROOT), "run"]
    with background(command, log=log, environment=environment) as process:
        try:
            wait_until(lambda: url in log.read_text(), process, log, seconds=400)
            wait_until(lambda: _answers(url), process, log, seconds=120)
            yield url
        finally:
            os.kill(_server_of(process.pid), signal.SIGTERM)
            process.wait(30)


def _server_of(make: int) -> int:
    """Return the process that make started, to which Ctrl-C in a terminal would go as well."""
    return psutil.Process(make).children()[0].pid


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/readyz").status_code == 200
    except httpx2.TransportError:
        return False


@pytest.mark.timeout(900)
def test_make_run_shows_a_demo_and_keeps_what_is_done_with_it(tmp_path: Path) -> None:
    with make_run(tmp_path) as url, httpx2.Client(base_url=url) as client:
        stats = client.get("/stats/").json()
        assert stats["tracks"] >= 20_000
        assert stats["users"] >= 1_000
        assert "<html" in client.get("/").text
        assert client.get("/docs").status_code == 200
        for question in (
            "similar-tracks/?track_id=1",
            "personalized/?user_id=1",
            "trending/",
        ):
            assert len(client.get(f"/recommendations/{question}").json()["items"]) == 10
        newcomer = {"username": "Newcomer", "external_id": "newcomer"}
        added = client.post("/users/", json=newcomer).json()
    with make_run(tmp_path) as url, httpx2.Client(base_url=url) as client:
        assert client.get(f"/users/{added['id']}").json()["username"] == "Newcomer"
        assert client.get("/stats/").json()["tracks"] == stats["tracks"]


def test_make_run_loads_no_demo_into_a_database_of_ones_own(
    tmp_path: Path, sqlite_url: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:  # so it ends before it serves
        settings = {"PORT": str(taken.getsockname()[1]), "SEGUE_DATABASE_URL": sqlite_url}
        command = ["make", "-s", "-C", str(ROOT), "run"]
        environment = segue_environment(tmp_path / "data", settings=settings)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert "Cannot listen" in done.stderr
    with closing(sqlite3.connect(tmp_path / "segue.db")) as connection:
        assert connection.execute("SELECT count(*) FROM tracks").fetchone() == (0,)
