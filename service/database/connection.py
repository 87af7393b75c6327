"""A PyMySQL connection that another thread may cut."""

import socket
import ssl
import time
from contextlib import suppress
from functools import lru_cache
from typing import Any

import pymysql

from service.database.circuit_breaker import register_connection
from service.database.mysql_protocol import PreparedConnection

HEARD_SECONDS = 0.5
_KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
"""A server whose machine has vanished is noticed in a minute, however long a statement may take."""


class Wire(PreparedConnection):
    """Says when it is about to wait for the server, so that the wait can be ended from outside."""

    _heard_at = float("-inf")
    _settled = False
    """Whether nothing was asked since the last commit or rollback."""

    def connect(self, sock: Any = None) -> None:
        """Connect; the handshake is a wait like any other."""
        register_connection(self)
        super().connect(sock)
        if self._sock.family != socket.AF_UNIX:
            for option, value in _KEEPALIVE.items():
                if hasattr(socket, option):
                    self._sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)

    def ping(self, reconnect: bool = False) -> None:
        """Ask whether the server is alive, unless it has spoken just now.

        A pool asks whenever it gives out a connection. When one turns out to be broken, the pool
        throws away all that it has: at most one use fails for a question that was not asked.
        """
        register_connection(self)
        if time.monotonic() - self._heard_at > HEARD_SECONDS:
            super().ping(reconnect)

    def _execute_command(self, command: int, sql: Any) -> None:
        self._settled = False
        super()._execute_command(command, sql)

    def commit(self) -> None:
        """End the transaction."""
        super().commit()
        self._settled = True

    def rollback(self) -> None:
        """Undo what was asked since the last commit, if anything was.

        A pool rolls back whatever is given back to it, and most of it was committed just before.
        """
        if not self._settled:
            super().rollback()
            self._settled = True

    def _read_ok_packet(self) -> Any:
        packet = super()._read_ok_packet()  # of a commit, a rollback or a ping
        self._heard_at = time.monotonic()
        return packet

    def abort(self) -> None:
        """End what the thread that uses this connection waits for."""
        sock = self._sock
        if sock is not None:
            # Of the plain socket: TLS would say goodbye first, to a server that doesn't listen.
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _create_ssl_ctx(self, sslp: Any) -> ssl.SSLContext:
        context: ssl.SSLContext = super()._create_ssl_ctx(sslp) if sslp else _unverified()
        return context


@lru_cache(maxsize=1)
def _unverified() -> ssl.SSLContext:
    """Return what PyMySQL uses where nothing was said of TLS, made once.

    It verifies nothing, but reads the bundle of authorities each time, which takes 50 ms.
    """
    options = pymysql.connections.Connection(defer_connect=True)
    context: ssl.SSLContext = options.ctx
    return context
