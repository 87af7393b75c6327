"""The workers of a server: whatever is asked of it can be asked of each of them."""

import http.client
import json
from contextlib import ExitStack
from typing import Any

from tests.support.processes import descendants, peer_ports
from tests.support.servers import SegueServer

INDEXER, WORKER = "indexer", "spawn_main"
"""What stands in the command lines of a server's processes."""
MOST_CONNECTIONS = 1_000


def ask_each(server: SegueServer, path: str) -> list[Any]:
    """Ask every worker of a server the same, and return what each of them answers.

    Which one accepts a connection is for the kernel to say: one that is held up for a while gets
    none. So connections are opened, and kept, until each worker has answered on one.
    """
    answers: dict[int, Any] = {}
    workers = descendants(server.process.pid, WORKER)
    with ExitStack() as opened:
        for _ in range(MOST_CONNECTIONS):
            if answers.keys() == workers:
                return list(answers.values())
            connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=120)
            opened.callback(connection.close)
            connection.request("GET", path)
            answer = json.loads(connection.getresponse().read())
            port = connection.sock.getsockname()[1]
            holders = [worker for worker in workers if port in peer_ports(worker)]
            answers.update(dict.fromkeys(holders, answer))
    raise AssertionError(f"Of {workers}, only {set(answers)} answered")
