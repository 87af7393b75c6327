"""Restarts and stops under load: no request fails that a client had reason to send."""

import http.client
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.crashes import children, command_line
from tests.processes import wait
from tests.servers import SegueServer, segue_server

SECONDS = 240.0
CLIENTS = 4


class Client(threading.Thread):
    """Asks again and again on one connection for as long as the server keeps it."""

    def __init__(self, server: SegueServer, *, heeds_readiness: bool = False) -> None:
        super().__init__(daemon=True)
        self.failures: list[str] = []
        self.answers = 0
        self.warned = 0.0
        self.stopping = threading.Event()
        self._port = int(server.url.rpartition(":")[2])
        self._heeds_readiness = heeds_readiness

    def run(self) -> None:
        """Ask until told to stop, or until the server says that it is about to."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self.stopping.is_set() and not self.warned:
            try:
                ready = self._status(connection, "/readyz")
                if ready == 503 and self._heeds_readiness:
                    self.warned = time.monotonic()
                elif ready != 200:
                    self.failures.append(f"not ready: {ready}")
                status = self._status(connection, "/recommendations/trending/")
                if status != 200:
                    self.failures.append(f"status {status}")
                self.answers += 2
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
        connection.close()

    def _status(self, connection: http.client.HTTPConnection, path: str) -> int:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        return response.status


@contextmanager
def asking(server: SegueServer, *, heeds_readiness: bool = False) -> Iterator[list[Client]]:
    clients = [Client(server, heeds_readiness=heeds_readiness) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield clients
    finally:
        for client in clients:
            client.stopping.set()
        for client in clients:
            client.join(SECONDS)


def processes(server: SegueServer, mark: str) -> set[int]:
    return {pid for pid in children(server.process.pid) if mark in command_line(pid)}


def test_a_rolling_restart_replaces_every_process_and_fails_no_request(tmp_path: Path) -> None:
    with segue_server(tmp_path, settings={"SEGUE_WORKERS": "2"}) as server:
        workers, indexer = processes(server, "spawn_main"), processes(server, "indexer")
        idle = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=60)
        idle.connect()
        with asking(server) as clients:
            server.process.send_signal(signal.SIGHUP)
            wait(
                lambda: (
                    len(processes(server, "spawn_main") - workers) == 2
                    and not processes(server, "spawn_main") & workers
                    and bool(processes(server, "indexer") - indexer)
                ),
                seconds=SECONDS,
                what=lambda: server.log.read_text(),
            )
        idle.close()

        assert [failure for client in clients for failure in client.failures] == []
        assert all(client.answers > 10 for client in clients)


def test_a_stop_is_announced_before_it_happens(tmp_path: Path) -> None:
    for workers in ("1", "2"):
        settings = {"SEGUE_WORKERS": workers, "SEGUE_DRAIN_SECONDS": "3"}
        with segue_server(tmp_path, settings=settings) as server:
            with asking(server, heeds_readiness=True) as clients:
                wait(lambda: all(c.answers > 10 for c in clients), seconds=SECONDS, what="answers")
                server.process.send_signal(signal.SIGTERM)
                assert server.process.wait(SECONDS) == 0

            assert [failure for client in clients for failure in client.failures] == []
            assert all(client.warned for client in clients)
