"""What Segue is measured against: endpoints that answer with a constant, and do nothing else.

``python -m benchmarks.harness.reference_app --port 8001 --size 9000``
"""

import argparse
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Query
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from service.recommendations import SimilarParameters

PATH = "/recommendations/similar-tracks/"


def bare_fastapi(body: bytes) -> ASGIApp:
    """Return an application with the parameters of similar tracks, which answers ``body``."""
    app = FastAPI()

    @app.get(PATH)
    async def similar(_wanted: Annotated[SimilarParameters, Query()]) -> Response:
        return Response(body, media_type="application/json")

    return app


def bare_fastapi_with_two(body: bytes) -> ASGIApp:
    """Return an application that takes two parameters only: FastAPI's time grows with them."""
    app = FastAPI()

    @app.get(PATH)
    async def similar(track_id: int, limit: int = 10) -> Response:
        return Response(body, media_type="application/json")

    return app


def plain_starlette(body: bytes) -> ASGIApp:
    """Return an application that reads no parameters at all."""

    async def similar(_request: Request) -> Response:
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route(PATH, similar)])


KINDS = {
    "fastapi": bare_fastapi,
    "fastapi-two": bare_fastapi_with_two,
    "starlette": plain_starlette,
}


def main() -> None:
    """Serve until interrupted, with the settings of ``segue serve``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=KINDS, default="fastapi")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--size", type=int, required=True, help="bytes of the reply")
    parser.add_argument("--http", choices=["httptools", "h11"], default="httptools")
    options = parser.parse_args()
    app = KINDS[options.kind](b'{"items":"%b"}' % (b"x" * (options.size - 12)))
    uvicorn.run(
        app,
        port=options.port,
        http=options.http,
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_keep_alive=75,
    )


if __name__ == "__main__":
    main()
