"""Decayed counts by action within a window."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.actions import ACTION_CODES, ACTIONS
from index.trending import DAY, WINDOWS, event_weights, window_counts

NOW = 1.7e9


@given(seed=st.integers(0, 2**32 - 1), events=st.integers(0, 60))
def test_counts_are_decayed_sums_of_the_events_within_the_window(seed: int, events: int) -> None:
    generator = np.random.default_rng(seed)
    rows = generator.integers(0, 5, events)
    actions = generator.integers(0, len(ACTIONS), events).astype(np.uint8)
    at = NOW - 10.0 ** generator.uniform(-3, 9, events)

    counts = window_counts(rows, actions, at, n=5, now=NOW)

    wanted = np.zeros((len(WINDOWS), 5))
    for row, action, moment in zip(rows, actions, at, strict=True):
        for w, window in enumerate(WINDOWS):
            if NOW - moment < window.seconds:
                decay = 0.5 ** ((NOW - moment) / window.half_life)
                wanted[w, row] += ACTIONS[action].trend * decay
    np.testing.assert_allclose(counts, wanted, rtol=1e-9, atol=1e-12)


def test_an_event_of_the_future_counts_as_new() -> None:
    play = np.array([ACTION_CODES["play"]], dtype=np.uint8)

    for window in WINDOWS:
        assert event_weights(window, play, np.array([NOW + 300]), NOW).tolist() == [1.0]


def test_counts_can_be_decayed_later_instead_of_counted_again() -> None:
    rows, actions = np.array([0, 1, 1]), np.array([0, 1, 3], dtype=np.uint8)
    at = np.array([NOW - 5, NOW - 7000, NOW - 90])

    before = window_counts(rows, actions, at, n=2, now=NOW)
    after = window_counts(rows, actions, at, n=2, now=NOW + 3600)

    for window, counts, later in zip(WINDOWS, before, after, strict=True):
        np.testing.assert_allclose(counts * window.decay(3600), later, rtol=1e-12)
        assert window.decay(-1) == 1.0


def test_windows_widen_from_first_to_last() -> None:
    assert [window.seconds for window in WINDOWS] == sorted(window.seconds for window in WINDOWS)
    assert WINDOWS[0].seconds == DAY
    for window in WINDOWS[:-1]:
        at_the_edge = window.decay(window.seconds)
        assert at_the_edge == pytest.approx(0.1, abs=0.03), "so that little is cut off at the edge"
