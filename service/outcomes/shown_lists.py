"""Lists as they are given out: each gets its id and is noted, to be counted later.

A request only appends to a buffer. `service.outcomes.recorder` counts what is in it, in a thread.
"""

from collections import deque
from typing import NamedTuple, TypeAlias

import numpy as np
from fastapi import Request
from numpy.typing import NDArray

from index.live import LiveIndex
from service.http import OWN
from service.outcomes.ids import Scenario, id_of_tag, new_id

MOST_NOTED = 200_000
"""Of a buffer that nobody empties the oldest are forgotten."""


class Shown(NamedTuple):
    """A list that was given out."""

    scenario: Scenario
    items: int
    live: LiveIndex
    rows: NDArray[np.int64] | None
    """Rows of ``live``; None where the client has the list already."""


Noting: TypeAlias = tuple[Scenario, int, LiveIndex, NDArray[np.int64] | None]


class ShownLog:
    """The lists that were given out and are not counted yet."""

    def __init__(self) -> None:
        self._lists: deque[Noting] = deque(maxlen=MOST_NOTED)

    def add(
        self, scenario: Scenario, items: int, live: LiveIndex, rows: NDArray[np.int64] | None
    ) -> None:
        """Keep a list in mind: see `Shown`."""
        self._lists.append((scenario, items, live, rows))  # a plain tuple takes a third of the time

    def taken(self) -> list[Shown]:
        """Return what was noted since the last call; for one thread."""
        lists = self._lists
        return [Shown._make(lists.popleft()) for _ in range(len(lists))]


def recommendation_id(
    request: Request,
    scenario: Scenario,
    live: LiveIndex,
    rows: NDArray[np.int64],
    *,
    tag: str | None = None,
    teams: str = "",
) -> str:
    """Note a list that is about to be given out, and return its id.

    Parameters
    ----------
    rows
        Its tracks, rows of ``live``.
    tag
        The entity tag of a list that depends on the index and the parameters alone.
    teams
        Who placed which track, of an interleaved list: see `service.outcomes.ids`.

    """
    scope = request.scope
    if OWN not in scope:
        scope["app"].state.shown_log.add(scenario, len(rows), live, rows)
    return new_id(scenario, live, teams) if tag is None else id_of_tag(scenario, tag)


def shown_again(request: Request, scenario: Scenario, live: LiveIndex, items: int) -> None:
    """Note a list that the client has already and shows once more."""
    request.app.state.shown_log.add(scenario, items, live, None)
