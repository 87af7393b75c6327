"""A server that benchmarks kill and start again."""

import os
import random
import signal
import socket
import subprocess
from contextlib import ExitStack, suppress
from pathlib import Path

from benchmarks.harness.http_client import Client
from tests.support.processes import background, descendants, free_port, wait
from tests.support.servers import segue_command, segue_environment
from tests.support.workers import INDEXER, WORKER

WORKERS = 2
RECOVERY_SECONDS = 600.0


class KillableServer:
    """``segue serve`` with workers and an indexer; it is started again after a kill."""

    def __init__(self, data_dir: Path, database_url: str) -> None:
        self.port = free_port()
        self.data_dir = data_dir
        self._log = data_dir / "serve.log"
        self._environment = segue_environment(
            data_dir,
            database_url,
            {
                "PORT": str(self.port),
                "SEGUE_WORKERS": str(WORKERS),
                "SEGUE_REBUILD_INTERVAL_MINUTES": "0.05",
                "SEGUE_INDEXER_NICENESS": "0",
            },
        )
        self._running = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, without waiting."""
        self._running.close()
        # The port is free once the last worker of the one before has noticed its end.
        wait(lambda: not _is_listening(self.port), seconds=RECOVERY_SECONDS, what="port in use")
        command = [segue_command(), "serve"]
        self._process = self._running.enter_context(
            background(command, log=self._log, environment=self._environment)
        )

    def stop(self) -> None:
        """End it."""
        self._running.close()

    def end_of_log(self) -> str:
        """Return the end of the log."""
        return self._log.read_text(errors="replace")[-4000:]

    def kill(self, what: str, chosen: random.Random) -> None:
        """Kill the server and start it again, or one of its workers, or its indexer."""
        assert self._process is not None
        if what == "server":
            self._process.kill()
            self._process.wait()
            self.start()
            return
        wait(lambda: bool(self._pids(what)), seconds=RECOVERY_SECONDS, what=f"there is no {what}")
        with suppress(ProcessLookupError):
            os.kill(chosen.choice(self._pids(what)), signal.SIGKILL)

    def _pids(self, what: str) -> list[int]:
        assert self._process is not None
        mark = {"worker": WORKER, "indexer": INDEXER}[what]
        return sorted(descendants(self._process.pid, mark))


def ready(port: int) -> bool:
    """Return whether /readyz answers with 200."""
    with Client(port, seconds=5) as client:
        try:
            return client.send("GET", "/readyz").status == 200
        except ConnectionError:
            return False


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
