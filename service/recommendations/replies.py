"""Ranked rows -> a reply."""

import orjson

from index.items import items_json
from index.live import LiveIndex
from index.ranking import Ranked


def recommendations(
    live: LiveIndex, ranked: Ranked, *, fallback: str | None = None, **beside: str
) -> bytes:
    """Return a reply with its items, the version of the index, and what stands beside them."""
    tail = orjson.dumps({"index_version": live.version, "fallback": fallback, **beside})
    return b"".join((b'{"items":[', items_json(live, ranked), b"],", tail[1:]))
