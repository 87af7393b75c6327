"""The items of a list with a sentence in each: why it is there.

Sentences take a few times as long as the list itself, so they come on request only.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from index.actions import ACTION_CODES
from index.features import FEATURE_NAMES
from index.listener import contributing_tracks
from index.live import LiveIndex
from index.ranking import Candidate, Heard, Ranked, Target, items_json, sentence

NAMED = 2
"""Tracks of the listener in one sentence, at most."""
_LIKING = np.array([ACTION_CODES["like"], ACTION_CODES["playlist_add"]])


def for_track(live: LiveIndex, ranked: Ranked, track_id: int) -> bytes:
    """Return the items of the list of a track, commas between them, each with ``why``."""
    row = live.row_of(track_id)
    seed = {} if row is None else orjson.loads(live.card(row))
    own = _traits(live, seed)
    # As slow as the seed means that both are slow.
    return _written(live, ranked, Target.track(seed.get("title", "")), like=own)


def for_listener(live: LiveIndex, ranked: Ranked, user_id: int) -> bytes:
    """Return the items of a personal list, commas between them, each with ``why``."""
    because = list(_because(live, ranked, user_id))
    return _written(live, ranked, Target.listener(), because=because)


def for_anything(live: LiveIndex, ranked: Ranked, name: str) -> bytes:
    """Return the items of any other list, each with ``why``; ``name`` is what was asked for."""
    return _written(live, ranked, Target(name))


def _written(
    live: LiveIndex,
    ranked: Ranked,
    target: Target,
    *,
    because: Sequence[Sequence[Heard]] = (),
    like: Mapping[str, bool] | None = None,
) -> bytes:
    items = orjson.loads(b"".join((b"[", items_json(live, ranked), b"]")))
    for place, item in enumerate(items):
        traits = _traits(live, item)
        if like is not None:
            traits = {name: side for name, side in traits.items() if like.get(name) == side}
        candidate = Candidate(
            artist=item["artist"],
            album=item["album"],
            genre=item["genre"],
            traits=traits,
            because=because[place] if because else (),
        )
        parts = {part["name"]: part["value"] for part in item["reasons"]}
        item["why"] = sentence(parts, candidate, target)
    return orjson.dumps(items)[1:-1]


def _traits(live: LiveIndex, card: Mapping[str, Any]) -> dict[str, bool]:
    """Return of each feature that is known whether it is above the catalogue's median."""
    middle = live.snapshot.genres.medians[0]
    known = ((j, name, card.get(name)) for j, name in enumerate(FEATURE_NAMES))
    return {name: bool(value > middle[j]) for j, name, value in known if value is not None}


def _because(live: LiveIndex, ranked: Ranked, user_id: int) -> Iterator[list[Heard]]:
    """Yield for each item the listener's tracks that contribute most to it, where that is told."""
    if not len(ranked.reach.rows):
        return
    rows = contributing_tracks(live, ranked.reach, ranked.rows, NAMED)
    history = live.history(user_id)
    liked: set[int] = set()
    if history is not None:
        liked = set(history.rows[np.isin(history.actions, _LIKING)].tolist())
    known: dict[int, Heard] = {}
    for some in rows.tolist():
        for row in some:
            if row >= 0 and row not in known:
                title = orjson.loads(live.card(row))["title"]
                known[row] = Heard(title, liked=row in liked)
        yield [known[row] for row in some if row >= 0]
