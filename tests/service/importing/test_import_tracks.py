"""``import tracks``: several shapes of files, one catalogue."""

import gzip
from pathlib import Path

import pytest

from service.database import Database
from service.importing import UnusableError
from tests.service.files import counts, findings, load_tracks, rejections, tracks, written

OWN = "external_id,title,artist,album,genre,duration,tempo,key,energy,popularity,release_date\n"
SPOTIFY = (
    "track_id,artists,album_name,track_name,popularity,duration_ms,energy,key,tempo,track_genre\n"
)
MERGED = (
    "track_id,title,artist,artists,album,genre,release_date,popularity,duration_ms,key,source\n"
)


def test_segues_own_columns_are_kept_as_they_are(database: Database, tmp_path: Path) -> None:
    row = "a1,Blue in Green,Bill & Miles,Kind of Blue,jazz,337,110.25,D minor,0.676,64,1959-08-17\n"
    report = load_tracks(database, written(tmp_path, OWN + row))

    assert counts(report) == {"inserted": 1}
    (track,) = tracks(database)
    assert (track.external_id, track.title, track.artist) == ("a1", "Blue in Green", "Bill & Miles")
    assert (track.album, track.genre, track.genres) == ("Kind of Blue", "jazz", None)
    assert (track.duration, track.tempo, track.key, track.energy) == (337, 110.25, "D minor", 0.676)
    assert (track.popularity, track.release_date) == (64, "1959-08-17")
    assert track.loudness is None
    assert track.created_at is not None


def test_the_columns_of_a_public_track_list_are_understood(
    database: Database, tmp_path: Path
) -> None:
    row = "x9,Ingrid;ZAYN,To Begin,To Begin Again,57,210826,0.359,0,0,acoustic\n"
    report = load_tracks(database, written(tmp_path, SPOTIFY + row))

    assert report.unused_columns == []
    (track,) = tracks(database)
    assert (track.external_id, track.title, track.artist) == ("x9", "To Begin Again", "Ingrid;ZAYN")
    assert (track.duration, track.key, track.genre) == (211, "C", "acoustic")
    assert track.tempo is None


def test_all_artists_are_preferred_to_the_first_one(database: Database, tmp_path: Path) -> None:
    rows = "a,T,One,One;Two,L,pop; rock ;POP,2010.0,73.0,210826.0,11.0,x\nb,T,Only,,,,,,,,x\n"
    report = load_tracks(database, written(tmp_path, MERGED + rows))

    assert report.unused_columns == ["source"]
    both, single = tracks(database)
    assert (both.artist, single.artist) == ("One;Two", "Only")
    assert (both.genre, both.genres, both.release_date) == ("pop", "pop;rock", "2010")
    assert (both.key, both.popularity, both.duration) == ("B", 73, 211)
    assert (single.genre, single.release_date, single.popularity) == (None, None, None)


def test_rows_of_one_id_become_one_track_with_all_their_genres(
    database: Database, tmp_path: Path
) -> None:
    rows = [
        "a,X,L,T,1,1000,0.5,1,100,rock",
        "b,X,L,U,1,1000,0.5,1,100,pop",
        "a,X,L,T,1,1000,0.5,1,100,metal",
        "a,X,L,T,1,1000,0.5,1,100,Rock",
        "b,X,L,U,1,1000,0.5,1,100,pop",
    ]
    report = load_tracks(database, written(tmp_path, SPOTIFY + "\n".join(rows)))

    assert counts(report) == {"inserted": 2, "merged": 3}
    assert [(track.genre, track.genres) for track in tracks(database)] == [
        ("rock", "rock;metal"),
        ("pop", None),
    ]
    merged = {reason: one.lines for reason, one in report.findings["merged"].items()}
    assert merged == {
        "adds a genre to a track of an earlier line": [4],
        "says nothing new about a track of an earlier line": [5, 6],
    }


def test_a_second_import_changes_nothing(database: Database, tmp_path: Path) -> None:
    rows = "a,X,L,T,1,1000,0.676,1,100.1,rock\na,X,L,T,1,1000,0.676,1,100.1,pop\n,,,U,,,,,,\n"
    path = written(tmp_path, SPOTIFY + rows)
    load_tracks(database, path)
    before = [vars(track) | {"_sa_instance_state": None} for track in tracks(database)]
    report = load_tracks(database, path)

    assert counts(report) == {"unchanged": 2, "merged": 1, "incomplete": 1}
    assert [vars(track) | {"_sa_instance_state": None} for track in tracks(database)] == before


