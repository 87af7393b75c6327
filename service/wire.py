"""A PyMySQL connection that another thread may cut."""

import socket
import ssl
from contextlib import suppress
from functools import lru_cache
from typing import Any

import pymysql

from service.breaker import note_connection


class Wire(pymysql.connections.Connection):  # type: ignore[misc]
    """Says when it is about to wait for the server, so that the wait can be ended from outside."""

    def connect(self, sock: Any = None) -> None:
        """Connect; the handshake is a wait like any other."""
        note_connection(self)
        super().connect(sock)

    def ping(self, reconnect: bool = False) -> None:
        """Ask whether the server is alive: the first wait of a connection out of the pool."""
        note_connection(self)
        super().ping(reconnect)

    def cut(self) -> None:
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
