"""``segue indexer``: the process that rebuilds."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Annotated

import typer

from service.indexing import Indexer, RebuildBar
from service.settings import get_settings

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def indexer(
    embedded: Annotated[
        bool, typer.Option("--embedded", hidden=True, help="End when standard input does.")
    ] = False,
) -> None:
    """Rebuild the index on schedule and on request, as the only one for its database.

    Further indexers wait until the leading one ends. SIGTERM ends it cleanly.
    """
    settings = get_settings()

    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT)
    logging.getLogger("service").setLevel(logging.INFO)
    process = Indexer(settings, RebuildBar())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: process.stop())
    if embedded:
        threading.Thread(target=_end_with_input, args=[process.stop], daemon=True).start()
    process.run()


def _end_with_input(stop: Callable[[], None]) -> None:
    """Stop when the parent, however it ended, no longer holds the other end of the pipe."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    stop()