def test_a_changed_row_updates_its_track_and_an_empty_cell_erases_nothing(
    database: Database, tmp_path: Path
) -> None:
    load_tracks(database, written(tmp_path, OWN + "a,Old,X,L,rock,10,100,C,0.5,1,1999\n"))
    report = load_tracks(database, written(tmp_path, OWN + "a,New,X,,jazz;blues,,0,,0.25,2,\n"))

    assert counts(report) == {"updated": 1}
    (track,) = tracks(database)
    assert (track.title, track.album, track.genre, track.genres) == (
        "New",
        "L",
        "jazz",
        "jazz;blues",
    )
    assert (track.duration, track.tempo, track.key, track.energy) == (10, 100, "C", 0.25)
    assert (track.popularity, track.release_date) == (2, "1999")
    assert track.updated_at is not None


def test_without_an_external_id_title_artist_and_album_tell_tracks_apart(
    database: Database, tmp_path: Path
) -> None:
    rows = "Song,Ann,One,0.1\nSong,Ann,Two,0.2\nSong,Bob,,0.3\nSong,Ann,One,0.1\nsong,Ann,One,0.4\n"
    path = written(tmp_path, "title,artist,album,energy\n" + rows)
    first, second = load_tracks(database, path), load_tracks(database, path)

    assert counts(first) == {"inserted": 4, "merged": 1}
    assert counts(second) == {"unchanged": 4, "merged": 1}
    assert [track.energy for track in tracks(database)] == [0.1, 0.2, 0.3, 0.4]


def test_external_ids_are_compared_by_bytes(database: Database, tmp_path: Path) -> None:
    rows = "abc,T,X\nABC,T,X\ncafé,T,X\ncafe,T,X\n😀,T,X\n😁,T,X\n"
    report = load_tracks(database, written(tmp_path, "external_id,title,artist\n" + rows))

    assert counts(report) == {"inserted": 6}


def test_a_column_named_id_is_the_external_id_only_where_there_is_no_other(
    database: Database, tmp_path: Path
) -> None:
    load_tracks(database, written(tmp_path, "id,title,artist\n7,T,X\n"))
    report = load_tracks(database, written(tmp_path, "id,external_id,title,artist\n7,,U,X\n"))

    assert report.unused_columns == ["id"]
    assert [track.external_id for track in tracks(database)] == ["7", None]


def test_words_for_nothing_are_text_in_names(database: Database, tmp_path: Path) -> None:
    rows = "1,NA,None,null\n2,null,NA,None\n3,nan,NULL,NaN\n"
    report = load_tracks(database, written(tmp_path, "external_id,title,artist,album\n" + rows))

    assert counts(report) == {"inserted": 3}
    assert [(track.title, track.artist, track.album) for track in tracks(database)] == [
        ("NA", "None", "null"),
        ("null", "NA", "None"),
        ("nan", "NULL", "NaN"),
    ]


def test_missing_names_are_imported_as_empty_and_counted(
    database: Database, tmp_path: Path
) -> None:
    rows = "1,,X\n2,T,\n3, ,\n"
    report = load_tracks(database, written(tmp_path, "external_id,title,artist\n" + rows))

    assert counts(report) == {"inserted": 3, "incomplete": 3}
    assert findings(report, "incomplete") == {
        "no title": [2],
        "no artist": [3],
        "no title and no artist": [4],
    }
    assert [(track.title, track.artist) for track in tracks(database)] == [
        ("", "X"),
        ("T", ""),
        ("", ""),
    ]


@pytest.mark.parametrize(
    ("cell", "stored"),
    [("0", "C"), ("1", "C#"), ("11", "B"), ("11.0", "B"), ("-1", None), ("", None), ("Am", "Am")],
)
def test_keys_become_note_names(
    embedded: Database, tmp_path: Path, cell: str, stored: str | None
) -> None:
    load_tracks(embedded, written(tmp_path, f"title,artist,key\nT,X,{cell}\n"))

    assert tracks(embedded)[0].key == stored


