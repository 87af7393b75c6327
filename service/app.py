"""The application: what it consists of and what lives as long as it does."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import anyio.to_thread
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

from index.generations import GenerationStore
from index.listener import Profiles
from index.ranking import ArtistTables
from service.database import CONNECTIONS, Database, Writer
from service.http import (
    BodyLimit,
    BothSlashForms,
    Overload,
    ProblemDocument,
    authorize,
    outermost,
    static,
    warm_up_app,
)
from service.http import install as install_error_handlers
from service.indexing import IndexReader
from service.interactions import Committer
from service.interactions.router import router as interactions
from service.interactions.router import writes as interaction_writes
from service.operations import RequestMetrics, health, metrics, stats
from service.outcomes import OutcomeRecorder, ShownLog
from service.outcomes.router import router as outcomes
from service.recommendations.router import reads as recommendation_reads
from service.recommendations.router import router as recommendations
from service.recommendations.seeds_router import router as seeds
from service.sessions import Journals
from service.sessions.router import router as sessions
from service.settings import Settings, get_settings
from service.taste.router import router as taste
from service.tracks.router import router as tracks
from service.tracks.search import router as track_search
from service.users.router import router as users

DESCRIPTION = """
Music recommendations, each one explained.

Errors are RFC 9457 problem documents. Every address answers with and without a slash at its end.
Times are UTC. What is written shows in the very next recommendation.
"""

TAGS = [
    {"name": "recommendations", "description": "Similar tracks, personal lists, trends, search"},
    {"name": "tracks", "description": "The catalogue"},
    {"name": "users", "description": "The listeners"},
    {"name": "interactions", "description": "What listeners do"},
    {"name": "operations", "description": "How Segue is"},
]

ROUTERS = (
    recommendation_reads,
    interaction_writes,
    recommendations,
    seeds,
    sessions,
    track_search,
    tracks,
    users,
    taste,
    interactions,
    stats.router,
    outcomes,
    health.router,
    metrics.router,
    static.router,
)


def create_app(*, when_ready: Callable[[], object] = lambda: None) -> FastAPI:
    """Return the application by the settings of this process.

    It calls ``when_ready`` once it has a generation to answer from.
    """
    settings = get_settings()
    app = FastAPI(
        title="Segue",
        version=version("segue"),
        summary="Self-hosted music recommendations: exact, fast and explained",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(authorize)],
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.when_ready = when_ready
    routes = (route for router in ROUTERS for route in router.routes)
    app.state.routes = [route for route in routes if isinstance(route, APIRoute)]
    for router in ROUTERS:
        app.include_router(router)
    install_error_handlers(app)
    _describe_errors(app)
    _add_middleware(app, settings)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    database = Database(settings.url)
    reader = IndexReader(
        database,
        GenerationStore(settings.generations_dir),
        settings,
        when_ready=app.state.when_ready,
    )
    app.state.database = database
    app.state.reader = reader
    app.state.profiles = Profiles()
    app.state.artists = ArtistTables()
    app.state.journals = Journals(settings.data_dir / "sessions")
    app.state.writer = Writer(database, reader)
    app.state.committer = Committer(app.state.writer, reader)
    app.state.shown_log = ShownLog()
    app.state.outcomes = OutcomeRecorder(app.state.shown_log, database, app.state.writer)
    # As many threads as connections: one more would only wait for the pool.
    anyio.to_thread.current_default_thread_limiter().total_tokens = CONNECTIONS

    database.breaker.start()
    await anyio.to_thread.run_sync(reader.start)
    app.state.committer.start()
    await warm_up_app(app)
    app.state.outcomes.start()
    try:
        yield
    finally:
        await anyio.to_thread.run_sync(app.state.outcomes.stop)
        await anyio.to_thread.run_sync(app.state.committer.stop)
        await anyio.to_thread.run_sync(reader.stop)
        await anyio.to_thread.run_sync(database.breaker.stop)
        database.dispose()


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """The last one added sees a request first."""
    app.add_middleware(BodyLimit)
    collections = {route.path for route in app.state.routes if route.path.endswith("/")}
    app.add_middleware(BothSlashForms, collections=collections)
    app.add_middleware(RequestMetrics)
    app.add_middleware(
        Overload,
        most_inside=settings.max_concurrent_requests,
        round_seconds=settings.max_round_seconds,
    )
    build = app.build_middleware_stack
    app.build_middleware_stack = lambda: outermost(  # type: ignore[method-assign]
        build(), settings.cors_origins
    )


def _describe_errors(app: FastAPI) -> None:
    """Replace what FastAPI says about errors in OpenAPI by the problem documents."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = generate()
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            described = ProblemDocument.model_json_schema(
                ref_template="#/components/schemas/{model}"
            )
            schemas.update(described.pop("$defs", {}))
            schemas["ProblemDocument"] = described
        return app.openapi_schema or schema

    app.openapi = openapi  # type: ignore[method-assign]
