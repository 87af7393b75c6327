"""Single interactions without the router: the write that comes most often.

A plain good request is parsed here, once, straight from its bytes. Whatever is anything else (a
list, another kind of content, something wrong with it) goes on to FastAPI as it came, which says
what is wrong. So there is one description of the route, and one place where errors are named.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access import authorize
from service.errors import Problem, render
from service.interactions.schemas import InteractionCreate
from service.interactions.store import Posting
from service.paths import RAW_HEADERS

LONGEST = 4_096
"""Bytes of a body; a single interaction has a few hundred."""
_JSON = b"application/json"


class DirectInteractions:
    """ASGI middleware that takes single interactions and passes on everything else."""

    def __init__(self, app: ASGIApp, route: APIRoute) -> None:
        self._app = app
        self._route = route
        self._paths = frozenset({route.path, route.path.rstrip("/")})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Store an interaction, or pass the request on."""
        if (
            scope["type"] != "http"
            or scope["method"] != "POST"
            or scope["path"] not in self._paths
            or not _is_plain(scope)
        ):
            await self._app(scope, receive, send)
            return

        message = await receive()
        interaction = _parsed(message)
        if interaction is None:
            await self._app(scope, _again(message, receive), send)
            return
        scope["route"] = self._route
        await _store(Request(scope, receive), interaction, send)


def _is_plain(scope: Scope) -> bool:
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    return (
        headers.get(b"content-type") == _JSON
        and length.isdigit()
        and len(length) <= 4
        and int(length) <= LONGEST
        and b"idempotency-key" not in headers
        and b"content-encoding" not in headers
        and b"origin" not in headers  # of a page: it is for CORS to judge
        and not scope["query_string"]
    )


def _parsed(message: Message) -> InteractionCreate | None:
    body = message.get("body", b"")
    if message["type"] != "http.request" or message.get("more_body") or body[:1] != b"{":
        return None
    try:
        return InteractionCreate.model_validate_json(body)
    except ValidationError:
        return None


def _again(message: Message, receive: Receive) -> Receive:
    """Return what gives the message that was taken once more, and then the others."""
    taken: list[Message] = [message]

    async def replayed() -> Message:
        return taken.pop() if taken else await receive()

    return replayed


async def _store(request: Request, interaction: InteractionCreate, send: Send) -> None:
    app: FastAPI = request.app
    try:
        await app.dependency_overrides.get(authorize, authorize)(request)
        stored = await app.state.committer.in_group(Posting([interaction], listed=False))
    except Problem as error:
        reply = render(error.status, error.detail, errors=error.errors, headers=error.headers)
        status, body, headers = reply.status_code, bytes(reply.body), reply.raw_headers
    else:
        status, body = 201 if stored.any_new else 200, stored.items[0]
        headers = [(b"content-length", b"%d" % len(body)), (b"content-type", _JSON)]

    start: dict[str, Any] = {"type": "http.response.start", "status": status}
    await send({**start, "headers": [*headers, *RAW_HEADERS]})
    await send({"type": "http.response.body", "body": body})
