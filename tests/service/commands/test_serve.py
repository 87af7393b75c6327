"""``segue serve`` as processes: workers that agree, restarts, stops, and an orderly end."""

import http.client
import json
import os
import signal
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from service.settings import Settings
from tests.support.clients import asking
from tests.support.processes import descendants, wait
from tests.support.servers import PROMPT, SegueServer, segue_server
from tests.support.workers import INDEXER, WORKER, ask_each

DEADLINE = 300.0
LOOKS = 30


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


def counts(server: SegueServer) -> set[int]:
    """Return how many tracks there are; more than one number where workers do not agree."""
    return {int(stats["tracks"]) for stats in ask_each(server, "/stats/")}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serve")


@pytest.fixture(scope="module")
def two_workers(data_dir: Path) -> Iterator[SegueServer]:
    settings = PROMPT | {"SEGUE_WORKERS": "2", "SEGUE_DRAIN_SECONDS": "2"}
    with segue_server(data_dir, settings=settings) as server:
        wait_for(lambda: all(health["index"] for health in ask_each(server, "/health")))
        yield server


def test_both_workers_show_a_write_and_agree(two_workers: SegueServer) -> None:
    before = counts(two_workers)
    assert len(before) == 1

    ask(two_workers.url, "/tracks/", {"title": "Song", "artist": "Singer"})

    wait_for(lambda: counts(two_workers) == {before.copy().pop() + 1})


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
    wait_for(lambda: len(counts(two_workers)) == 1)
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


def test_a_killed_indexer_is_started_again(two_workers: SegueServer) -> None:
    url = two_workers.url
    wait_for(lambda: ask(url, "/health")["indexer"]["alive"])
    for indexer in descendants(two_workers.process.pid, INDEXER):
        os.kill(indexer, signal.SIGKILL)
    wait_for(lambda: not ask(url, "/health")["indexer"]["alive"])
    wait_for(lambda: ask(url, "/health")["indexer"]["alive"])


def test_a_rolling_restart_replaces_every_process_and_fails_no_request(
    two_workers: SegueServer,
) -> None:
    server = two_workers.process.pid
    workers = descendants(server, WORKER)
    indexer = descendants(server, INDEXER)
    idle = http.client.HTTPConnection(two_workers.url.removeprefix("http://"), timeout=60)
    idle.connect()
    with asking(two_workers) as clients:
        two_workers.process.send_signal(signal.SIGHUP)
        wait(
            lambda: (
                len(descendants(server, WORKER) - workers) == 2
                and not descendants(server, WORKER) & workers
                and bool(descendants(server, INDEXER) - indexer)
            ),
            seconds=DEADLINE,
            what=lambda: two_workers.log.read_text(),
        )
    idle.close()

    assert [failure for client in clients for failure in client.failures] == []
    assert all(client.answers > 10 for client in clients)


def test_the_default_database_gets_its_tables_on_the_way(
    data_dir: Path, two_workers: SegueServer
) -> None:
    settings = Settings.model_validate({"data_dir": data_dir})
    assert Path(settings.url.removeprefix("sqlite:///")).exists()
    assert ask(two_workers.url, "/users/")["items"] == []


def test_a_stop_is_announced_before_it_happens_and_ends_everything(
    two_workers: SegueServer,
) -> None:
    """The last test of the shared server."""
    children = descendants(two_workers.process.pid)
    assert len(children) >= 3
    with asking(two_workers, heeds_readiness=True) as clients:
        wait(lambda: all(c.answers > 10 for c in clients), seconds=DEADLINE, what="answers")
        two_workers.process.send_signal(signal.SIGTERM)
        assert two_workers.process.wait(DEADLINE) == 0

    assert [failure for client in clients for failure in client.failures] == []
    assert all(client.warned for client in clients)
    wait_for(lambda: not any(Path(f"/proc/{child}/exe").exists() for child in children))
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", int(two_workers.url.rpartition(":")[2])))


def test_a_killed_server_leaves_no_process_behind(tmp_path: Path) -> None:
    with segue_server(tmp_path, settings=PROMPT | {"SEGUE_WORKERS": "2"}) as server:
        children = descendants(server.process.pid)
        assert len(children) >= 3
        server.process.kill()
        server.process.wait()
        wait_for(lambda: not any(Path(f"/proc/{child}/exe").exists() for child in children))
