"""Imports of files that were broken by accident or made to hurt: a report, never a traceback."""

import gzip
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.database import Database
from service.importing import Report, UnusableError
from service.importing import source as source_module
from service.importing.scratch import scratch
from service.migrations.upgrade import upgrade
from tests.service.files import (
    counts,
    findings,
    load_interactions,
    load_tracks,
    rejections,
    tracks,
    written,
)

HEAD = b"external_id,title,artist,energy\n"
GOOD = b"g1,Good,X,0.5\n"
LAST = b"g2,Last,X,0.5\n"


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


UNUSABLE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the file is empty"),
    "blank lines only": (b"\n\n \n\r\n"[:2], "the file is empty"),
    "binary": (b"\x89PNG\r\n" + noise(3000), "not a CSV file"),
    "zeros": (b"\0" * 5000, "NUL character"),
    "one line of 3 MiB": (b"a" * (3 << 20), "longer than 1 MiB"),
    "utf-16 cut within a letter": ("title,genre\nT,X".encode("utf-16")[:-1], "no column"),
    "zip": (b"PK\x03\x04" + noise(100), "ZIP"),
    "bzip2": (b"BZh91AY" + noise(100), "bzip2"),
    "sqlite": (b"SQLite format 3\0" + noise(100), "SQLite"),
    "parquet": (b"PAR1" + noise(100), "Parquet"),
    "json": (b'[{"title": "T", "artist": "X"}]\n', "no column|not a CSV file"),
    "html": (b"<!doctype html><title>Sign in</title>\n", "no column"),
    "semicolons": (b"title;genre\nT;X\n", "no column"),
    "duplicate columns": (b"title,artist,title\nT,X,U\n", "two columns named title"),
    "an open quote in the header": (b'title,"artist\nT,X\n', "a quote is never closed"),
    "gzip of nothing": (gzip.compress(b""), "the file is empty"),
    "gzip header alone": (gzip.compress(HEAD)[:10], "truncated"),
    "gzip magic and noise": (b"\x1f\x8b" + noise(500), "damaged"),
    "gzip within gzip": (gzip.compress(gzip.compress(HEAD + GOOD)), "not a CSV file"),
    "two thousand columns": (b"title,artist" + b",c" * 2000 + b"\n", "more than 1,000 columns"),
    "old line ends": (b"title,artist\rT,X\r", "not a CSV file"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_file_says_why(embedded: Database, tmp_path: Path, name: str) -> None:
    content, reason = UNUSABLE[name]
    path = written(tmp_path, content)

    with pytest.raises(UnusableError, match=reason):
        load_tracks(embedded, path)
    with pytest.raises(UnusableError):
        load_interactions(embedded, path)
    assert tracks(embedded) == []


def test_what_is_no_file_is_unusable(embedded: Database, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path / "none.csv", tmp_path, pipe, Path("/dev/zero"), Path("nul\0name")):
        with pytest.raises(UnusableError):
            load_tracks(embedded, path)


REJECTED: dict[str, tuple[bytes, dict[str, list[int]]]] = {
    "too few and too many fields": (
        b"a,T\nb,T,X,0.5,more\n,,,,,,\n",
        {"the number of fields differs from the header's": [3, 4, 5]},
    ),
    "a NUL": (b"a,T\0,X,0.5\n", {"the line holds a NUL character": [3]}),
    "latin-1 among utf-8": (
        "a,Señor,X,\n".encode("latin-1"),
        {"the line is not UTF-8 text": [3]},
    ),
    "bare surrogates": (b"a,\xed\xa0\x80,X,\n", {"the line is not UTF-8 text": [3]}),
    "a line of 2 MiB": (
        b"a," + b"T" * (2 << 20) + b",X,\n",
        {"the line is longer than 1 MiB": [3]},
    ),
    "a field of 200 KiB": (
        b"a," + b"T" * 200_000 + b",X,\n",
        {"a field is longer than 128 KiB": [3]},
    ),
    "a quote that nothing closes": (b'a,"T,X,0.5\n', {"a quote is never closed": [3]}),
    "text after a quote": (b'a,"T"s,X,0.5\n', {"there is text after a closing quote": [3]}),
    "a stray carriage return": (b"a,T\rb,X,0.5\n", {"the line is not valid CSV": [3]}),
    "a header in the middle": (HEAD, {"the line repeats the header": [3]}),
    "empty rows": (b",,,\n,,X,\n", {"the row has neither an external id nor a title": [3, 4]}),
}


@pytest.mark.parametrize("name", REJECTED)
def test_a_broken_line_costs_that_line_only(embedded: Database, tmp_path: Path, name: str) -> None:
    content, expected = REJECTED[name]
    report = load_tracks(embedded, written(tmp_path, HEAD + GOOD + content + LAST))

    assert rejections(report) == expected
    assert [track.title for track in tracks(embedded)] == ["Good", "Last"]
    assert report.read == 2 + report.rejected


def test_numbers_that_are_none_cost_their_cell_only(embedded: Database, tmp_path: Path) -> None:
    content = b"a,T,X,NaN\nb,T,X,-inf\nc,T,X,1e999\nd,T,X,0x1\ne,T,X,=A1\n"
    report = load_tracks(embedded, written(tmp_path, HEAD + content))

    assert findings(report, "incomplete") == {
        "energy is not a finite number": [2, 3, 4],
        "energy is not a number": [5, 6],
    }
    assert [track.energy for track in tracks(embedded)] == [None] * 5


def test_formulas_and_markup_in_names_are_just_text(embedded: Database, tmp_path: Path) -> None:
    names = [
        "=cmd|'/c calc'!A1",
        "<script>alert(1)</script>",
        "'; DROP TABLE tracks; --",
        "%s %(x)s",
    ]
    rows = "".join(f'{number},"{name}",X,\n' for number, name in enumerate(names))
    load_tracks(embedded, written(tmp_path, HEAD + rows.encode()))

    assert [track.title for track in tracks(embedded)] == names


def test_many_quotes_that_nothing_closes_are_given_up_one_by_one(
    embedded: Database, tmp_path: Path
) -> None:
    broken = b'a,"T,X,0.5\n' + b"b,T,X,0.5\n" * 300
    report = load_tracks(embedded, written(tmp_path, HEAD + broken * 3 + LAST))

    assert rejections(report) == {"a quote is never closed": [2, 303, 604]}
    assert counts(report) == {"inserted": 2, "merged": 899, "rejected": 3}


@pytest.mark.parametrize("damage", ["truncated", "damaged"])
def test_what_a_broken_gzip_file_still_gave_is_kept(
    embedded: Database, tmp_path: Path, damage: str
) -> None:
    rows = b"".join(
        b"%d,%s,X,0.5\n" % (number, noise(8, number).hex().encode()) for number in range(3000)
    )
    whole = gzip.compress(HEAD + rows)
    cut = len(whole) * 2 // 3
    path = written(tmp_path, whole[:cut] if damage == "truncated" else whole[:-8] + b"\0" * 8)
    report = load_tracks(embedded, path)

    assert report.cut_short == f"the gzip {'file' if damage == 'truncated' else 'data'} is {damage}"
    assert 1000 < report.inserted == len(tracks(embedded)) <= 3000
    assert "What came before was kept" in report.text()


def test_a_gzip_bomb_is_left_after_a_while(
    embedded: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_module, "EXPANSION_GRACE_BYTES", 4 << 20)
    monkeypatch.setattr(source_module, "_CHECK_EVERY_BYTES", 1 << 20)
    report = load_tracks(
        embedded, written(tmp_path, gzip.compress(HEAD + GOOD + b" " * (16 << 20)))
    )

    assert report.cut_short == "the gzip file expands more than 200-fold"
    assert [track.title for track in tracks(embedded)] == ["Good"]


def test_column_names_are_printed_without_control_characters(
    embedded: Database, tmp_path: Path
) -> None:
    header = b'title,artist,\x1b[31mred,,"two\nlines",' + b"x" * 300 + b"\n"
    report = load_tracks(embedded, written(tmp_path, header + b"T,X,,,,\n"))

    assert report.unused_columns == ["?[31mred", "(column 4)", "two?lines", "x" * 40 + "..."]


def fill_a_tiny_disk() -> None:
    with scratch("CREATE TABLE staged (content BLOB)") as staged:
        staged.execute("PRAGMA max_page_count=10")
        staged.execute("INSERT INTO staged VALUES (zeroblob(1000000))")


def test_a_full_disk_is_a_reason_too() -> None:
    with pytest.raises(UnusableError, match="no room to sort the file"):
        fill_a_tiny_disk()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Database, Path]:
    """A database that all examples of a property share, and a folder for their files."""
    folder = tmp_path_factory.mktemp("kept")
    database = Database(f"sqlite:///{folder / 'segue.db'}")
    upgrade(database)
    return database, folder


