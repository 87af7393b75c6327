"""``segue serve`` as a process: workers that agree, an orderly end, and clear refusals."""

import json
import multiprocessing
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from service.commands.failure import Failure
from service.commands.serve import check_connections
from service.commands.serving import announce, listen
from service.db import Database
from service.settings import Settings
from tests.servers import SegueServer, segue_command, segue_environment, segue_server

DEADLINE = 300.0
LOOKS = 30
"""Requests on connections of their own, which both workers get their share of."""


def ask(url: str, path: str, body: Any = None) -> Any:
    """Send one request on a connection of its own."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Connection": "close"}
    request = urllib.request.Request(url + path, data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=120) as reply:
        return json.loads(reply.read())


def raw(url: str, path: str) -> str:
    with urllib.request.urlopen(url + path, timeout=120) as reply:
        return str(reply.read().decode())


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def serves(url: str, generation: int) -> bool:
    return int(ask(url, "/health")["index"]["generation"]) >= generation


def indexed(url: str) -> bool:
    return ask(url, "/health")["index"] is not None


def counts(url: str) -> set[int]:
    return {int(ask(url, "/stats/")["tracks"]) for _ in range(LOOKS)}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serve")


@pytest.fixture(scope="module")
def two_workers(data_dir: Path) -> Iterator[SegueServer]:
    with segue_server(data_dir, settings={"SEGUE_WORKERS": "2"}) as server:
        # The first answer came from one of them.
        wait_for(lambda: all(indexed(server.url) for _ in range(LOOKS)))
        yield server


def test_both_workers_show_a_write_and_agree(two_workers: SegueServer) -> None:
    url = two_workers.url
    before = counts(url)
    assert len(before) == 1

    ask(url, "/tracks/", {"title": "Song", "artist": "Singer"})

    wait_for(lambda: counts(url) == {before.copy().pop() + 1})


def test_requests_of_all_workers_are_counted(two_workers: SegueServer) -> None:
    def counted() -> float:
        start = 'segue_http_requests_total{method="GET",route="/livez",status="200"} '
        lines = raw(two_workers.url, "/metrics").splitlines()
        return sum(float(line.removeprefix(start)) for line in lines if line.startswith(start))

    before = counted()
    for _ in range(LOOKS):
        ask(two_workers.url, "/livez")
    wait_for(lambda: counted() == before + LOOKS)


def test_every_reply_during_rebuilds_is_whole(two_workers: SegueServer) -> None:
    url = two_workers.url
    tracks = [{"title": f"Song {i}", "artist": "S", "energy": i / 50} for i in range(50)]
    seed = ask(url, "/tracks/", tracks)["items"][0]["id"]
    first = int(ask(url, "/health")["index"]["generation"])
    wait_for(lambda: len(counts(url)) == 1)
    bad: list[object] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            reply = ask(url, f"/recommendations/similar-tracks/?track_id={seed}&limit=20")
            ids = [item["id"] for item in reply["items"]]
            if len(set(ids)) != 20 or seed in ids:
                bad.append(reply)

    thread = threading.Thread(target=look)
    thread.start()
    for wanted in (first + 1, first + 2):
        ask(url, "/index/rebuild", {})
        wait_for(partial(serves, url, wanted))
    done.set()
    thread.join()

    assert not bad


def test_sigterm_ends_everything(tmp_path: Path) -> None:
    with segue_server(tmp_path, settings={"SEGUE_WORKERS": "2"}) as server:
        children = _descendants(server.process.pid)
        assert len(children) >= 3
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(DEADLINE) == 0
        wait_for(lambda: not any(Path(f"/proc/{child}/exe").exists() for child in children))
        with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
            probe.connect(("127.0.0.1", int(server.url.rpartition(":")[2])))
        assert "Segue is ready at" in server.log.read_text()


def test_a_killed_server_leaves_no_process_behind(tmp_path: Path) -> None:
    with segue_server(tmp_path, settings={"SEGUE_WORKERS": "2"}) as server:
        children = _descendants(server.process.pid)
        assert len(children) >= 3
        server.process.kill()
        server.process.wait()
        wait_for(lambda: not any(Path(f"/proc/{child}/exe").exists() for child in children))


def test_a_killed_indexer_is_started_again(two_workers: SegueServer) -> None:
    url = two_workers.url
    wait_for(lambda: ask(url, "/health")["indexer"]["alive"])
    for child in _descendants(two_workers.process.pid):
        if "indexer" in _command(child):
            os.kill(child, signal.SIGKILL)
    wait_for(lambda: not ask(url, "/health")["indexer"]["alive"])
    wait_for(lambda: ask(url, "/health")["indexer"]["alive"])


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


def test_the_default_database_gets_its_tables_on_the_way(
    data_dir: Path, two_workers: SegueServer
) -> None:
    settings = Settings.model_validate({"data_dir": data_dir})
    assert Path(settings.url.removeprefix("sqlite:///")).exists()
    assert ask(two_workers.url, "/users/")["items"] == []


def _serve(data_dir: Path, settings: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [segue_command(), "serve"],
        env=segue_environment(data_dir, settings=settings),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


def _descendants(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    children = [int(line) for line in listed.stdout.split()]
    return children + [below for child in children for below in _descendants(child)]


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
