"""What changed since the snapshot shows at once, and older versions stay what they were."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.actions import ACTION_NAMES, ACTIONS
from index.catalogue import Catalogue
from index.live import Changes, LiveIndex, apply, live_totals
from index.snapshot import Snapshot
from index.trending import WINDOWS
from tests.index import reference
from tests.index.catalogues import MIDDLE, NOW, E, T, built, card, catalogue, changes, unchanged

DAY = 86_400.0
TRACKS = [T(10, "Ten", genre="Pop"), T(20, "Twenty", genre="pop"), T(30, "Thirty", genre="rock")]
EVENTS = [E(1, 10, at=NOW - 300), E(1, 20, "like", at=NOW - 200), E(2, 10, "skip", at=NOW - 100)]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Tracks 10, 20, 30; users 1 and 2 with histories, user 3 without."""
    return built(tmp_path_factory.mktemp("generation"), catalogue(TRACKS, [1, 2, 3], EVENTS))


def after(start: Snapshot | LiveIndex, *batches: Changes) -> LiveIndex:
    live = start if isinstance(start, LiveIndex) else unchanged(start)
    for batch in batches:
        live = LiveIndex(live.snapshot, apply(live.snapshot, live.delta, batch))
    return live


def heard(live: LiveIndex, user: int) -> list[tuple[int, str]] | None:
    """Return track and action of each event, oldest first."""
    history = live.history(user)
    if history is None:
        return None
    ids = live.take(history.rows).track_ids.tolist()
    return [(id_, ACTION_NAMES[code]) for id_, code in zip(ids, history.actions, strict=True)]


def trend(live: LiveIndex, track: int, window: str = "all", now: float = NOW) -> float:
    names = [each.name for each in WINDOWS]
    row = live.row_of(track)
    assert row is not None
    return float(reference.counts_of(live, names.index(window), now)[row])


def test_without_changes_everything_is_the_snapshot(snapshot: Snapshot) -> None:
    live = unchanged(snapshot)

    assert live.version == "1.0"
    assert live.track_count == 3
    assert [live.row_of(id_) for id_ in (10, 20, 30, 40)] == [0, 1, 2, None]
    assert heard(live, 1) == [(10, "play"), (20, "like")]
    assert heard(live, 3) == []
    assert heard(live, 4) is None
    assert live.genre_counts() == [("Pop", 2), ("rock", 1)]
    assert live.removed is None


def test_the_version_counts_changes(snapshot: Snapshot) -> None:
    assert after(snapshot, changes(count=1), changes(count=3)).version == "1.4"


def test_a_new_track_gets_a_row_after_the_snapshot(snapshot: Snapshot) -> None:
    live = after(snapshot, changes(tracks=[T(40, "Forty", genre="Rock", popularity=50)]))
    row = live.row_of(40)

    assert row == 3
    assert live.card(3) == card(T(40, "Forty", genre="Rock"))
    assert live.track_count == 4
    assert live.take(np.array([3, 0])).track_ids.tolist() == [40, 10]
    assert live.take(np.array([3])).genre_codes.tolist() == [live.genre_code("rock")]
    assert live.take(np.array([3])).popularity.tolist() == [0.5]


def test_a_new_track_is_normalised_by_the_snapshots_fit(snapshot: Snapshot) -> None:
    live = after(snapshot, changes(tracks=[T(40, features=TRACKS[0].features, genre="new")]))

    table = live.take(np.array([0, 3]))
    assert table.vectors[0].tolist() == table.vectors[1].tolist()


def test_unknown_features_take_the_genres_median_and_say_so(tmp_path: Path) -> None:
    def features(energy: float) -> list[float]:
        return [120.0, energy, *MIDDLE[2:]]

    levels = [(1, "loud", 0.8), (2, "loud", 0.9), (3, "quiet", 0.1), (4, "quiet", 0.2)]
    base = built(
        tmp_path, catalogue([T(id_, genre=g, features=features(e)) for id_, g, e in levels])
    )
    unknown, known = features(float("nan")), features(0.85)
    live = after(base, changes(tracks=[T(5, genre="loud", features=unknown), T(6, features=known)]))

    assert live.imputed(4) == ["energy"]
    assert live.imputed(5) == []
    assert live.take(np.array([4])).vectors.tolist() == live.take(np.array([5])).vectors.tolist()


def test_a_changed_track_moves_to_a_new_row_and_keeps_its_history(snapshot: Snapshot) -> None:
    live = after(snapshot, changes(tracks=[T(10, "Ten again", genre="rock")]))

    assert live.row_of(10) == 3
    assert live.removed is not None
    assert live.removed.tolist() == [True, False, False]
    assert live.track_count == 3
    assert heard(live, 1) == [(10, "play"), (20, "like")]
    assert live.genre_counts() == [("rock", 2), ("Pop", 1)]
    assert trend(live, 10) == pytest.approx(trend(unchanged(snapshot), 10))
    assert reference.counts_of(live, 3, NOW)[0] == 0


def test_a_track_changed_twice_has_one_live_row(snapshot: Snapshot) -> None:
    live = after(snapshot, changes(tracks=[T(10, "A")]), changes(tracks=[T(10, "B")]))

    assert live.row_of(10) == 4
    assert live.added_alive.tolist() == [False, True]
    assert live.search("a", limit=10).total == 0
    assert live.search("b", limit=10).rows.tolist() == [4]


def test_a_changed_track_without_a_figure_keeps_the_popularity_of_its_listeners(
    snapshot: Snapshot,
) -> None:
    before = float(snapshot.popularity[1])
    live = after(snapshot, changes(tracks=[T(20)]), changes(tracks=[T(20, "Again")]))

    assert before > 0
    assert live.take(np.array([4])).popularity.tolist() == [before]


def test_a_deleted_track_is_gone_from_everywhere(snapshot: Snapshot) -> None:
    live = after(snapshot, changes(removed_tracks=[10]))

    assert live.row_of(10) is None
    assert live.track_count == 2
    assert heard(live, 1) == [(20, "like")]
    assert live.genre_counts() == [("Pop", 1), ("rock", 1)]
    assert reference.counts_of(live, 3, NOW)[0] == 0
    assert live.search("ten", limit=10).total == 0


def test_deleting_what_is_not_there_changes_nothing(snapshot: Snapshot) -> None:
    live = after(snapshot, changes(removed_tracks=[99, 99], removed_users=[99]))

    assert live.track_count == 3
    assert live.removed is None


def test_a_genre_without_tracks_is_not_listed(snapshot: Snapshot) -> None:
    assert after(snapshot, changes(removed_tracks=[30])).genre_counts() == [("Pop", 2)]


def test_new_genres_get_new_codes_however_they_are_written(snapshot: Snapshot) -> None:
    live = after(
        snapshot, changes(tracks=[T(40, genre=" Fado "), T(41, genre="FADO"), T(42, genre="ska")])
    )

    assert live.genre_code("fado") == len(snapshot.genres.names)
    assert live.genre_code("Ska") == len(snapshot.genres.names) + 1
    assert live.genre_counts() == [("Fado", 2), ("Pop", 2), ("rock", 1), ("ska", 1)]
    assert live.genre_code("polka") is None


def test_a_track_without_genre_has_code_0(snapshot: Snapshot) -> None:
    live = after(snapshot, changes(tracks=[T(40, genre="  "), T(41, genre=None)]))

    assert live.added.genre_codes.tolist() == [0, 0]
    assert len(live.genre_counts()) == 2


def test_new_events_join_the_history_in_order_of_time(snapshot: Snapshot) -> None:
    recent = [E(1, 30, "like", at=NOW - 250), E(1, 30, at=NOW - 50)]
    live = after(snapshot, changes(events=recent[1:]), changes(events=recent[:1]))

    assert heard(live, 1) == [(10, "play"), (30, "like"), (20, "like"), (30, "play")]


def test_a_new_user_has_an_empty_history_and_then_events(snapshot: Snapshot) -> None:
    known = after(snapshot, changes(users=[4]))

    assert heard(known, 4) == []
    assert heard(after(known, changes(events=[E(4, 10)])), 4) == [(10, "play")]


def test_events_that_arrive_before_their_track_and_user_are_not_lost(snapshot: Snapshot) -> None:
    early = after(snapshot, changes(events=[E(4, 40)]))
    assert heard(early, 4) is None
    assert (
        reference.counts_of(early, 3, NOW).tolist()
        == reference.counts_of(unchanged(snapshot), 3, NOW).tolist()
    )

    later = after(early, changes(users=[4], tracks=[T(40)]))
    assert heard(later, 4) == [(40, "play")]
    assert trend(later, 40) > 0


def test_a_deleted_user_is_gone_with_history_and_trends(snapshot: Snapshot) -> None:
    live = after(snapshot, changes(events=[E(1, 30)]), changes(removed_users=[1]))

    assert not live.has_user(1)
    assert heard(live, 1) is None
    assert reference.counts_of(live, 3, NOW)[1:].tolist() == [0, 0]
    assert trend(live, 10) == pytest.approx(trend(after(snapshot, changes(removed_users=[1])), 10))
    assert trend(live, 10) < 0  # the other listener's skip