def settled(load: Callable[[Database, Path], Report], database: Database, path: Path) -> None:
    """Import a file twice: it adds up, and the second time adds nothing."""
    try:
        first = load(database, path)
    except UnusableError:
        return
    second = load(database, path)
    for report in (first, second):
        rows = report.stored + report.count("merged") + report.count("passed_over")
        assert rows + report.rejected == report.read
        assert report.text().isprintable() or "\n" in report.text()
    assert (second.inserted, second.updated) == (0, 0)
    assert second.read == first.read


cells = st.one_of(
    st.sampled_from(
        ["", "a", "b", "0.5", "-1", "NaN", '"', '"x;y"', "x;y", "2020-01-01", "play", "\0"]
    ),
    st.text(max_size=6),
)
files = st.lists(st.lists(cells, min_size=3, max_size=5).map(",".join), max_size=8).map("\n".join)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.one_of(files.map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=300))
)
def test_no_bytes_break_an_import_of_tracks(kept: tuple[Database, Path], body: bytes) -> None:
    database, folder = kept
    settled(load_tracks, database, written(folder, b"external_id,title,artist,genre\n" + body))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.one_of(files.map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=300))
)
def test_no_bytes_break_an_import_of_interactions(kept: tuple[Database, Path], body: bytes) -> None:
    database, folder = kept
    load_tracks(database, written(folder, "external_id,title,artist\na,T,X\nb,T,X\n"))
    settled(load_interactions, database, written(folder, b"user,track,action,created_at\n" + body))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=400), st.binary(max_size=400).map(gzip.compress)))
def test_no_bytes_at_all_end_in_a_traceback(kept: tuple[Database, Path], content: bytes) -> None:
    database, folder = kept
    settled(load_tracks, database, written(folder, content))
