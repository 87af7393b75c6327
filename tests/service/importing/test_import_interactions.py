"""``import interactions``: events and playlists."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from service.database import Database
from service.importing import UnusableError
from service.models import Track
from tests.service.files import (
    counts,
    findings,
    interactions,
    load_interactions,
    load_tracks,
    rejections,
    users,
    written,
)

EVENTS = "user,track,action,created_at,rating,listen_duration\n"


@pytest.fixture
def catalogue(database: Database, tmp_path: Path) -> Database:
    """A database with the tracks t1, t2 and t3."""
    rows = "".join(f"t{number},T{number},X\n" for number in (1, 2, 3))
    load_tracks(database, written(tmp_path, "external_id,title,artist\n" + rows))
    return database


def test_events_create_their_listeners_and_keep_what_they_say(
    catalogue: Database, tmp_path: Path
) -> None:
    rows = [
        "ann,t1,play,2024-05-01T10:00:00Z,,180",
        "bob,t1,like,2024-05-01 10:00:00.25,5,",
        "ann,t2,skip,2024-05-01T12:30:00+02:00,,3.0",
    ]
    report = load_interactions(catalogue, written(tmp_path, EVENTS + "\n".join(rows)))

    assert counts(report) == {"inserted": 3}
    assert report.users_created == 2
    assert sorted(str(user.external_id) for user in users(catalogue)) == ["ann", "bob"]
    assert {user.email for user in users(catalogue)} == {None}
    events = {
        (event.action, event.rating, event.listen_duration) for event in interactions(catalogue)
    }
    assert events == {("play", None, 180), ("like", 5, None), ("skip", None, 3)}
    assert {event.created_at for event in interactions(catalogue)} == {
        datetime(2024, 5, 1, 10),
        datetime(2024, 5, 1, 10, 0, 0, 250_000),
        datetime(2024, 5, 1, 10, 30),
    }


def test_a_second_import_of_events_adds_nothing(catalogue: Database, tmp_path: Path) -> None:
    rows = (
        "ann,t1,play,2024-05-01T10:00:00Z,,\nann,t1,play,2024-05-02T10:00:00Z,,\nann,t2,like,,,\n"
    )
    path = written(tmp_path, EVENTS + rows)
    first, second = load_interactions(catalogue, path), load_interactions(catalogue, path)

    assert counts(first) == {"inserted": 3}
    assert counts(second) == {"unchanged": 3}
    assert second.users_created == 0
    assert len(interactions(catalogue)) == 3


def test_the_identity_of_an_event_is_listener_track_action_and_moment(
    catalogue: Database, tmp_path: Path
) -> None:
    rows = [
        "ann,t1,play,2024-05-01T10:00:00Z,,",
        "ann,t1,play,2024-05-01T10:00:00Z,,9",
        "ann,t1,play,2024-05-01T12:00:00+02:00,,",
        "ann,t1,like,2024-05-01T10:00:00Z,,",
        "ann,t1,play,2024-05-01T10:04:01Z,,",
        "ANN,t1,play,2024-05-01T10:00:00Z,,",
        "ann,t2,play,,,",
        "ann,t2,play,,,",
    ]
    report = load_interactions(catalogue, written(tmp_path, EVENTS + "\n".join(rows)))

    assert counts(report) == {"inserted": 5, "merged": 3}
    assert findings(report, "merged") == {
        "completes an event of an earlier line": [3],
        "repeats an event of an earlier line": [4, 9],
    }
    assert [event.listen_duration for event in interactions(catalogue)] == [9, *[None] * 4]


def test_an_event_without_moment_repeats_any_of_its_kind(
    catalogue: Database, tmp_path: Path
) -> None:
    load_interactions(catalogue, written(tmp_path, EVENTS + "ann,t1,play,2024-05-01,,\n"))
    report = load_interactions(catalogue, written(tmp_path, "user,track,action\nann,t1,play\n"))

    assert counts(report) == {"unchanged": 1}


def test_a_changed_rating_updates_its_event(catalogue: Database, tmp_path: Path) -> None:
    load_interactions(catalogue, written(tmp_path, EVENTS + "ann,t1,like,2024-05-01,3,20\n"))
    report = load_interactions(catalogue, written(tmp_path, EVENTS + "ann,t1,like,2024-05-01,5,\n"))

    assert counts(report) == {"updated": 1}
    (event,) = interactions(catalogue)
    assert (event.rating, event.listen_duration) == (5, 20)


def test_a_playlist_is_a_listener_who_adds_its_tracks(catalogue: Database, tmp_path: Path) -> None:
    content = "playlist_id,position,track_id\n9,0,t2\n9,1,t1\n10,0,t3\n"
    path = written(tmp_path, content)
    first, second = load_interactions(catalogue, path), load_interactions(catalogue, path)

    assert (counts(first), counts(second)) == ({"inserted": 3}, {"unchanged": 3})
    assert first.unused_columns == []
    names = {user.id: user.external_id for user in users(catalogue)}
    added = [(names[one.user_id], one.action) for one in interactions(catalogue)]
    assert sorted(added) == [("10", "playlist_add"), *[("9", "playlist_add")] * 2]


def test_a_playlist_is_taken_for_a_track_a_second_that_ends_now(
    catalogue: Database, tmp_path: Path
) -> None:
    load_interactions(
        catalogue, written(tmp_path, "playlist_id,position,track_id\n9,2,t1\n9,0,t3\n9,1,t2\n")
    )
    events = sorted(interactions(catalogue), key=lambda event: event.created_at or datetime.min)
    moments = [event.created_at for event in events if event.created_at]

    with catalogue.reading() as session:
        names = {track.id: track.external_id for track in session.scalars(select(Track))}
    assert [names[event.track_id] for event in events] == ["t3", "t2", "t1"]
    assert [b - a for a, b in pairwise(moments)] == [timedelta(seconds=1)] * 2
    assert moments[-1] <= datetime.now(UTC).replace(tzinfo=None)


def test_a_playlist_without_positions_keeps_the_order_of_its_lines(
    catalogue: Database, tmp_path: Path
) -> None:
    lines = "playlist_id,track_id\n9,t3\n9,t1\n9,t2\n"
    load_interactions(catalogue, written(tmp_path, lines))

    stored = sorted(interactions(catalogue), key=lambda event: event.id)
    moments = [event.created_at for event in stored if event.created_at]
    assert len(moments) == 3
    assert all(b - a == timedelta(seconds=1) for a, b in pairwise(moments))


def test_what_a_playlist_has_gained_is_newer_than_what_it_had(
    catalogue: Database, tmp_path: Path
) -> None:
    lines = "playlist_id,position,track_id\n9,0,t1\n9,1,t2\n"
    load_interactions(catalogue, written(tmp_path, lines))
    report = load_interactions(catalogue, written(tmp_path, lines + "9,2,t3\n"))

    assert counts(report) == {"inserted": 1, "unchanged": 2}
    *previous, gained = (event.created_at for event in interactions(catalogue))
    assert gained
    assert all(moment < gained for moment in previous if moment)


def test_events_get_their_ids_in_the_order_of_their_lines(
    catalogue: Database, tmp_path: Path
) -> None:
    rows = "zoe,t3,play,,,\nann,t2,play,,,\nzoe,t1,play,,,\n"
    load_interactions(catalogue, written(tmp_path, EVENTS + rows))

    names = {user.id: user.external_id for user in users(catalogue)}
    assert [names[event.user_id] for event in interactions(catalogue)] == ["zoe", "ann", "zoe"]


def test_what_is_no_event_is_rejected_with_its_line(catalogue: Database, tmp_path: Path) -> None:
    soon = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()
    later = (datetime.now(UTC) + timedelta(minutes=6)).isoformat()
    rows = [
        f"ann,t1,play,{soon},,",
        f"ann,t1,play,{later},,",
        "ann,t1,play,1969-12-31T23:59:59Z,,",
        "ann,t1,play,0001-01-01T00:00:00+14:00,,",
        "ann,t1,play,last week,,",
        "ann,t1,hum,,,",
        "ann,t1,,,,",
        "ann,t1,like,,6,",
        "ann,t1,like,,2.5,",
        "ann,t1,play,,,-1",
        ",t1,play,,,",
        "ann,,play,,,",
        "ann,t9,play,,,",
        "ann,t1",
        "ann,T1,play,,,",
    ]
    report = load_interactions(catalogue, written(tmp_path, EVENTS + "\n".join(rows)))

    assert counts(report) == {
        "inserted": 2,
        "unchanged": 1,
        "merged": 1,
        "incomplete": 3,
        "rejected": 11,
    }
    assert findings(report, "incomplete") == {
        "rating is out of range (1 to 5)": [9],
        "rating is not a whole number": [10],
        "listen_duration is out of range (0 to 2,147,483,647)": [11],
    }
    assert rejections(report) == {
        "created_at is before 1970 or in the future": [3, 4],
        "created_at is not an ISO 8601 date and time": [5, 6],
        "action is none of play, like, dislike, skip, playlist_add": [7, 8],
        "user is missing": [12],
        "track is missing": [13],
        "the number of fields differs from the header's": [15],
        "the track is unknown": [14, 16],
    }


def test_a_listener_of_unknown_tracks_alone_is_not_created(
    catalogue: Database, tmp_path: Path
) -> None:
    report = load_interactions(catalogue, written(tmp_path, EVENTS + "ghost,t9,play,,,\n"))

    assert counts(report) == {"rejected": 1}
    assert users(catalogue) == []


@pytest.mark.parametrize("content", ["user,track\nann,t1\n", "track,action\nt1,play\n", "a,b\n"])
def test_a_file_without_the_needed_columns_is_unusable(
    catalogue: Database, tmp_path: Path, content: str
) -> None:
    with pytest.raises(UnusableError, match="there is no column"):
        load_interactions(catalogue, written(tmp_path, content))


def test_a_long_history_is_looked_up_a_batch_at_a_time(catalogue: Database, tmp_path: Path) -> None:
    start = datetime(2024, 1, 1)
    rows = "".join(
        f"ann,t{second % 3 + 1},play,{start + timedelta(minutes=second)},,\n"
        for second in range(4_500)
    )
    path = written(tmp_path, EVENTS + rows)

    assert counts(load_interactions(catalogue, path)) == {"inserted": 4_500}
    assert counts(load_interactions(catalogue, path)) == {"unchanged": 4_500}
