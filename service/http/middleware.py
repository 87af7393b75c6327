"""What happens to a request before any route sees it: its path, its size, its headers."""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import TOO_LARGE
from service.http.problem_details import render

MAX_BODY = 1 << 20

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
"""As ASGI wants them: every reply passes here."""


class BothSlashForms:
    """Lets every address answer with and without a slash at its end, without a redirect.

    Collections are registered with the slash and everything else without.
    """

    def __init__(self, app: ASGIApp, collections: Collection[str]) -> None:
        self._app = app
        self._collections = frozenset(collections)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give a request the registered form of its path."""
        if scope["type"] == "http":
            # In place: the metrics outside of here read which route the router noted in it.
            scope["path"] = self._registered(scope["path"])
        await self._app(scope, receive, send)

    def _registered(self, path: str) -> str:
        if path.endswith("/"):
            bare = path[:-1]
            known = path in self._collections or not bare or bare.endswith("/")
            return path if known else bare
        return f"{path}/" if f"{path}/" in self._collections else path


class BodyLimit:
    """Answers 413 to a body that is too large, whether or not it says so beforehand."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and count what is read of its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > self._limit:
            await render(413, TOO_LARGE)(scope, receive, send)
            return

        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)


class SecurityHeaders:
    """Tells browsers to run nothing that Segue itself didn't bring."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and add the headers to its reply."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                missing = [each for each in RAW_HEADERS if each[0] not in present]
                message["headers"] = [*message["headers"], *missing]
            await send(message)

        await self._app(scope, receive, with_headers)
