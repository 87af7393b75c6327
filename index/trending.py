"""What listeners turn to now: exponentially decayed counts of actions within a window.

An event of age ``t`` counts ``ACTIONS[a].trend * 2 ** (-t / half_life)`` in every window that is
longer than ``t``. Decay keeps proportions, so counts taken at one moment are valid at a later one
after one multiplication; only the edge of the window stays where it was until the next build.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.actions import ACTIONS

HOUR = 3600.0
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, in seconds, and the age at which an event counts half in it."""

    name: str
    seconds: float
    half_life: float

    def decay(self, seconds: float) -> float:
        """Return what remains of a count after ``seconds`` have passed (1 for a negative span)."""
        return float(2.0 ** (-max(seconds, 0.0) / self.half_life))


WINDOWS: tuple[Window, ...] = (
    Window("day", DAY, 8 * HOUR),
    Window("week", 7 * DAY, 2 * DAY),
    Window("month", 30 * DAY, 10 * DAY),
    Window("all", float("inf"), 180 * DAY),
)
"""From narrow to wide: a window that is too empty widens to the next."""
WINDOW_NAMES: tuple[str, ...] = tuple(window.name for window in WINDOWS)
DEFAULT_WINDOW = "week"

_TRENDS = np.array([action.trend for action in ACTIONS], dtype=np.float64)


def event_weights(
    window: Window, actions: NDArray[np.uint8], at: NDArray[np.float64], now: float
) -> NDArray[np.float64]:
    """Return what each event counts in ``window`` at ``now``; events of the future count as new."""
    ages = np.maximum(now - at, 0.0)

    return np.where(ages < window.seconds, _TRENDS[actions] * 2.0 ** (-ages / window.half_life), 0)


def window_counts(
    rows: NDArray[np.integer],
    actions: NDArray[np.uint8],
    at: NDArray[np.float64],
    *,
    n: int,
    now: float,
) -> NDArray[np.float64]:
    """Return the decayed counts of ``n`` rows at ``now``, (windows, n); dislikes can make them < 0.

    ``rows``, ``actions`` and ``at`` (seconds since 1970) hold one position per event.
    """
    counts = []
    for window in WINDOWS:
        # Most events are older than most windows, and powers are dear.
        inside = now - at < window.seconds
        weights = event_weights(window, actions[inside], at[inside], now)
        counts.append(np.bincount(rows[inside], weights=weights, minlength=n))

    return np.stack(counts).astype(np.float64, copy=False)
