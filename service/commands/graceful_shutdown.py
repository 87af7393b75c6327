"""How `segue serve` stops and restarts without a failed request.

A stop (SIGTERM): `/readyz` answers 503 for ``SEGUE_DRAIN_SECONDS``, so that whoever balances the
load sends the next requests elsewhere; then nothing is accepted any more, each connection ends with
its next reply, which says so, and an idle one after `IDLE_SECONDS`.

A restart (SIGHUP): one worker after the other is replaced by a new process, which is ready before
the old one stops. Both accept from the same socket, so there is always one that does.
"""

import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from uvicorn import Config, Server
from uvicorn.supervisors import Multiprocess

from service.http import SheddingProtocol
from service.operations import is_stopping

IDLE_SECONDS = 2.0
"""How long an idle connection may still bring a request before it is closed."""
LAST_LOOK_SECONDS = 0.05
NEW_WORKER_SECONDS = 120
"""How long a new worker may take until it serves: it may have to compile its kernels."""
_CLOSE = (b"connection", b"close")
_ending = threading.Event()
"""Set when this process accepts no more connections, or is about to."""


class EndingProtocol(SheddingProtocol):
    """Ends a connection by a reply that says so, where others would cut it off."""

    def connection_made(self, transport: Any) -> None:
        """Begin; a connection that was accepted just before the end is told of it too."""
        super().connection_made(transport)
        if _ending.is_set():
            self.shutdown()

    def shutdown(self) -> None:
        """Let the connection bring one more request; close it if none comes."""
        headers = self.server_state.default_headers
        if _CLOSE not in headers:
            headers.append(_CLOSE)
        self.loop.call_later(IDLE_SECONDS, self._close_soon)

    def _close_soon(self) -> None:
        """Read first what came while this process had no turn: closing would refuse it."""
        self.loop.call_later(LAST_LOOK_SECONDS, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()


class OneServer(Server):
    """The server of a single process."""

    def __init__(self, config: Config, *, drain_seconds: float) -> None:
        super().__init__(config)
        self._drain_seconds = drain_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Say that it is not ready, and stop when others have had time to see it."""
        first = not is_stopping.is_set()
        is_stopping.set()
        if sig == signal.SIGTERM and first and self.started and self._drain_seconds:
            timer = threading.Timer(self._drain_seconds, super().handle_exit, [sig, frame])
            timer.daemon = True
            timer.start()
        else:
            super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, and end what was accepted."""
        _ending.set()
        await super().shutdown(sockets)


class ManyServers(Multiprocess):
    """The workers, replaced one by one on SIGHUP."""

    def __init__(
        self,
        config: Config,
        *,
        drain_seconds: float,
        after_restart: Callable[[], None],
        **more: Any,
    ) -> None:
        super().__init__(config, **more)
        self._drain_seconds = drain_seconds
        self._after_restart = after_restart

    def handle_term(self) -> None:
        """Have all workers say that they are not ready, and stop when others may have seen it."""
        for process in self.processes:
            if process.pid is not None and process.process.is_alive():
                os.kill(process.pid, signal.SIGUSR1)
        self.should_exit.wait(self._drain_seconds)
        super().handle_term()

    def handle_hup(self) -> None:
        """Replace every worker, and then whatever else runs the previous code."""
        super().handle_hup()
        self._after_restart()


def say_when_stopping() -> None:
    """Prepare a worker for the signals that come before a stop and at its end."""
    signal.signal(signal.SIGUSR1, lambda *_: is_stopping.set())
    if multiprocessing.parent_process() is None:
        return  # `OneServer` knows by itself
    end: Any = signal.getsignal(signal.SIGTERM)  # by now that of uvicorn's server

    def note_end(sig: int, frame: FrameType | None) -> None:
        _ending.set()
        end(sig, frame)

    signal.signal(signal.SIGTERM, note_end)
