"""What `segue serve` has around its workers: socket, indexer, and the news of being ready."""

import http.client
import logging
import multiprocessing
import multiprocessing.connection
import multiprocessing.synchronize
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastapi import FastAPI

from service.commands.environment import THREADS, compiling
from service.commands.graceful_shutdown import say_when_stopping
from service.errors import Failure
from service.settings import Settings

log = logging.getLogger(__name__)

BACKLOG = 2048
POLL_SECONDS = 0.1
ANSWER_SECONDS = 5
STOP_SECONDS = 10
SWITCH_SECONDS = 0.0005
"""The event loop answers reads; by default threads that write would keep it waiting for 5 ms."""
FIRST_RESTART_SECONDS, LAST_RESTART_SECONDS = 1.0, 60.0

Ready = multiprocessing.synchronize.Semaphore
"""Each worker releases it when it has something to answer from."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that all workers accept from. Port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)  # a port that is taken is noticed here, before anything starts
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise Failure(f"Cannot listen on {host}, port {port}: {reason}") from error
    listener.set_inheritable(True)
    return listener


def announce(listener: socket.socket, workers: int, ready: Ready) -> None:
    """Print the address once each worker has said that it is ``ready`` and one answers."""
    host, port = address(listener)
    sys.stdout.write(f"Starting Segue{compiling()} ...\n")
    sys.stdout.flush()
    for _ in range(workers):
        ready.acquire()
    while not _is_ready(host, port):
        time.sleep(POLL_SECONDS)
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"Segue is ready at http://{shown}:{port}/\n")
    sys.stdout.flush()


def address(listener: socket.socket) -> tuple[str, int]:
    """Return host and port by which this machine reaches ``listener``."""
    host, port = listener.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104


@contextmanager
def embedded_indexer(settings: Settings) -> Iterator[Callable[[], None]]:
    """Run an indexer that ends with this process, and start it again should it fail.

    Yields what replaces it by a new process.
    """
    stopping, renewing = threading.Event(), threading.Event()
    keeper = threading.Thread(target=_keep_indexer, args=[settings, stopping, renewing])
    keeper.start()
    try:
        yield renewing.set
    finally:
        stopping.set()
        keeper.join()


def _keep_indexer(settings: Settings, stopping: threading.Event, renewing: threading.Event) -> None:
    pause = FIRST_RESTART_SECONDS
    while not stopping.is_set():
        started = time.monotonic()
        child = _start_indexer(settings)
        while child.poll() is None and not renewing.is_set() and not stopping.wait(POLL_SECONDS):
            pass
        if stopping.is_set() or renewing.is_set():
            renewing.clear()
            _end(child)
            continue

        if time.monotonic() - started > LAST_RESTART_SECONDS:
            pause = FIRST_RESTART_SECONDS
        log.error("The indexer ended with exit code %s; starting it again", child.returncode)
        stopping.wait(pause)
        pause = min(2 * pause, LAST_RESTART_SECONDS)


def _start_indexer(settings: Settings) -> subprocess.Popen[bytes]:
    threads = dict.fromkeys(THREADS, str(settings.indexer_threads))
    # It ends when its standard input does: also when this process is killed.
    return subprocess.Popen(
        [sys.executable, "-m", "service.cli", "indexer", "--embedded"],
        env={**os.environ, **threads},
        stdin=subprocess.PIPE,
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def worker_app(ready: Ready | None = None) -> FastAPI:
    """Return the application for a worker, which ends when the process that started it does."""
    from service.app import create_app

    say_when_stopping()
    sys.setswitchinterval(SWITCH_SECONDS)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=[parent.sentinel], daemon=True).start()
    return create_app(when_ready=ready.release) if ready else create_app()


def _end_after(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)


def _is_ready(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
