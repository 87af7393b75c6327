"""The layers that every reply passes: refusals and the answer to a bug too.

Starlette answers bugs outside of all middleware that an application adds. What a reply must have
whatever happened is added out here.
"""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.drain import DrainBody
from service.http.middleware import SecurityHeaders
from service.http.problem_details import render

METHODS = ["GET", "POST", "PATCH", "DELETE"]


def outermost(app: ASGIApp, cors_origins: str) -> ASGIApp:
    """Return ``app`` inside the layers that every reply passes."""
    origins = split_origins(cors_origins)
    whole = SecurityHeaders(DrainBody(app))
    return HeadAsGet(CrossOrigin(whole, origins) if origins else whole)


def split_origins(written: str) -> list[str]:
    """Return the origins of a comma-separated setting."""
    return [each.strip() for each in written.split(",") if each.strip()]


class CrossOrigin(CORSMiddleware):
    """CORS, whose refusals are problem documents like all others."""

    def __init__(self, app: ASGIApp, origins: list[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=["Content-Type", "Idempotency-Key"],
            expose_headers=["Retry-After"],
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer what a browser asks before a request."""
        reply = super().preflight_response(request_headers)
        if reply.status_code < 400:
            return reply
        own = {"content-length", "content-type"}
        headers = {name: value for name, value in reply.headers.items() if name not in own}
        detail = f"{bytes(reply.body).decode()}."
        return render(reply.status_code, detail, headers=headers)


class HeadAsGet:
    """Answers HEAD as it does GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # A copy: the server has to know that the reply to its request has no body.
        await self._app({**scope, "method": "GET"}, receive, without_body)
