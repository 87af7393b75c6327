"""``segue serve``: the API and the web app."""

import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from uvicorn import Config

from service.commands.graceful_shutdown import (
    NEW_WORKER_SECONDS,
    EndingProtocol,
    ManyServers,
    OneServer,
)
from service.commands.supervisor import Ready, announce, embedded_indexer, listen, worker_app
from service.database import CONNECTIONS, LASTING, cause_of, is_unavailable
from service.errors import UNUSABLE, Failure
from service.migrations.prepared import ready_database
from service.settings import Settings, get_settings

INDEXER_CONNECTIONS = 6
SHARE_OF_CONNECTIONS = 0.8

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
}


def serve(
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Serving processes [SEGUE_WORKERS].")
    ] = None,
    indexer: Annotated[
        bool | None,
        typer.Option(
            "--indexer/--no-indexer",
            help="Run an indexer too, which ends with this process [SEGUE_EMBEDDED_INDEXER].",
        ),
    ] = None,
) -> None:
    """Serve the API and the web app until interrupted.

    SIGTERM stops it without a failed request; with several workers, SIGHUP replaces one after the
    other.

    Exits with 2 if the database lacks the newest revision (an empty one and the default SQLite
    database get it on the way), or if it allows too few connections for the workers.
    """
    settings = get_settings()
    count = workers or settings.workers
    _end_politely()
    _check_database(settings, count)
    listener = listen(settings.host, settings.port)
    ready = multiprocessing.get_context("spawn").Semaphore(0)

    with_indexer = settings.embedded_indexer if indexer is None else indexer
    with (
        _metrics_folder(count),
        embedded_indexer(settings) if with_indexer else nullcontext(_nothing) as renew_indexer,
        listener,
        suppress(KeyboardInterrupt),
    ):
        threading.Thread(target=announce, args=[listener, count, ready], daemon=True).start()
        _serve(listener, settings, count, ready, renew_indexer)


def _nothing() -> None:
    """Stand in for an indexer that runs elsewhere."""


def _serve(
    listener: socket.socket,
    settings: Settings,
    workers: int,
    ready: Ready,
    renew_indexer: Callable[[], None],
) -> None:

    config = Config(
        partial(worker_app, ready),
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        http=EndingProtocol,
        lifespan="on",
        access_log=False,
        log_config=LOGGING,
        server_header=False,
        backlog=2048,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=20,
        timeout_worker_healthcheck=NEW_WORKER_SECONDS,
    )
    if workers > 1:
        ManyServers(
            config,
            sockets=[listener],
            drain_seconds=settings.drain_seconds,
            after_restart=renew_indexer,
        ).run()
        return
    server = OneServer(config, drain_seconds=settings.drain_seconds)
    server.run(sockets=[listener])
    if not server.started:
        raise Failure("The server could not start; the lines above say why")


def _end_politely() -> None:
    """Turn SIGTERM into a normal end, so that children and folders are cleared away."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def _check_database(settings: Settings, workers: int) -> None:
    """Refuse a database that this version can't serve. One that is away may come back."""
    try:
        with ready_database(settings) as database:
            if database.kind == "mysql":
                with database.engine.connect() as connection:
                    allowed = connection.execute(text("SELECT @@max_connections")).scalar_one()
                check_connections(workers, int(allowed))
    except SQLAlchemyError as error:
        if not is_unavailable(error):
            raise
        nothing_to_serve = not any(settings.generations_dir.glob("*"))
        if nothing_to_serve and cause_of(error) in LASTING:
            raise Failure(f"{cause_of(error)}: {getattr(error, 'orig', error)}") from error
        sys.stderr.write(f"{cause_of(error)}; serving the last index until that changes\n")


def check_connections(workers: int, allowed: int) -> None:
    """Raise `Failure` if the workers and the indexer may need more than a fair share."""
    needed = workers * CONNECTIONS + INDEXER_CONNECTIONS
    usable = int(SHARE_OF_CONNECTIONS * allowed)
    if needed > usable:
        raise Failure(
            f"{workers} workers need up to {needed} connections, but only {usable} of the "
            f"database's {allowed} should be used: set fewer workers or a higher max_connections",
            code=UNUSABLE,
        )


@contextmanager
def _metrics_folder(workers: int) -> Iterator[None]:
    """Give several workers a fresh folder in which to count together."""
    if workers == 1:
        os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
        yield
        return
    with TemporaryDirectory(prefix="segue-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield
