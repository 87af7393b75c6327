"""Trending counts go on from version to version, and are what counting anew would give."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.actions import ACTION_NAMES
from index.delta import apply
from index.live import LiveIndex
from index.snapshot import Snapshot
from index.trending import WINDOWS
from tests.index.catalogues import NOW, E, T, built, catalogue, changes, unchanged

DAY = 86_400.0
TRACKS = [T(id_, f"Song {id_}", genre="pop") for id_ in (10, 20, 30)]
EVENTS = [E(1, 10, at=NOW - 300), E(2, 20, "like", at=NOW - 2 * DAY)]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    path: Path = tmp_path_factory.mktemp("generation")
    return built(path, catalogue(TRACKS, [1, 2, 3], EVENTS))


events = st.builds(
    E,
    user=st.integers(1, 3),
    track=st.sampled_from([10, 20, 30, 40]),
    action=st.sampled_from(ACTION_NAMES),
    at=st.sampled_from([NOW - age * DAY for age in (0.1, 2, 10, 40)]),
)
steps = st.one_of(
    st.lists(events, min_size=1, max_size=4).map(lambda new: {"events": new}),
    st.sampled_from([10, 20, 40]).map(lambda id_: {"tracks": [T(id_, "New", genre="rock")]}),
    st.sampled_from([10, 30]).map(lambda id_: {"removed_tracks": [id_]}),
    st.sampled_from([1, 3]).map(lambda id_: {"removed_users": [id_]}),
)


@settings(max_examples=60)
@given(st.lists(st.tuples(steps, st.floats(0, 100)), max_size=8))
def test_counting_on_is_counting_anew(snapshot: Snapshot, moves: list[tuple[dict, float]]) -> None:  # type: ignore[type-arg]
    live, now = unchanged(snapshot), NOW
    for step, seconds in moves:
        now += seconds
        live = live.with_delta(apply(snapshot, live.delta, changes(**step)))
        anew = LiveIndex(snapshot, live.delta)
        for window in range(len(WINDOWS)):
            counted, expected = (each.trending_counts(window, now) for each in (live, anew))
            assert np.allclose(counted, expected, rtol=1e-9, atol=1e-9)
