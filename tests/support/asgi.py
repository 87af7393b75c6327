"""Many requests to an application at once: a test client changes threads eight times for each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlencode

import anyio
from fastapi.testclient import TestClient
from starlette.types import Message, Scope


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request."""

    method: str
    path: str
    """As it is sent, in ASCII."""
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_parameters(self, parameters: Mapping[str, str | bytes]) -> "Wanted":
        """Return the same with a query."""
        return Wanted(self.method, self.path, urlencode(parameters), self.body, self.headers)


@dataclass(slots=True)
class Reply:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def ask_all(client: TestClient, requests: Iterable[Wanted]) -> list[tuple[Wanted, Reply]]:
    """Send requests one after the other; an error that nobody caught is raised here."""

    async def run() -> list[tuple[Wanted, Reply]]:
        replies = []
        for each in requests:
            replies.append((each, await _reply(client, each)))
            await anyio.sleep(0)  # each in a round of its own, or the application sheds them
        return replies

    assert client.portal is not None  # the application was started
    return client.portal.call(run)


async def _reply(client: TestClient, wanted: Wanted) -> Reply:
    reply = Reply()

    async def receive() -> Message:
        return {"type": "http.request", "body": wanted.body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = {key.decode(): value.decode() for key, value in message["headers"]}
        else:
            reply.body += message.get("body", b"")

    await client.app(_scope(wanted, client.app_state), receive, send)
    return reply


def _scope(wanted: Wanted, state: Mapping[str, object]) -> Scope:
    headers = {"host": "testserver", "content-length": str(len(wanted.body)), **wanted.headers}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": wanted.method,
        "scheme": "http",
        "path": unquote(wanted.path),
        "raw_path": wanted.path.encode("ascii"),
        "query_string": wanted.query.encode("ascii"),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("testclient", 50_000),
        "server": ("testserver", 80),
        "state": dict(state),
    }
