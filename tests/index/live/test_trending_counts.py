"""Trending counts go on from version to version, and are what counting anew would give."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.actions import ACTION_NAMES
from index.live import LiveIndex, apply
from index.retrieval import Candidates, top_counts
from index.snapshot import Snapshot, orders
from index.trending import WINDOWS
from tests.index import reference
from tests.index.catalogues import NOW, E, T, built, catalogue, changes, unchanged

DAY = 86_400.0
TRACKS = [T(id_, f"Song {id_}", genre="pop") for id_ in (10, 20, 30)]
EVENTS = [E(1, 10, at=NOW - 300), E(2, 20, "like", at=NOW - 2 * DAY)]


@pytest.fixture(scope="module", params=[1, orders.MOST], ids="{} in order".format)
def snapshot(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Snapshot]:
    path: Path = tmp_path_factory.mktemp("generation")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(orders, "MOST", request.param)
        yield built(path, catalogue(TRACKS, [1, 2, 3], EVENTS))


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


@settings(max_examples=100)
@given(
    moves=st.lists(st.tuples(steps, st.floats(0, 100)), max_size=8),
    k=st.integers(1, 4),
    genre=st.sampled_from([None, "pop", "rock"]),
    excluded=st.sets(st.integers(0, 4)),
)
def test_counting_on_is_counting_anew(
    snapshot: Snapshot,
    moves: list[tuple[dict[str, Any], float]],
    k: int,
    genre: str | None,
    excluded: set[int],
) -> None:
    live, now = unchanged(snapshot), NOW
    for step, seconds in moves:
        now += seconds
        live = live.with_delta(apply(snapshot, live.delta, changes(**step)))
        for window in range(len(WINDOWS)):
            expected = reference.trending_counts(live, window, now)
            counted = reference.counts_of(live, window, now)
            assert np.allclose(counted, expected, rtol=1e-9, atol=1e-9)

            code = None if genre is None else live.genre_code(genre)
            if genre is None or code is not None:
                rows = np.array(sorted(excluded & set(range(len(expected)))), dtype=np.int64)
                found = top_counts(live, window, now, k=k, genre=code, excluded=rows)
                is_best(live, found, expected, k, code, rows.tolist())


def is_best(
    live: LiveIndex,
    found: Candidates,
    counts: reference.Floats,
    k: int,
    genre: int | None,
    excluded: list[int],
) -> None:
    """Check rows and scores; events add up in any order, so last bits may decide between rows."""
    rows = np.array([row for row in reference.live_rows(live) if row not in excluded], np.int64)
    if genre is not None:
        rows = rows[live.take(rows).genre_codes == genre]
    best = np.sort(counts[rows][counts[rows] > 1e-9])[::-1][:k]

    # What cancels out may leave a last bit.
    np.testing.assert_allclose(found.scores[found.scores > 1e-9], best, rtol=1e-9)
    np.testing.assert_allclose(counts[found.rows], found.scores, rtol=1e-9, atol=1e-12)
    assert set(found.rows.tolist()) <= set(rows.tolist())
    assert len(set(found.rows.tolist())) == len(found.rows)


def test_counts_hold_only_what_changed(snapshot: Snapshot) -> None:
    live = unchanged(snapshot)
    assert len(live.trends(3, NOW).rows) == 0

    later = live.with_delta(apply(snapshot, live.delta, changes(events=[E(1, 30), E(2, 30)])))
    assert later.trends(3, NOW).track_ids.tolist() == [30]
    assert later.trends(3, NOW) is later.trends(3, NOW + 10)
