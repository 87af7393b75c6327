"""Numbers that an index holds in its cards only: lengths and years of tracks.

They are read from the cards when a list is first limited by them, once per generation.
"""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.live import LiveIndex
from index.storage import Cards

DURATION, YEAR = "duration", "year"
# Quotes within a JSON text are escaped: nothing but the key itself looks like this.
_PATTERNS = {
    DURATION: re.compile(rb'"duration":(?:null|([0-9]+))'),
    YEAR: re.compile(rb'"release_date":(?:null|"([0-9]{4}))'),
}
_known: dict[str, tuple[tuple[str, int, float], NDArray[np.float64]]] = {}
"""By name: database, generation and moment of its build, and (n,) numbers of its rows."""


def outside_rows(
    live: LiveIndex, name: str, least: float | None, most: float | None
) -> NDArray[np.int64]:
    """Return the live rows whose number is unknown or not within ``least..most``, ascending.

    Parameters
    ----------
    name
        `DURATION`, in seconds, or `YEAR`.
    """
    numbers = np.concatenate([_of_snapshot(live, name), _read(live.delta.tracks["card"], name)])
    inside = numbers >= (-np.inf if least is None else least)
    inside &= numbers <= (np.inf if most is None else most)
    return np.flatnonzero(~inside)


def _of_snapshot(live: LiveIndex, name: str) -> NDArray[np.float64]:
    snapshot = live.snapshot
    build = (snapshot.database, snapshot.generation, snapshot.built_at)
    known = _known.get(name)
    if known is None or known[0] != build or len(known[1]) != len(snapshot.track_ids):
        known = build, _read(snapshot.cards, name)
        _known[name] = known
    return known[1]


def _read(cards: Cards | NDArray[Any], name: str) -> NDArray[np.float64]:
    """Return the number in each card, NaN where it has none."""
    numbers = np.full(len(cards), np.nan)
    for row in range(len(cards)):
        found = _PATTERNS[name].search(cards[row])
        if found is not None and found[1] is not None:
            numbers[row] = float(found[1])
    return numbers