def test_values_outside_the_ranges_of_the_api_are_left_out_and_told_with_their_lines(
    database: Database, tmp_path: Path
) -> None:
    header = "title,artist,tempo,energy,loudness,key,popularity,release_date,duration\n"
    rows = [
        "Good,X,400,1,10,B,100,2020-02-29,1",
        "Bad,X,400.1,,,,,,",
        "Bad,X,-1,,,,,,",
        "Bad,X,,1.01,,,,,",
        "Bad,X,,nan,,,,,",
        "Bad,X,,inf,,,,,",
        "Bad,X,,1e999,,,,,",
        "Bad,X,,=1+1,,,,,",
        "Bad,X,,1_0,,,,,",
        "Bad,X,,,-80.5,,,,",
        "Bad,X,,,,12,,,",
        "Bad,X,,,,long key name,,,",
        "Bad,X,,,,,101,,",
        "Bad,X,,,,,,2021-02-29,",
        "Bad,X,,,,,,yesterday,",
        "Bad,X,,,,,,,-5",
        "Good too,X,NA,null,None,,n/a,,",
    ]
    report = load_tracks(database, written(tmp_path, header + "\n".join(rows)))

    assert report.rejected == 0
    assert [track.title for track in tracks(database)] == ["Good", "Bad", "Good too"]
    assert findings(report, "incomplete") == {
        "tempo is out of range (0 to 400)": [3, 4],
        "energy is out of range (0 to 1)": [5],
        "energy is not a finite number": [6, 7, 8, 10],
        "energy is not a number": [9],
        "loudness is out of range (-80 to 10)": [11],
        "key is out of range (-1 to 11)": [12],
        "key is longer than 10 characters": [13],
        "popularity is out of range (0 to 100)": [14],
        "release_date is not YYYY, YYYY-MM or YYYY-MM-DD": [15, 16],
        "duration is out of range (0 to 2,147,483,647)": [17],
    }


def test_the_longest_texts_fit_and_longer_ones_do_not(database: Database, tmp_path: Path) -> None:
    header = "external_id,title,artist,album,genre\n"
    longest = f"{'é' * 255},{'😀' * 600},{'音' * 600},{'a' * 600},{'g' * 100}\n"
    too_long = f"1,{'t' * 601},X,,\n2,T,{'x' * 601},,\n{'3' * 256},T,X,,\n4,T,X,,{'g' * 101}\n"
    report = load_tracks(database, written(tmp_path, header + longest + too_long))

    assert counts(report) == {"inserted": 3, "incomplete": 2, "rejected": 2}
    assert rejections(report) == {
        "title is longer than 600 characters": [3],
        "artist is longer than 600 characters": [4],
    }
    track, *others = tracks(database)
    assert [(each.external_id, each.genre) for each in others] == [(None, None), ("4", None)]
    assert (track.title, track.external_id) == ("😀" * 600, "é" * 255)


def test_a_track_with_more_genres_than_fit_keeps_the_first(
    database: Database, tmp_path: Path
) -> None:
    rows = "".join(f"1,T,X,{number:090d}\n" for number in range(500))
    report = load_tracks(database, written(tmp_path, "external_id,title,artist,genre\n" + rows))

    assert counts(report) == {"inserted": 1, "merged": 499}
    (track,) = tracks(database)
    assert track.genres is not None
    assert 7_900 < len(track.genres) <= 8_000


def test_a_gzipped_file_is_known_by_its_content(database: Database, tmp_path: Path) -> None:
    content = gzip.compress(b"title,artist\nT,X\n") + gzip.compress(b"U,X\n")
    report = load_tracks(database, written(tmp_path, content))

    assert counts(report) == {"inserted": 2}


def test_another_encoding_can_be_named(database: Database, tmp_path: Path) -> None:
    path = written(tmp_path, "title,artist\nCafé,Señor\n".encode("latin-1"))

    with pytest.raises(UnusableError, match="not UTF-8 text: name its encoding"):
        load_tracks(database, path)
    load_tracks(database, path, encoding="latin-1")
    assert tracks(database)[0].title == "Café"


def test_line_breaks_and_quotes_within_quotes_are_part_of_the_text(
    database: Database, tmp_path: Path
) -> None:
    content = '\ufefftitle,artist\r\n"Two\r\nlines","Says ""hi"", twice"\r\nNext,X\r\n,\r\n\r\n'
    report = load_tracks(database, written(tmp_path, content))

    assert [(track.title, track.artist) for track in tracks(database)] == [
        ("Two\r\nlines", 'Says "hi", twice'),
        ("Next", "X"),
    ]
    assert rejections(report) == {"the row has neither an external id nor a title": [5]}


@pytest.mark.parametrize("missing", ["title,genre\nT,rock\n", "name;genre\nT;X\n", "1,2,3\n"])
def test_a_file_without_titles_or_artists_is_unusable(
    embedded: Database, tmp_path: Path, missing: str
) -> None:
    with pytest.raises(UnusableError, match=r"there is no column .*Columns found: "):
        load_tracks(embedded, written(tmp_path, missing))


def test_imports_write_no_change_feed(database: Database, tmp_path: Path) -> None:
    from sqlalchemy import func, select

    from service.models import Change

    load_tracks(database, written(tmp_path, "title,artist\nT,X\n"))

    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Change)) == 0