def test_ids_that_are_used_again_do_not_inherit_events(snapshot: Snapshot) -> None:
    gone = after(
        snapshot,
        changes(events=[E(1, 10, "playlist_add"), E(2, 30)]),
        changes(removed_tracks=[10], removed_users=[2]),
    )
    again = after(gone, changes(tracks=[T(10, "New ten")], users=[2]), changes(events=[E(2, 10)]))

    assert heard(again, 1) == [(20, "like")]
    assert heard(again, 2) == [(10, "play")]
    assert trend(again, 10) == pytest.approx(trend(after(snapshot, changes(events=[E(2, 30)])), 30))
    assert reference.counts_of(again, 3, NOW)[2] == 0


def test_a_user_who_comes_back_starts_anew(snapshot: Snapshot) -> None:
    live = after(
        snapshot, changes(events=[E(1, 30)]), changes(removed_users=[1]), changes(users=[1])
    )

    assert heard(live, 1) == []
    assert heard(after(live, changes(events=[E(1, 20)])), 1) == [(20, "play")]


def test_versions_made_before_stay_as_they_were(snapshot: Snapshot) -> None:
    first = after(snapshot, changes(tracks=[T(40)], events=[E(1, 40)]))
    one = after(first, changes(tracks=[T(41)], events=[E(1, 41, at=NOW)]))
    other = after(first, changes(removed_tracks=[40], events=[E(1, 30, "skip", at=NOW)]))

    assert heard(first, 1) == [(40, "play"), (10, "play"), (20, "like")]
    assert heard(one, 1) == [(40, "play"), (10, "play"), (20, "like"), (41, "play")]
    assert heard(other, 1) == [(10, "play"), (20, "like"), (30, "skip")]
    assert [live.track_count for live in (first, one, other)] == [4, 5, 3]
    assert one.row_of(41) == 4
    assert first.row_of(41) is other.row_of(41) is None


def test_ids_beyond_64_bits_are_simply_unknown(snapshot: Snapshot) -> None:
    live = unchanged(snapshot)

    assert live.row_of(2**63) is live.row_of(-(2**70)) is None
    assert not live.has_user(2**64)


def test_trends_decay_from_the_build_to_now(snapshot: Snapshot) -> None:
    live = unchanged(snapshot)
    week = next(window for window in WINDOWS if window.name == "week")
    later = NOW + week.half_life

    assert trend(live, 20, "week", later) == pytest.approx(trend(live, 20, "week") / 2)


def test_new_events_count_in_the_windows_that_they_fall_into(snapshot: Snapshot) -> None:
    live = after(snapshot, changes(events=[E(3, 30, "like", at=NOW - 2 * DAY)]))

    assert trend(live, 30, "day") == 0
    assert trend(live, 30, "week") > 0
    like = next(action.trend for action in ACTIONS if action.name == "like")
    fresh = after(snapshot, changes(events=[E(3, 30, "like", at=NOW)]))
    assert trend(fresh, 30, "day") == like


def test_an_event_leaves_its_window_without_a_rebuild(snapshot: Snapshot) -> None:
    live = after(snapshot, changes(events=[E(3, 30, at=NOW)]))

    assert trend(live, 30, "day", NOW) > 0
    assert trend(live, 30, "day", NOW + 2 * DAY) == 0


def test_many_ids_are_looked_up_as_one_is(snapshot: Snapshot) -> None:
    ids = np.arange(-5, 60, dtype=np.int64)
    lives = [
        unchanged(snapshot),
        after(snapshot, changes(tracks=[T(20, "Again"), T(40)], removed_tracks=[10])),
        after(snapshot, changes(tracks=[T(40)]), changes(removed_tracks=[40, 30])),
    ]

    for live in lives:
        one_by_one = [live.row_of(id_) for id_ in ids.tolist()]
        assert live.rows_of(ids).tolist() == [-1 if row is None else row for row in one_by_one]


# --- Any sequence of changes gives what a build of the final state gives ---


@dataclass
class World:
    """A database in miniature."""

    tracks: dict[int, T] = field(default_factory=dict)
    users: set[int] = field(default_factory=set)
    events: list[E] = field(default_factory=list)

    def apply(self, batch: "Step") -> None:
        for id_ in batch.removed_tracks:
            self.tracks.pop(id_, None)
            self.events = [event for event in self.events if event.track != id_]
        for id_ in batch.removed_users:
            self.users.discard(id_)
            self.events = [event for event in self.events if event.user != id_]
        self.users.update(batch.users)
        self.tracks.update((track.id, track) for track in batch.tracks)
        self.events += batch.events


