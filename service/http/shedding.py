"""Refuses reads before they are parsed, when more wait for their turn than fit into a round.

Under overload most of what arrives has to be refused, and reading a request takes a third of the
time of answering it. A plain read is recognised by its first bytes instead: see
`service.http.overload`.
"""

import re

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.http.middleware import RAW_HEADERS
from service.http.outermost import split_origins
from service.http.overload import READS, REFUSAL, REFUSED, turns
from service.settings import get_settings

_READ = b"GET " + READS.encode()
_END = b"\r\n\r\n"
_HEADERS = b"".join(b"%b: %b\r\n" % header for header in (*REFUSAL.raw_headers, *RAW_HEADERS))
_START = b"HTTP/1.1 503 Service Unavailable\r\n%b" % _HEADERS
_ORIGIN = re.compile(rb"\r\norigin:[ \t]*([^\r\n]*?)[ \t]*\r\n", re.IGNORECASE)


def refusal(request: bytes, cors_origins: str) -> bytes:
    """Return the reply to a read that is not parsed, with all headers that other replies have."""
    allowed = _allow_origin(request, cors_origins) if cors_origins else b""
    return b"%b%b\r\n%b" % (_START, allowed, bytes(REFUSAL.body))


def _allow_origin(request: bytes, cors_origins: str) -> bytes:
    found = _ORIGIN.search(request)
    origins = split_origins(cors_origins)
    if found is None or not ("*" in origins or found[1].decode("latin-1") in origins):
        return b""
    origin = b"*" if "*" in origins else found[1]
    headers = (
        b"access-control-allow-origin: %b\r\naccess-control-expose-headers: Retry-After\r\n"
        % origin
    )
    return headers if origin == b"*" else headers + b"vary: Origin\r\n"


class SheddingProtocol(HttpToolsProtocol):
    """One connection. It counts its reads among those that wait, or refuses them unseen."""

    _waits = False

    def data_received(self, data: bytes) -> None:
        """Take what has arrived."""
        if self._is_one_read(data):
            if turns.waiting >= turns.most:
                REFUSED.inc()
                self.transport.write(refusal(data, get_settings().cors_origins))
                return
            turns.waiting += 1
            self._waits = True
        super().data_received(data)

    def on_response_complete(self) -> None:
        """Go on after an answer."""
        self._end_waiting()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._end_waiting()
        super().connection_lost(exc)

    def _end_waiting(self) -> None:
        if self._waits:
            self._waits = False
            turns.waiting -= 1

    def _is_one_read(self, data: bytes) -> bool:
        """Tell whether exactly one whole read has arrived, and nothing before it is unanswered."""
        return (
            data.startswith(_READ)
            and data.find(_END) == len(data) - len(_END)
            and (self.scope is None or self._has_answered())
        )

    def _has_answered(self) -> bool:
        cycle = self.cycle
        # A request whose headers have not all arrived has a scope, but no cycle of its own.
        return (
            cycle is not None
            and cycle.scope is self.scope
            and cycle.response_complete
            and not cycle.more_body
        )
