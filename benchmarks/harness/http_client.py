"""The HTTP client of all benchmarks: keep-alive connections, and little cost for each request."""

import asyncio
import http.client
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

import orjson

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply; status 0 stands for a connection that was closed before it came."""

    status: int
    head: bytes
    """In lower case."""
    body: bytes

    def header(self, name: str) -> str:
        """Return the value of a header, empty where it is absent."""
        at = self.head.find(b"\r\n" + name.encode() + b": ")
        if at < 0:
            return ""
        start = at + len(name) + 4
        return self.head[start : self.head.find(b"\r\n", start)].decode("latin-1")


CLOSED = Reply(0, b"", b"")


def request_bytes(method: str, path: str, body: Any = None) -> bytes:
    """Return a request as it goes over the wire, with a JSON body if there is one."""
    content = b"" if body is None else orjson.dumps(body)
    kind = "Content-Type: application/json\r\n" if content else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: segue\r\nAccept: */*\r\n{kind}"
    length = f"Content-Length: {len(content)}\r\n" if content else ""
    return f"{head}{length}\r\n".encode() + content


class Connection(asyncio.Protocol):
    """A connection with one request at a time; ``answered`` gets each whole reply."""

    def __init__(self, answered: Callable[["Connection", Reply], None]) -> None:
        self._answered = answered
        self._head = b""
        self._parts: list[bytes] = []
        self._missing = 0
        self.due = 0.0
        self.waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def send(self, request: bytes, due: float = 0.0) -> None:
        """Send a request that was due at a time."""
        self.due, self.waiting = due, True
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Collect a reply; of its head only the status and the length are parsed."""
        if self._missing:
            self._missing -= len(data)
            self._parts.append(data)
        else:
            self._head += data
            end = self._head.find(b"\r\n\r\n") + 4
            if end < 4:
                return
            self._parts = [self._head[end:]]
            self._head = self._head[:end].lower()
            self._missing = _content_length(self._head) - len(self._parts[0])
        if self._missing <= 0:
            reply = Reply(int(self._head[9:12]), self._head, b"".join(self._parts))
            self._head, self._missing, self.waiting = b"", 0, False
            self._answered(self, reply)

    def connection_lost(self, exc: Exception | None) -> None:
        """Report a request that will not be answered."""
        if self.waiting:
            self.waiting = False
            self._answered(self, CLOSED)

    @property
    def is_closing(self) -> bool:
        """Whether either side has closed the connection."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()


def _content_length(head: bytes) -> int:
    at = head.find(b"content-length: ")
    return 0 if at < 0 else int(head[at + 16 : at + 26].split(b"\r", 1)[0])


async def connect(port: int, answered: Callable[[Connection, Reply], None]) -> Connection:
    """Open a connection to a server on this machine."""
    loop = asyncio.get_running_loop()
    return (await loop.create_connection(lambda: Connection(answered), "127.0.0.1", port))[1]


class AsyncClient:
    """A client that waits for each reply, on a connection that is opened again when it breaks."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: Connection | None = None
        self._reply: asyncio.Future[Reply] | None = None

    async def send(self, method: str, path: str, body: Any = None) -> Reply:
        """Send a request and return its reply. Raises OSError where there is none."""
        if self._connection is None or self._connection.is_closing:
            self._connection = await connect(self._port, self._answered)
        self._reply = asyncio.get_running_loop().create_future()
        self._connection.send(request_bytes(method, path, body))
        reply = await self._reply
        if reply is CLOSED:
            self.close()
            raise ConnectionError("closed without a reply")
        return reply

    def _answered(self, _connection: Connection, reply: Reply) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(reply)

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.waiting = False
            self._connection.close()
        self._connection = None


class Client:
    """A client for threads: it blocks until each reply is there."""

    def __init__(self, port: int, *, seconds: float = 60) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)

    def send(self, method: str, path: str, body: Any = None) -> Reply:
        """Send a request and return its reply. Raises ConnectionError where there is none."""
        content = None if body is None else orjson.dumps(body)
        try:
            self._connection.request(method, path, content, JSON)
            response = self._connection.getresponse()
            return Reply(response.status, b"", response.read())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise ConnectionError(type(error).__name__) from error

    def json(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request and return the JSON of its reply, which must be a success."""
        reply = self.send(method, path, body)
        if reply.status >= 300:
            raise RuntimeError(f"{method} {path}: {reply.status} {reply.body.decode()[:500]}")
        return orjson.loads(reply.body)

    def get(self, path: str, **parameters: Any) -> Any:
        """Return the JSON of a path."""
        return self.json("GET", f"{path}?{urlencode(parameters)}")

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