@dataclass
class Step:
    """One transaction, or several at once."""

    tracks: list[T]
    removed_tracks: list[int]
    users: list[int]
    removed_users: list[int]
    events: list[E]


IDS = st.integers(1, 6)
UNIT = st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0, float("nan")])
FEATURES = st.tuples(
    st.sampled_from([90.0, 120.0, float("nan")]), UNIT, UNIT, UNIT, UNIT, UNIT
).map(lambda drawn: (*drawn, -10.0, 0.1))
A_TRACK = st.builds(
    T,
    id=IDS,
    title=st.sampled_from(["Love", "Lovely", "Story of Love", "AC/DC", ""]),
    artist=st.sampled_from(["Love", "Beyoncé;Jay", ""]),
    genre=st.sampled_from([None, "Pop", "pop ", "rock", "ska"]),
    features=FEATURES,
    popularity=st.sampled_from([10.0, 50.0, 90.0]),
)
TIMES = st.integers(0, 400).map(lambda hours: NOW - 3600.0 * hours)
AN_EVENT = st.builds(E, user=IDS, track=IDS, action=st.sampled_from(ACTION_NAMES), at=TIMES)
TRACK_BATCH = st.lists(A_TRACK, max_size=3, unique_by=lambda track: track.id)
STEP = st.builds(
    Step,
    tracks=TRACK_BATCH,
    removed_tracks=st.lists(IDS, max_size=2),
    users=st.lists(IDS, max_size=2),
    removed_users=st.lists(IDS, max_size=1),
    events=st.lists(AN_EVENT, max_size=4),
)


def _possible(world: World, step: Step) -> Step:
    """Return ``step`` with only events whose user and track exist once it is applied."""
    tracks = (set(world.tracks) - set(step.removed_tracks)) | {track.id for track in step.tracks}
    users = (world.users - set(step.removed_users)) | set(step.users)
    step.events = [e for e in step.events if e.track in tracks and e.user in users]
    return step


def _described(live: LiveIndex) -> dict[str, object]:
    """Return what must not depend on whether a build or a delta brought it."""
    rows = {id_: row for id_ in range(8) if (row := live.row_of(id_)) is not None}
    counts = [reference.counts_of(live, window, NOW) for window in range(len(WINDOWS))]
    return {
        "cards": {id_: live.card(row) for id_, row in rows.items()},
        "imputed": {id_: live.imputed(row) for id_, row in rows.items()},
        "popularity": {
            id_: float(live.take(np.array([r])).popularity[0]) for id_, r in rows.items()
        },
        "histories": {user: _history(live, user) for user in range(8)},
        "genres": [(name.lower(), count) for name, count in live.genre_counts()],
        "searches": {
            text: _hits(live, text) for text in ("love", "l", "jay", "acdc", "pop", "s l")
        },
        "trends": {
            id_: [pytest.approx(each[row], abs=1e-9) for each in counts]
            for id_, row in rows.items()
        },
        "nothing else trends": [
            np.flatnonzero(np.delete(each, list(rows.values()))).tolist() for each in counts
        ],
        "totals": live_totals(live),
    }


def _history(live: LiveIndex, user: int) -> list[tuple[float, int, int, int]] | None:
    history = live.history(user)
    if history is None:
        return None
    ids = live.take(history.rows).track_ids.tolist()
    assert (np.diff(history.at) >= 0).all()
    columns = (history.at.tolist(), ids, history.actions.tolist(), history.ratings.tolist())
    return sorted(zip(*columns, strict=True))


def _hits(live: LiveIndex, text: str) -> tuple[list[int], int]:
    result = live.search(text, limit=100)
    return live.take(result.rows).track_ids.tolist(), result.total


@settings(max_examples=40)
@given(start=STEP, steps=st.lists(STEP, max_size=5))
def test_any_changes_lead_to_what_a_build_of_the_outcome_shows(
    tmp_path_factory: pytest.TempPathFactory, start: Step, steps: list[Step]
) -> None:
    folder = tmp_path_factory.mktemp("generations")
    world = World()
    world.apply(_possible(world, start))
    live = unchanged(built(folder / "before", _catalogue(world)))

    for step in steps:
        possible = _possible(world, step)
        world.apply(possible)
        live = after(live, changes(**vars(possible)))

    rebuilt = unchanged(built(folder / "after", _catalogue(world)))
    assert _described(live) == _described(rebuilt)
    assert live.track_count == rebuilt.track_count == len(world.tracks)


def _catalogue(world: World) -> Catalogue:
    return catalogue(world.tracks.values(), world.users, world.events)
