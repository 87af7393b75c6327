"""``segue evaluate``: histories are cut, replayed through what serves, and measured."""

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from index.evaluation import METHODS, Part
from service.cli import main
from service.commands.environment import THREADS
from service.evaluation import (
    SERVED,
    UNARRANGED,
    Options,
    evaluate,
    read_histories,
    read_songs,
    replayed,
)
from service.importing import Progress, UnusableError
from service.settings import get_settings
from tests.service.files import written

TRACKS, LISTS, LENGTH = 80, 60, 12
HEADING = "track_id,title,artist,genre,energy,tempo\n"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The command sets what libraries read at their import; give that back afterwards."""
    for name in THREADS:
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("NUMBA_CACHE_DIR", os.environ.get("NUMBA_CACHE_DIR") or str(tmp_path))
    monkeypatch.setenv("SEGUE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("SEGUE_DATABASE_URL", raising=False)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tracks of two camps: even numbers and odd ones, all of one sound and of many artists."""
    rows = [f"t{at},T{at},A{at},,{at % 7 / 7:.2f},{90 + at % 5}" for at in range(TRACKS)]
    return written(tmp_path_factory.mktemp("tracks"), HEADING + "\n".join(rows))


@pytest.fixture(scope="module")
def playlists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lists that stay within their camp."""
    chosen = random.Random(1)
    rows = []
    for name in range(LISTS):
        songs = chosen.sample(range(name % 2, TRACKS, 2), LENGTH)
        rows += [f"p{name},{place},t{song}" for place, song in enumerate(songs)]
    content = "playlist_id,position,track_id\n" + "\n".join(rows)
    return written(tmp_path_factory.mktemp("playlists"), content)


def segue(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_everything_is_measured_side_by_side(tracks: Path, playlists: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    result = segue(
        "evaluate", "--tracks", tracks, "--interactions", playlists, "--at", "5,20", "--json", out
    )

    assert (result.exit_code, result.stderr) == (0, "")
    for shown in (*METHODS, "recall@20", "NDCG@5", "MRR", "Gini@20", "1.25 x"):
        assert shown in result.stdout
    found = json.loads(out.read_bytes())
    assert (found["lists"], found["tested"], found["songs"]) == (LISTS, LISTS, TRACKS)
    assert set(found["methods"]) == {*METHODS, SERVED, UNARRANGED}
    assert found["left_out"] == {}

    recall = {name: own["figures"]["recall@20"]["mean"] for name, own in found["methods"].items()}
    assert recall["EASE"] > 1.5 * recall["random"]
    assert recall["item-item"] > 1.5 * recall["random"]
    [test] = [
        each
        for each in found["tests"]
        if (each["ours"], each["theirs"], each["factor"], each["figure"])
        == (SERVED, "random", 1, "recall@20")
    ]
    assert test["difference"] == pytest.approx(recall[SERVED] - recall["random"])


def test_an_evaluation_is_replayed_by_its_seed(tracks: Path, playlists: Path) -> None:
    options = Options(at=(10,), methods=("random", "EASE"), lists=20, seed=3)
    first, second = (evaluate(tracks, playlists, options, Progress()) for _ in range(2))
    assert first.tested == second.tested == 20
    for one, other in zip(first.measured, second.measured, strict=True):
        assert one.intervals == other.intervals


def test_nothing_that_is_hidden_reaches_the_index(tracks: Path, tmp_path: Path) -> None:
    rows = ["user,track,action,created_at"]
    rows += [f"ann,t{at},play,2024-01-{at + 1:02}" for at in range(10)]
    rows += ["ann,t0,play,2024-01-09T12:00:00", "ann,t50,dislike,2024-01-20"]
    events = written(tmp_path, "\n".join(rows))
    songs = read_songs(tracks, Progress())
    histories = read_histories(events, songs, Progress())
    with replayed(tracks, histories, [8], Progress()) as replay:
        history = replay.live.history(replay.users["ann"])
        assert history is not None
        shown = [replay.external_ids[row] for row in history.rows]
        served = [replay.external_ids[row] for row in replay.ask("ann", 100)]

    assert shown == [f"t{at}" for at in range(8)]
    assert not set(shown) & set(served)
    assert {"t8", "t9"} <= set(served)


def test_moments_are_moved_to_now_and_keep_their_distances(tracks: Path, tmp_path: Path) -> None:
    events = written(
        tmp_path,
        "user,track,action,created_at\nann,t1,play,2015-01-01\nann,t2,like,2015-01-04\n",
    )
    histories = read_histories(events, read_songs(tracks, Progress()), Progress())
    with replayed(tracks, histories, [2], Progress()) as replay:
        history = replay.live.history(replay.users["ann"])
        assert history is not None
        assert history.at[1] - history.at[0] == 3 * 86_400
        assert abs(replay.now - history.at[1]) < 600


def test_a_list_is_what_speaks_for_a_track_at_its_first_time(tracks: Path, tmp_path: Path) -> None:
    rows = [
        "ann,t3,like,2024-01-03",
        "ann,t1,skip,2024-01-01",
        "ann,t2,play,2024-01-02",
        "ann,t1,play,2024-01-04",
        "ann,t2,like,2024-01-05",
        "ann,unheard of,like,2024-01-05",
    ]
    events = written(tmp_path, "user,track,action,created_at\n" + "\n".join(rows))
    found = read_histories(events, read_songs(tracks, Progress()), Progress())
    [own] = found.lists

    assert own.tracks() == ["t2", "t3", "t1"]
    assert [event.track for event in own.before(2)] == ["t1", "t2", "t3"]
    assert len(own.before(3)) == 5
    assert found.report.rejected == 1


def test_playlists_go_by_position(tracks: Path, tmp_path: Path) -> None:
    content = "playlist_id,position,track_id\np,3,t3\np,1,t1\nq,0,t9\np,2,t2\n"
    found = read_histories(written(tmp_path, content), read_songs(tracks, Progress()), Progress())
    assert {own.name: own.tracks() for own in found.lists} == {
        "p": ["t1", "t2", "t3"],
        "q": ["t9"],
    }


def test_songs_are_told_by_match_key_or_by_name(tmp_path: Path) -> None:
    rows = [
        "1,Roxanne,The Police,x",
        "2,Whatever,Somebody,x",
        "3,Roxanne (Live),The Police,",
        "4,Roxanne - Remastered 2003,The Police,",
        "5,,,",
        "6,,,",
    ]
    songs = read_songs(
        written(tmp_path, "track_id,title,artist,match_key\n" + "\n".join(rows)), Progress()
    )
    assert songs["1"] == songs["2"]
    assert songs["3"] == songs["4"] != songs["1"]
    assert songs["5"] != songs["6"]


def test_the_validation_part_hides_what_the_test_part_shows(tracks: Path, playlists: Path) -> None:
    def popular(part: Part) -> float:
        options = Options(at=(10,), methods=("popularity",), part=part)
        [found] = evaluate(tracks, playlists, options, Progress()).measured
        return found.intervals["novelty@10"].mean

    assert popular(Part.TEST) != popular(Part.VALIDATION)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--at", "10,101"], "--at takes lengths from 1 to 100"),
        (["--at", "ten"], "--at takes lengths from 1 to 100"),
        (["--holdout", "1"], "--holdout is a share between 0 and 1"),
        (["--methods", "EASE,magic"], "--methods: there is no 'magic'; there are: random, "),
        (["--json", "/no/such/folder/x"], "--json: there is no folder"),
    ],
)
def test_wrong_options_are_one_line(
    tracks: Path, playlists: Path, arguments: list[str], reason: str
) -> None:
    result = segue("evaluate", "--tracks", tracks, "--interactions", playlists, *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"segue: {reason}")
    assert result.stderr.count("\n") == 1


def test_files_without_a_list_to_test_are_unusable(tracks: Path, tmp_path: Path) -> None:
    short = written(tmp_path, "playlist_id,track_id\n1,t1\n1,t2\n2,nothing\n")
    with pytest.raises(UnusableError, match="there is no list of 10 tracks"):
        evaluate(tracks, short, Options(), Progress())
    result = segue("evaluate", "--tracks", tracks, "--interactions", tmp_path / "none.csv")
    assert result.exit_code == 2
    assert result.stderr == f"segue: {tmp_path / 'none.csv'}: there is no such file\n"
