"""Ranked rows -> a reply, and the tag that names it."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import version
from typing import Any

import orjson

from index.live import LiveIndex
from index.ranking import Ranked, items_json
from service.errors import NotFound
from service.http import Parameters, document

_RELEASE = version("segue")
_TAG_BYTES = 12


def recommendations(
    live: LiveIndex,
    ranked: Ranked,
    *,
    recommendation_id: str,
    fallback: str | None = None,
    items: bytes | None = None,
    **beside: Any,
) -> bytes:
    """Return a reply with its items, the version of the index, and what stands beside them.

    ``items`` are the items where they have been written before, with more in them.
    """
    told = {
        "recommendation_id": recommendation_id,
        "index_version": live.version,
        "fallback": fallback,
        "ordered_by": ordered_by(ranked),
        **beside,
    }
    tail = orjson.dumps(told)
    return b"".join((b'{"items":[', items or items_json(live, ranked), b"],", tail[1:]))


def ordered_by(ranked: Ranked) -> str:
    """Return ``score`` if scores fall along the list, ``policies`` if policies reordered it."""
    scores = ranked.scores
    return "score" if bool((scores[1:] <= scores[:-1]).all()) else "policies"


def entity_tag(live: LiveIndex, params: Parameters) -> str:
    """Return the strong tag of a reply that depends on the index and the parameters alone.

    It is made of what decides on the bytes: the release of Segue, the database, the version of the
    index, and those parameters that are not left at their defaults.
    """
    defaults = _defaults(type(params))
    given = ((name, getattr(params, name)) for name in sorted(params.model_fields_set))
    chosen = [(name, value) for name, value in given if value != defaults[name]]
    content = repr((_RELEASE, live.snapshot.database, live.version, chosen)).encode()
    return f'"{live.version}-{blake2b(content, digest_size=_TAG_BYTES).hexdigest()}"'


def batch(live: LiveIndex, results: Iterable[bytes]) -> bytes:
    """Return the reply to a batch."""
    return b'{"results":[%b],"index_version":%b}' % (b",".join(results), orjson.dumps(live.version))


def found(
    live: LiveIndex, track_id: int, ranked: Ranked, *, recommendation_id: str, **beside: Any
) -> bytes:
    """Return what a batch says of one seed."""
    told = {"recommendation_id": recommendation_id, "ordered_by": ordered_by(ranked), **beside}
    tail = orjson.dumps(told)
    head = b'{"track_id":%d,"items":[' % track_id
    return b"".join((head, items_json(live, ranked), b"],", tail[1:]))


def not_found(track_id: int, error: NotFound) -> bytes:
    """Return what a batch says of a seed that is not there."""
    return orjson.dumps({"track_id": track_id, "error": document(error.status, error.detail)})


@lru_cache(maxsize=16)
def _defaults(model: type[Parameters]) -> dict[str, Any]:
    return {
        name: field.get_default(call_default_factory=True, validated_data={})
        for name, field in model.model_fields.items()
    }
