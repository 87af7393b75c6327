"""The reads that are asked for most, answered without the router.

Their addresses are looked up in a dict, the query goes straight into the parameter model of the
route, and the route's own function answers. Whatever is not a plain good request (a parameter that
is wrong or given twice, an unknown track, no index yet) takes the ordinary way through FastAPI,
which says what is wrong. So a route is declared once, as all others are: its model parses the
query and writes the OpenAPI entry on both ways.
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_origin, get_type_hints
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from service.errors import Problem
from service.http.authorization import authorize
from service.http.fields import Parameters
from service.http.middleware import RAW_HEADERS

Endpoint = Callable[[Request, Any], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class Read:
    """A route that is answered directly."""

    route: APIRoute
    endpoint: Endpoint
    parameters: type[Parameters]
    lists: frozenset[str]
    """Parameters that may be given more than once."""

    @classmethod
    def of(cls, route: APIRoute) -> "Read":
        """Read from a route's function, ``(request, wanted: <its model>)``, what it takes."""
        model: type[Parameters] = get_type_hints(route.endpoint)["wanted"]
        lists = (
            name
            for name, field in model.model_fields.items()
            if get_origin(field.annotation) is list
        )
        return cls(route, route.endpoint, model, frozenset(lists))

    def parsed(self, query: bytes) -> Parameters | None:
        """Return the parameters; None where FastAPI has to say what is wrong with them."""
        given: dict[str, Any] = {}
        for name, value in _pairs(query):
            if name in self.lists:
                given.setdefault(name, []).append(value)
            elif name in given:
                return None
            else:
                given[name] = value
        try:
            return self.parameters.model_validate(given)
        except ValidationError:
            return None


class DirectReads:
    """ASGI middleware that answers the plain requests for some routes, and passes on the others."""

    def __init__(self, app: ASGIApp, routes: Iterable[APIRoute]) -> None:
        self._app = app
        self._reads: Mapping[str, Read] = {
            path: read
            for read in map(Read.of, routes)
            for path in (read.route.path, read.route.path.rstrip("/"))
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] == "http" and scope["method"] == "GET":
            read = self._reads.get(scope["path"])
            if read is not None:
                response = await _answer(read, Request(scope, receive))
                if response is not None:
                    scope["route"] = read.route
                    await _send(response, send)
                    return
        await self._app(scope, receive, send)


async def _answer(read: Read, request: Request) -> Response | None:
    params = read.parsed(request.scope["query_string"])
    if params is None:
        return None
    app: FastAPI = request.app
    try:
        await app.dependency_overrides.get(authorize, authorize)(request)
        return await read.endpoint(request, params)
    except Problem:
        return None


async def _send(response: Response, send: Send) -> None:
    headers = [*response.raw_headers, *RAW_HEADERS]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def _pairs(query: bytes) -> Iterable[tuple[str, str]]:
    text = query.decode("latin-1")
    if "%" in text or "+" in text:
        return parse_qsl(text, keep_blank_values=True)
    # The same where there is nothing to decode, at a tenth of the time.
    return [
        (name, value)
        for pair in text.split("&")
        if pair
        for name, _, value in [pair.partition("=")]
    ]
