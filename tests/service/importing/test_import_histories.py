"""``import interactions``: histories as services export them, names instead of ids, repeats."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from service.database import Database
from service.importing import UnusableError
from service.models import Interaction
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
PLAY: dict[str, Any] = {
    "ts": "2021-11-15T13:41:44Z",
    "ms_played": 82932,
    "master_metadata_track_name": "A",
    "master_metadata_album_artist_name": "B",
    "spotify_track_uri": "spotify:track:1",
    "skipped": None,
    "reason_end": "trackdone",
}
EPISODE = {
    "ts": "2021-11-15T13:45:00Z",
    "ms_played": 1000,
    "master_metadata_track_name": None,
    "episode_name": "pod",
}


@pytest.fixture
def catalogue(database: Database, tmp_path: Path) -> Database:
    """A database with A by B (1), Café by Beyoncé and Jay-Z (2), and C by B (no id)."""
    rows = "1,A,B\n2,Café,Beyoncé;Jay-Z\n,C,B\n"
    load_tracks(database, written(tmp_path, "external_id,title,artist\n" + rows))
    return database


def history(catalogue: Database, folder: Path, *rows: dict[str, Any]) -> list[Interaction]:
    load_interactions(catalogue, written(folder, json.dumps(rows)))
    return interactions(catalogue)


def test_a_streaming_history_is_read_and_episodes_are_passed_over(
    catalogue: Database, tmp_path: Path
) -> None:
    path = written(tmp_path, json.dumps([PLAY, EPISODE], indent=1))
    first, second = load_interactions(catalogue, path), load_interactions(catalogue, path)

    assert (counts(first), counts(second)) == ({"inserted": 1}, {"unchanged": 1})
    assert findings(first, "passed_over") == {"an episode, not a track": [2]}
    (event,) = interactions(catalogue)
    assert (event.action, event.listen_duration) == ("play", 83)
    assert event.created_at == datetime(2021, 11, 15, 13, 41, 44)
    assert [user.external_id for user in users(catalogue)] == ["me"]


def test_the_listener_of_a_history_can_be_named(catalogue: Database, tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps([PLAY, {**PLAY, "username": "bob"}]))
    load_interactions(catalogue, path, default_listener="ann")

    assert {user.external_id for user in users(catalogue)} == {"ann", "bob"}


@pytest.mark.parametrize(
    "told",
    [
        {"spotify_track_uri": None},
        {"spotify_track_uri": "spotify:track:elsewhere"},
        {"master_metadata_track_name": "CAFE", "master_metadata_album_artist_name": "Beyonce"},
        {"master_metadata_track_name": "Café", "master_metadata_album_artist_name": "Jay-Z"},
        {"master_metadata_track_name": "C"},
        {"master_metadata_album_artist_name": "B feat. Else"},
        {"master_metadata_album_artist_name": "b & Else"},
    ],
)
def test_a_track_without_a_known_id_is_found_by_title_and_artist(
    catalogue: Database, tmp_path: Path, told: dict[str, Any]
) -> None:
    (event,) = history(catalogue, tmp_path, {**PLAY, "spotify_track_uri": None, **told})

    title = told.get("master_metadata_track_name", "A")
    assert event.track_id == {"A": 1, "CAFE": 2, "Café": 2, "C": 3}[title]


def test_names_of_no_track_are_rejected(catalogue: Database, tmp_path: Path) -> None:
    other = {**PLAY, "spotify_track_uri": None, "master_metadata_album_artist_name": "Else"}
    report = load_interactions(catalogue, written(tmp_path, json.dumps([other, PLAY])))

    assert rejections(report) == {"the track is unknown": [1]}


@pytest.mark.parametrize(
    ("told", "action"),
    [
        ({"skipped": True, "ms_played": 4_000}, "skip"),
        ({"reason_end": "fwdbtn", "ms_played": 4_000}, "skip"),
        ({"skipped": True, "ms_played": 200_000}, "play"),
        ({"reason_end": "endplay", "ms_played": 4_000}, "play"),
    ],
)
def test_a_track_that_was_ended_early_by_hand_was_skipped(
    catalogue: Database, tmp_path: Path, told: dict[str, Any], action: str
) -> None:
    (event,) = history(catalogue, tmp_path, {**PLAY, **told})

    assert event.action == action


def test_what_is_no_track_is_passed_over_and_counted_by_reason(
    catalogue: Database, tmp_path: Path
) -> None:
    nothing = {"ts": "2021-11-15T13:45:00Z", "ms_played": 9_000}
    rows = [
        PLAY,
        {**nothing, "audiobook_title": "book"},
        {**nothing, "spotify_track_uri": "spotify:episode:9"},
        nothing,
        {**PLAY, "ms_played": 0, "ts": "2022-11-15T13:41:44Z"},
    ]
    report = load_interactions(catalogue, written(tmp_path, json.dumps(rows)))

    assert counts(report) == {"inserted": 1}
    assert findings(report, "passed_over") == {
        "an audiobook, not a track": [2],
        "an episode, not a track": [3],
        "a play that names no track": [4],
        "a play of no length": [5],
    }
    assert "passed over" in report.text()


def test_the_shorter_history_and_objects_on_lines_are_read(
    catalogue: Database, tmp_path: Path
) -> None:
    account = {
        "endTime": "2020-01-01 12:34",
        "artistName": "B",
        "trackName": "A",
        "msPlayed": 61000,
    }
    listen = {
        "listened_at": 1619870400,
        "track_metadata": {"track_name": "Café", "artist_name": "Beyoncé", "mbids": {"a": [1]}},
        "user_name": "ann",
    }
    load_interactions(catalogue, written(tmp_path, json.dumps([account])))
    load_interactions(catalogue, written(tmp_path, f"{json.dumps(listen)}\n{json.dumps(listen)}\n"))

    found = [(event.track_id, event.created_at) for event in interactions(catalogue)]
    assert found == [(1, datetime(2020, 1, 1, 12, 34)), (2, datetime(2021, 5, 1, 12))]


def test_scrobbles_with_names_alone_are_plays(catalogue: Database, tmp_path: Path) -> None:
    content = 'artist,album,track,date\nB,,a,"15 Nov 2021, 13:41"\nB,,C,15 Nov 2021 14:00\n'
    report = load_interactions(catalogue, written(tmp_path, content))

    assert counts(report) == {"inserted": 2}
    assert [event.track_id for event in interactions(catalogue)] == [1, 3]


def test_events_may_name_their_tracks_by_title_and_artist(
    catalogue: Database, tmp_path: Path
) -> None:
    content = "user,title,artist,action\nann,A,B,like\nann,C,B,love\nann,C,,like\n"
    report = load_interactions(catalogue, written(tmp_path, content))

    assert counts(report) == {"inserted": 2, "rejected": 1}
    assert [(event.track_id, event.action) for event in interactions(catalogue)] == [
        (1, "like"),
        (3, "like"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "[1, 2]",
        '[{"ts": ',
        '{"a": ' * 5000,
        "[" * 5000,
        '{"a":' * 900 + "1" + "}" * 900,
        '{"a":' + "[" * 900 + "]" * 900 + "}",
        '[{"ts": "2021-01-01"}]',
        "{}",
    ],
)
def test_json_that_is_no_history_is_unusable(
    catalogue: Database, tmp_path: Path, content: str
) -> None:
    with pytest.raises(UnusableError):
        load_interactions(catalogue, written(tmp_path, content))


def test_a_history_that_breaks_off_keeps_what_came_before(
    catalogue: Database, tmp_path: Path
) -> None:
    report = load_interactions(catalogue, written(tmp_path, json.dumps([PLAY, PLAY])[:-20]))

    assert report.inserted == 1
    assert report.cut_short


def plays(catalogue: Database, folder: Path, *moments: str) -> int:
    rows = "".join(f"u,1,play,{moment},,\n" for moment in moments)
    load_interactions(catalogue, written(folder, EVENTS + rows))
    return len(interactions(catalogue))


def test_plays_within_five_seconds_are_one(catalogue: Database, tmp_path: Path) -> None:
    assert plays(catalogue, tmp_path, "2026-05-01T13:30:30Z", "2026-05-01T13:30:31Z") == 1
    assert plays(catalogue, tmp_path, "2026-05-01T13:30:33Z") == 1
    assert plays(catalogue, tmp_path, "2026-05-01T13:30:25Z") == 1
    assert plays(catalogue, tmp_path, "2026-05-01T13:30:36Z") == 2
    assert plays(catalogue, tmp_path, "2026-05-01T13:31:30Z", "2026-05-01T13:32:00Z") == 4


def test_repeats_are_of_one_listener_track_and_action(catalogue: Database, tmp_path: Path) -> None:
    moment = "2026-05-01T13:30:30"
    rows = [
        f"u,1,play,{moment}Z,,10",
        f"u,1,play,{moment}.5Z,,180",
        f"v,1,play,{moment}Z,,",
        f"u,2,play,{moment}Z,,",
        f"u,1,like,{moment}Z,,",
        f"u,1,like,{moment}.5Z,,",
    ]
    path = written(tmp_path, EVENTS + "\n".join(rows))
    first, second = load_interactions(catalogue, path), load_interactions(catalogue, path)

    assert counts(first) == {"inserted": 5, "merged": 1}
    assert counts(second) == {"unchanged": 5, "merged": 1}
    assert findings(first, "merged") == {"repeats a play of a few seconds before": [3]}
    assert sorted(event.listen_duration or 0 for event in interactions(catalogue))[-1] == 180


@pytest.mark.parametrize(
    "moment",
    [
        "1619870400", "1619870400000", "1619870400000000", "1619870400000000000", "1619870400.0",
        "20210501120000", "2021-05-01T12:00:00Z", "2021-05-01 12:00:00 UTC", "20210501T120000Z",
        '"01 May 2021, 12:00"', "2021/05/01 12:00:00", "01.05.2021 12:00",
        '"Sat, 01 May 2021 14:00:00 +0200"',
        "Sat May 01 12:00:00 +0000 2021", '"May 1, 2021, 12:00:00 PM"',
    ],
)  # fmt: skip
def test_moments_are_read_in_many_shapes(catalogue: Database, tmp_path: Path, moment: str) -> None:
    load_interactions(catalogue, written(tmp_path, EVENTS + f"u,1,play,{moment},,\n"))

    (event,) = interactions(catalogue)
    assert event.created_at == datetime(2021, 5, 1, 12)


@pytest.mark.parametrize("moment", ["1.61987E+09", "2021", "43952", "05/01/2021 12:00", "inf"])
def test_moments_that_may_be_another_are_rejected(
    catalogue: Database, tmp_path: Path, moment: str
) -> None:
    report = load_interactions(catalogue, written(tmp_path, EVENTS + f"u,1,play,{moment},,\n"))

    assert counts(report) == {"rejected": 1}


def test_ids_of_spreadsheets_are_mended_or_rejected(catalogue: Database, tmp_path: Path) -> None:
    rows = "u,1.0,play,,,\nu,spotify:track:2,play,,,\nu,1.23E+10,play,,,\n1.5E+10,1,play,,,\n"
    report = load_interactions(catalogue, written(tmp_path, EVENTS + rows))

    assert sorted(event.track_id for event in interactions(catalogue)) == [1, 2]
    assert rejections(report) == {
        "track is a number that a spreadsheet has rounded": [4],
        "user is a number that a spreadsheet has rounded": [5],
    }


def test_events_of_one_moment_that_contradict_each_other_are_told(
    catalogue: Database, tmp_path: Path
) -> None:
    rows = "u,1,like,2026-05-01,3,\nu,1,like,2026-05-01,5,\n"
    report = load_interactions(catalogue, written(tmp_path, EVENTS + rows))

    assert findings(report, "merged") == {"contradicts an event of an earlier line": [3]}
    assert findings(report, "contradictory") == {
        "rating: not as on an earlier line, which counts": [3]
    }
