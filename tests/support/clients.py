"""Clients that go on asking while a server stops or restarts."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.servers import SegueServer

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
