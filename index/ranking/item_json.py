"""Ranked rows -> the JSON of the items of a reply: cards with their scores taken apart.

The cards are encoded when a snapshot is built; here they are only copied, and the numbers written
between them. One kernel does both, for a list costs as much to write as to find.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from index import kernels
from index.features import FEATURE_NAMES
from index.kernels import EncodedTracks, Words
from index.live import LiveIndex
from index.ranking.recommend import Ranked

Bytes = NDArray[np.uint8]

_NO_TRACKS = EncodedTracks(np.empty(0, np.uint8), np.zeros(1, np.int64), np.empty(0, np.uint8))


def items_json(live: LiveIndex, ranked: Ranked) -> memoryview:
    """Return the items as JSON objects, with commas between them.

    Each is a track's card plus ``score``, ``reasons`` (the parts that are not 0, to nine
    decimals) and ``imputed``.
    """
    cards = live.snapshot.cards
    content = np.frombuffer(cards.content, np.uint8)
    written = kernels.write_items(
        EncodedTracks(content, cards.offsets, live.snapshot.imputed),
        _added(live, ranked.rows),
        ranked.rows,
        ranked.scores,
        np.ascontiguousarray(ranked.parts),
        _words(ranked.part_names),
    )
    return written.data


def _added(live: LiveIndex, rows: NDArray[np.int64]) -> EncodedTracks:
    """Return those of ``rows`` that are the delta's."""
    tracks = live.delta.tracks
    if not len(tracks):
        return _NO_TRACKS
    slots = rows[rows >= len(live.snapshot.cards)] - len(live.snapshot.cards)
    if not len(slots):
        return _NO_TRACKS
    return EncodedTracks(*_joined(tracks["card"][slots].tolist()), tracks["imputed"][slots])


@lru_cache(maxsize=32)
def _words(part_names: tuple[str, ...]) -> Words:
    """Return what stands between the numbers, as `kernels.write_items` wants it."""
    parts = [b'{"name":%b,"value":' % orjson.dumps(name) for name in part_names]
    features = [orjson.dumps(name) for name in FEATURE_NAMES]
    return Words(
        *_joined([b',"score":', b',"reasons":[', b'],"imputed":[', b"]}", *parts, *features])
    )


def _joined(pieces: list[bytes]) -> tuple[Bytes, NDArray[np.int64]]:
    lengths: Any = [0, *map(len, pieces)]
    return np.frombuffer(b"".join(pieces), np.uint8), np.cumsum(lengths, dtype=np.int64)
