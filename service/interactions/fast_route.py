"""Interactions without the router: the writes that come most often.

A plain good request is parsed here, once, straight from its bytes. Whatever is anything else
(another kind of content, something wrong with it) goes on to FastAPI as it came, which says
what is wrong. So there is one description of the route, and one place where errors are named.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import Problem
from service.http import MAX_BODY, RAW_HEADERS, authorize, render
from service.interactions.record import InteractionRequest
from service.interactions.schemas import InteractionBatch, InteractionCreate

_JSON = b"application/json"
_LIST: TypeAdapter[list[InteractionCreate]] = TypeAdapter(InteractionBatch)


class DirectInteractions:
    """ASGI middleware that takes interactions, one or a list, and passes on everything else."""

    def __init__(self, app: ASGIApp, route: APIRoute) -> None:
        self._app = app
        self._route = route
        self._paths = frozenset({route.path, route.path.rstrip("/")})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Store interactions, or pass the request on."""
        if (
            scope["type"] != "http"
            or scope["method"] != "POST"
            or scope["path"] not in self._paths
            or not _is_plain(scope)
        ):
            await self._app(scope, receive, send)
            return

        messages = await _all_of(receive)
        posting = _parsed(messages)
        if posting is None:
            await self._app(scope, _again(messages, receive), send)
            return
        scope["route"] = self._route
        await _store(Request(scope, receive), posting, send)


def _is_plain(scope: Scope) -> bool:
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    return (
        headers.get(b"content-type") == _JSON
        and length.isdigit()
        and len(length) <= 7
        and int(length) <= MAX_BODY
        and b"idempotency-key" not in headers
        and b"content-encoding" not in headers
        and b"origin" not in headers  # of a page: it is for CORS to judge
        and not scope["query_string"]
    )


async def _all_of(receive: Receive) -> list[Message]:
    """Take a whole request; its length is known and allowed."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


def _parsed(messages: Sequence[Message]) -> InteractionRequest | None:
    if messages[-1]["type"] != "http.request":
        return None
    body = b"".join([message.get("body", b"") for message in messages])
    try:
        if body[:1] == b"{":
            return InteractionRequest([InteractionCreate.model_validate_json(body)], listed=False)
        if body[:1] == b"[":
            return InteractionRequest(_LIST.validate_json(body), listed=True)
    except ValidationError:
        pass
    return None


def _again(messages: Sequence[Message], receive: Receive) -> Receive:
    """Return what gives the messages that were taken once more, and then the others."""
    taken = deque(messages)

    async def replayed() -> Message:
        return taken.popleft() if taken else await receive()

    return replayed


async def _store(request: Request, posting: InteractionRequest, send: Send) -> None:
    app: FastAPI = request.app
    try:
        await app.dependency_overrides.get(authorize, authorize)(request)
        stored = await app.state.committer.store(posting)
    except Problem as error:
        reply = render(error.status, error.detail, errors=error.errors, headers=error.headers)
        status, body, headers = reply.status_code, bytes(reply.body), reply.raw_headers
    else:
        status, body = 201 if stored.any_new else 200, stored.as_json(posting)
        headers = [(b"content-length", b"%d" % len(body)), (b"content-type", _JSON)]

    start: dict[str, Any] = {"type": "http.response.start", "status": status}
    await send({**start, "headers": [*headers, *RAW_HEADERS]})
    await send({"type": "http.response.body", "body": body})
