"""The route class of interactions: the writes that come most often.

A plain good request is validated straight from the bytes of its body. Any other request is passed
on unchanged: FastAPI validates it and reports the error.
"""

from collections import deque
from collections.abc import Mapping, Sequence

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.types import Message, Receive, Scope, Send

from service.http import MAX_BODY, authorized, json_reply
from service.interactions.record import InteractionRequest
from service.interactions.schemas import InteractionBatch, InteractionCreate

_LIST: TypeAdapter[list[InteractionCreate]] = TypeAdapter(InteractionBatch)


class InteractionRoute(APIRoute):
    """A POST of one interaction or a list of them."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Store plain good interactions; leave any other request to FastAPI."""
        if not _is_plain(scope):
            await super().handle(scope, receive, send)
            return

        messages = await _all_of(receive)
        posted = _parsed(messages)
        if posted is None:
            await super().handle(scope, _again(messages, receive), send)
            return
        request = Request(scope, receive)
        await authorized(request)
        response = await stored(request, posted)
        await response(scope, receive, send)


async def stored(request: Request, posted: InteractionRequest) -> Response:
    """Store interactions and return the reply. Raises a `Problem`."""
    found = await request.app.state.committer.store(posted)
    return json_reply(found.as_json(posted), 201 if found.any_new else 200)


def _is_plain(scope: Scope) -> bool:
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    return (
        scope["method"] == "POST"
        and headers.get(b"content-type") == b"application/json"
        and length.isdigit()
        and len(length) <= 7
        and int(length) <= MAX_BODY
        and b"idempotency-key" not in headers
        and b"content-encoding" not in headers
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
    """Return a callable that repeats the messages already taken, then takes new ones."""
    taken = deque(messages)

    async def replayed() -> Message:
        return taken.popleft() if taken else await receive()

    return replayed
