"""Metrics for Prometheus: requests by route, the index, and the rebuilds; right over all workers.

`segue serve` names a folder in ``PROMETHEUS_MULTIPROC_DIR`` before anything imports this module:
each worker counts in files of its own there, and whichever is asked adds them up.
"""

import os
import time
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPMethod

import anyio
import anyio.to_thread
from fastapi import APIRouter, Request, Response
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.database import State
from service.http import OWN
from service.indexing import IndexReader
from service.outcomes import OutcomeMetrics, OutcomeRecorder

disable_created_metrics()  # type: ignore[no-untyped-call]

router = APIRouter(tags=["operations"])

OTHER = "other"
"""Label of what clients make up: no label value may come from a request."""
METHODS = frozenset(method.value for method in HTTPMethod)
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS = Counter("segue_http_requests_total", "Requests answered", ("method", "route", "status"))
SECONDS = Histogram(
    "segue_http_request_seconds", "Time to answer", ("method", "route"), buckets=BUCKETS
)


class RequestMetrics:
    """ASGI middleware that counts and times requests by the template of their route."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and take its measure."""
        if scope["type"] != "http" or OWN in scope:
            await self._app(scope, receive, send)
            return

        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", OTHER)
            method = scope["method"] if scope["method"] in METHODS else OTHER
            _requests(method, route, status).inc()
            _seconds(method, route).observe(time.perf_counter() - started)


class IndexMetrics(Collector):
    """What a worker knows of the index, read when it is asked for."""

    def __init__(self, reader: IndexReader) -> None:
        self._reader = reader

    def collect(self) -> Iterable[Metric]:
        """Return the metrics of the index this worker serves, and of the rebuilds."""
        live, condition = self._reader.live, self._reader.condition
        yield _gauge("segue_index_ready", "Whether an index is served", float(live is not None))
        if live is not None:
            snapshot = live.snapshot
            age = max(0.0, time.time() - snapshot.built_at)
            yield _gauge("segue_index_generation", "Generation served", snapshot.generation)
            yield _gauge("segue_index_changes", "Changes since the generation", live.delta.count)
            yield _gauge("segue_index_age_seconds", "Time since the generation was built", age)
            yield _gauge("segue_index_tracks", "Tracks served", live.track_count)
            yield _gauge("segue_index_bytes", "Size of the generation", snapshot.size_bytes)

        yield _gauge("segue_database_up", "Whether the database answers", float(bool(condition)))
        breaker = self._reader.breaker
        state = GaugeMetricFamily(
            "segue_database_breaker", "Which state the breaker is in", labels=["state"]
        )
        for each in State:
            state.add_metric([each], float(breaker.state is each))
        yield state
        openings = CounterMetricFamily(
            "segue_database_breaker_openings", "How often the database stopped answering"
        )
        openings.add_metric([], breaker.openings)
        yield openings
        if condition is not None:
            alive = float(condition.indexer_alive)
            yield _gauge("segue_indexer_up", "Whether an indexer leads", alive)
            waiting = condition.queued + condition.running
            yield _gauge("segue_rebuilds_waiting", "Rebuilds queued or running", waiting)
            rebuilds = CounterMetricFamily("segue_rebuilds", "Rebuilds ended", labels=["result"])
            rebuilds.add_metric(["done"], condition.done)
            rebuilds.add_metric(["failed"], condition.failed)
            yield rebuilds


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {
            "description": "The metrics in Prometheus' text format",
            "content": {
                "text/plain": {
                    "schema": {"type": "string"},
                    "example": "segue_index_generation 12.0\n",
                }
            },
        }
    },
    summary="Metrics for Prometheus",
    operation_id="metrics",
)
async def metrics(request: Request) -> Response:
    """Counts and latencies of all workers; the index as the answering worker sees it."""
    state = request.app.state
    body = await anyio.to_thread.run_sync(
        exposition, state.reader, state.outcomes, limiter=_limiter()
    )
    return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def exposition(reader: IndexReader, keeper: OutcomeRecorder) -> bytes:
    """Return all metrics in Prometheus' text format."""
    requests = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        requests = CollectorRegistry()
        MultiProcessCollector(requests)  # type: ignore[no-untyped-call]
    index = CollectorRegistry()
    index.register(IndexMetrics(reader))
    index.register(OutcomeMetrics(keeper, reader.live.track_count if reader.live else 0))
    return generate_latest(requests) + generate_latest(index)


# Finding a child by its labels costs more than counting does.
@lru_cache(maxsize=2_048)
def _requests(method: str, route: str, status: int) -> Counter:
    return REQUESTS.labels(method, route, str(status))


@lru_cache(maxsize=512)
def _seconds(method: str, route: str) -> Histogram:
    return SECONDS.labels(method, route)


@lru_cache(maxsize=1)
def _limiter() -> anyio.CapacityLimiter:
    """Threads of its own: those of the writes may all wait for a hung database."""
    return anyio.CapacityLimiter(1)


def _gauge(name: str, description: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, description, value=value)
