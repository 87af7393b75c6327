"""Histories of all listeners at once: events sorted, and gathered by song."""

import numpy as np
from numba import float64, int32, int64
from numpy.typing import NDArray

from index.kernels.compile import CODES, FLOATS, INTS, Floats, Ints, helper, kernel, tuple_of

Codes = NDArray[np.int32]


@helper
def _sort_by_time(events: Ints, at: Floats, room: Ints) -> None:
    """Sort events, those of one moment in the order they had: by merging ever longer runs."""
    n, width = events.shape[0], 1
    while width < n:
        for start in range(0, n, 2 * width):
            middle, stop = min(start + width, n), min(start + 2 * width, n)
            left, right = start, middle
            for i in range(start, stop):
                if left < middle and (right >= stop or at[events[left]] <= at[events[right]]):
                    room[i] = events[left]
                    left += 1
                else:
                    room[i] = events[right]
                    right += 1
        for i in range(n):
            events[i] = room[i]
        width *= 2


@kernel(tuple_of((int64[::1], int64[::1]))(CODES, CODES, FLOATS, int64))
def by_listener(listeners: Codes, positions: Codes, at: Floats, n: int) -> tuple[Ints, Ints]:
    """Return the events listener by listener, oldest first, and the listeners' offsets (n + 1,).

    Events of one moment keep their order. Those with a ``listeners`` or ``positions`` below 0 are
    left out.
    """
    offsets = np.zeros(n + 1, dtype=np.int64)
    for i in range(listeners.shape[0]):
        if listeners[i] >= 0 and positions[i] >= 0:
            offsets[listeners[i] + 1] += 1
    for listener in range(n):
        offsets[listener + 1] += offsets[listener]

    ends = offsets[:-1].copy()
    order = np.empty(offsets[n], dtype=np.int64)
    for i in range(listeners.shape[0]):
        if listeners[i] >= 0 and positions[i] >= 0:
            order[ends[listeners[i]]] = i
            ends[listeners[i]] += 1

    for listener in range(n):
        own = order[offsets[listener] : offsets[listener + 1]]
        ascending = True
        for i in range(1, own.shape[0]):
            ascending &= at[own[i - 1]] <= at[own[i]]
        if not ascending:
            _sort_by_time(own, at, np.empty(own.shape[0], dtype=np.int64))
    return order, offsets


@kernel(tuple_of((int64[::1], int32[::1], float64[::1]))(INTS, CODES, FLOATS, int64))
def by_song(offsets: Ints, songs: Codes, values: Floats, n: int) -> tuple[Ints, Codes, Floats]:
    """Return each listener's songs once, in the order of their last events, with sums of values.

    Parameters
    ----------
    offsets : events ``offsets[i]:offsets[i + 1]`` are those of listener i
    songs : codes below ``n``; events of those below 0 are left out
    values : songs whose values sum up to 0 are left out

    """
    listeners = offsets.shape[0] - 1
    starts = np.zeros(listeners + 1, dtype=np.int64)
    items = np.empty(songs.shape[0], dtype=np.int32)
    sums = np.empty(songs.shape[0], dtype=np.float64)
    owner = np.full(n, -1, dtype=np.int32)
    total, last = np.empty(n, dtype=np.float64), np.empty(n, dtype=np.int64)
    filled = 0
    for listener in range(listeners):
        for at in range(offsets[listener], offsets[listener + 1]):
            song = songs[at]
            if song < 0:
                continue
            if owner[song] != listener:
                owner[song], total[song] = listener, 0.0
            total[song] += values[at]
            last[song] = at
        for at in range(offsets[listener], offsets[listener + 1]):
            song = songs[at]
            if song >= 0 and last[song] == at and total[song] != 0.0:
                items[filled], sums[filled] = song, total[song]
                filled += 1
        starts[listener + 1] = filled
    return starts, items[:filled].copy(), sums[:filled].copy()
