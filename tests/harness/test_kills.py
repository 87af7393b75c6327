"""The harness of crashes, in short; and its comparison notices whatever could go wrong."""

from collections import Counter

import pytest

from benchmarks.faults.journals import Event, Journal, Verdict, judge
from benchmarks.faults.kills import as_rows, crash, mysql_world

pytestmark = pytest.mark.harness

PLAY: Event = (1, 2, "play")


def judged(journal: Journal, *rows: tuple[str | None, int, int, str]) -> Verdict:
    return judge([journal], rows, len(rows), Counter(), 0.0)


def test_acknowledged_writes_survive_kills_of_database_and_worker() -> None:
    with mysql_world() as (data_dir, url, mysqld):
        verdict = crash(data_dir, url, mysqld, kills=2, targets=("database", "worker"))

    assert verdict.kills == {"database": 1, "worker": 1}
    assert verdict.acknowledged > 50
    assert verdict.sound, verdict


def test_a_lost_write_is_noticed() -> None:
    journal = Journal(sent={"a": PLAY, "b": PLAY}, acknowledged={"a"})

    assert judged(journal, ("b", *PLAY)).lost == 1
    assert judged(journal, ("a", *PLAY)).sound
    assert judged(journal, ("a", 1, 2, "skip")).lost == 1


def test_a_write_that_was_stored_twice_is_noticed() -> None:
    journal = Journal(sent={"a": PLAY}, acknowledged={"a"})
    assert judged(journal, ("a", *PLAY), ("a", *PLAY)).duplicated == 1


def test_a_row_that_nobody_sent_is_noticed() -> None:
    journal = Journal(sent={"a": PLAY}, acknowledged={"a"})
    for phantom in ("x", None):
        assert judged(journal, ("a", *PLAY), (phantom, *PLAY)).phantom == 1


def test_half_a_list_is_noticed() -> None:
    journal = Journal(sent={"a": PLAY, "b": PLAY}, lists=[("a", "b")])
    assert judged(journal, ("a", *PLAY)).torn_lists == 1
    assert judged(journal).sound
    assert judged(journal, ("a", *PLAY), ("b", *PLAY)).sound


def test_a_row_that_the_index_lacks_is_noticed() -> None:
    journal = Journal(sent={"a": PLAY}, acknowledged={"a"})
    verdict = judge([journal], [("a", *PLAY)], 0, Counter(), 0.0)
    rows = as_rows("here", verdict, kills=0, acknowledged=0)
    assert [row["what"] for row in rows if not row["reached"]] == ["rows that the index lacks"]
