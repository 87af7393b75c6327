"""When the indexer counts: as soon as no interaction can come in before those that it reads."""

import time
from collections import deque
from collections.abc import Callable

from service.database import Database
from service.outcomes.counting import count_outcomes, newest_interaction

SETTLE_SECONDS = 15.0
"""Ids are given out before the commit. A transaction of the service is over long before this."""


class OutcomeCounter:
    """Counts what has settled, each time it is called."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._newest: deque[tuple[float, int]] = deque()
        """Moments, and the newest interaction there was."""

    def count(self) -> None:
        """Count all interactions that were there `SETTLE_SECONDS` ago."""
        now = self._clock()
        self._newest.append((now, newest_interaction(self._database)))
        settled = 0
        while self._newest and self._newest[0][0] <= now - SETTLE_SECONDS:
            settled = self._newest.popleft()[1]
        if settled:
            count_outcomes(self._database, settled)
