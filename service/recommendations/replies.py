"""Ranked rows -> bytes: joins the tracks' ready-made JSON, so that nothing is encoded twice."""

from collections.abc import Iterable

import orjson

from index.live import LiveIndex
from index.ranking import Ranked


def recommendations(
    live: LiveIndex, ranked: Ranked, *, fallback: str | None = None, **beside: str
) -> bytes:
    """Return a reply with its items, the version of the index, and what stands beside them."""
    tail = {"index_version": live.version, "fallback": fallback, **beside}
    return b'{"items":[%b],%b' % (b",".join(_items(live, ranked)), orjson.dumps(tail)[1:])


def _items(live: LiveIndex, ranked: Ranked) -> Iterable[bytes]:
    for row, score, parts in zip(
        ranked.rows.tolist(), ranked.scores.tolist(), ranked.parts.tolist(), strict=True
    ):
        reasons = [
            {"name": name, "value": value}
            for name, value in zip(ranked.part_names, parts, strict=True)
            if value
        ]
        why = {"score": score, "reasons": reasons, "imputed": live.imputed(row)}
        yield b"%b,%b" % (live.card(row)[:-1], orjson.dumps(why)[1:])
