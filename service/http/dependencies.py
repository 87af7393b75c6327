"""What route functions take from the running application."""

from fastapi import Request

from index.live import LiveIndex
from service.errors import Unavailable


def live_index(request: Request) -> LiveIndex:
    """Return the index to answer from, taken once. Raises Unavailable before the first one."""
    live: LiveIndex | None = request.app.state.reader.live
    if live is None:
        raise Unavailable("The first index is still being built.")
    return live
