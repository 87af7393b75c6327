"""Files as other programs write them: separators, encodings, headers, lists, numbers, dates."""

import codecs
import gzip
from pathlib import Path
from typing import Any

import pytest

from service.database import Database
from service.importing import UnusableError
from service.models import Track
from tests.service.files import counts, findings, load_tracks, rejections, tracks, written


def imported(database: Database, folder: Path, content: str | bytes, **options: Any) -> list[Track]:
    load_tracks(database, written(folder, content), **options)
    return tracks(database)


def one(database: Database, folder: Path, columns: str, row: str) -> Track:
    """Import one track whose further columns are ``columns``."""
    (track,) = imported(database, folder, f"title,artist,{columns}\nT,X,{row}\n")
    return track


@pytest.mark.parametrize(
    "content",
    [
        "external_id;title;artist;tempo\n1;Über den Wolken;Reinhard Mey;104,5\n",
        "external_id\ttitle\tartist\ttempo\n1\tÜber den Wolken\tReinhard Mey\t104,5\n",
        "external_id|title|artist|tempo\n1|Über den Wolken|Reinhard Mey|104.5\n",
        "sep=;\nexternal_id;title;artist;tempo\n1;Über den Wolken;Reinhard Mey;104,5\n",
        'external_id,title,artist,tempo\n1,Über den Wolken,Reinhard Mey,"104,5"\n',
        '"external_id";"title, original";"title";"artist";"tempo"\n'
        '1;o;"Über den Wolken";"Reinhard Mey";"104,5"\n',
    ],
)
def test_columns_may_be_separated_otherwise_and_decimals_be_written_with_commas(
    embedded: Database, tmp_path: Path, content: str
) -> None:
    (track,) = imported(embedded, tmp_path, content)

    assert (track.external_id, track.title, track.artist) == (
        "1",
        "Über den Wolken",
        "Reinhard Mey",
    )
    assert track.tempo == 104.5


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    "head",
    [
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF8, "utf-8"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
    ],
)
def test_other_kinds_of_unicode_are_read(
    embedded: Database, tmp_path: Path, head: tuple[bytes, str], zipped: bool
) -> None:
    mark, encoding = head
    rows = "".join(f"T{number},Ünï 東京 🎵\r\n" for number in range(5000))
    content = mark + f"title,artist\r\n{rows}".encode(encoding)
    found = imported(embedded, tmp_path, gzip.compress(content) if zipped else content)

    assert len(found) == 5000
    assert {track.artist for track in found} == {"Ünï 東京 🎵"}


def test_utf_16_that_breaks_off_costs_its_last_line(embedded: Database, tmp_path: Path) -> None:
    content = "title,artist\nT,X\nU,Y\nW,Z".encode("utf-16")[:-1]
    report = load_tracks(embedded, written(tmp_path, content))

    assert [track.title for track in tracks(embedded)] == ["T", "U"]
    assert rejections(report) == {"the line is not UTF-8 text": [4]}
    assert "name its encoding" in report.text()


def test_a_file_whose_lines_are_mostly_not_utf_8_is_refused_as_a_whole(
    embedded: Database, tmp_path: Path
) -> None:
    rows = "".join(f"Señor {number},X\n" for number in range(6)) + "T,X\n" * 5
    path = written(tmp_path, f"title,artist\n{rows}".encode("cp1252"))

    with pytest.raises(UnusableError, match="not UTF-8 text: name its encoding"):
        load_tracks(embedded, path)
    assert tracks(embedded) == []
    load_tracks(embedded, path, encoding="cp1252")
    assert tracks(embedded)[0].title == "Señor 0"


@pytest.mark.parametrize("good", [100, 1000])
def test_a_file_without_any_accent_in_utf_8_is_refused_if_many_lines_are_not(
    embedded: Database, tmp_path: Path, good: int
) -> None:
    rows = "Señor,X\n" * 10 + "T,X\n" * good
    path = written(tmp_path, f"title,artist\n{rows}".encode("latin-1"))

    with pytest.raises(UnusableError, match="name its encoding"):
        load_tracks(embedded, path)
    load_tracks(embedded, written(tmp_path, path.read_bytes() + "é,é\n".encode()))
    assert [track.title for track in tracks(embedded)] == ["T", "é"]


def test_utf_8_is_not_read_in_another_encoding(embedded: Database, tmp_path: Path) -> None:
    path = written(tmp_path, "title,artist\nCafé,X\nT,Señor\n")

    with pytest.raises(UnusableError, match="this file is UTF-8 text"):
        load_tracks(embedded, path, encoding="latin-1")
    assert tracks(embedded) == []


def test_quotes_after_a_space_are_quotes(embedded: Database, tmp_path: Path) -> None:
    content = 'TITLE, ARTIST, ALBUM\n"Les eaux de mars", "Stacey Kent", "A, B"\n'
    (track,) = imported(embedded, tmp_path, content)

    assert (track.title, track.artist, track.album) == ("Les eaux de mars", "Stacey Kent", "A, B")


@pytest.mark.parametrize(
    "content",
    [
        'title,artist\n"Les eaux, de mars" , "Stacey Kent" \n',
        'title,\tartist\n"Les eaux, de mars",\t"Stacey Kent"\n',
        'title,artist\n "Les eaux, de mars",\xa0"Stacey Kent"\n',
        'title , artist\n"Les eaux, de mars"  ,"Stacey Kent"\n',
        "'title','artist'\n'Les eaux, de mars','Stacey Kent'\n",
        "'title';'artist'\n'Les eaux, de mars';'Stacey Kent'\n",
    ],
)
def test_quotes_before_a_space_and_single_quotes_are_quotes(
    embedded: Database, tmp_path: Path, content: str
) -> None:
    (track,) = imported(embedded, tmp_path, content)

    assert (track.title, track.artist) == ("Les eaux, de mars", "Stacey Kent")


def test_quotes_may_be_escaped_by_backslashes_and_null_be_written_out(
    embedded: Database, tmp_path: Path
) -> None:
    content = 'title,artist,album\n"Say \\"hi\\", twice",X,\\N\n'
    (track,) = imported(embedded, tmp_path, content)

    assert (track.title, track.album) == ('Say "hi", twice', None)


LISTS = [
    "['art pop', 'dub']",
    '["art pop", "dub"]',
    "['art pop' 'dub']",
    "['art pop'\n 'dub']",
    "('art pop', 'dub')",
    "{'art pop','dub'}",
    '{"art pop",dub}',
    "frozenset({'art pop', 'dub'})",
    "array(['art pop', 'dub'], dtype=object)",
    '[{"name": "art pop", "id": 7}, {"name": "dub"}]',
    "[{'name': 'art pop', 'id': None}, {'name': 'dub'}]",
    "[art pop, dub]",
    "[u'art pop', None, u'dub', '']",
    "art pop;dub",
    "art pop|dub",
    "art pop, dub",
    '"[""art pop"", ""dub""]"',
]


@pytest.mark.parametrize("cell", LISTS)
def test_a_list_of_genres_is_read_however_it_is_written(
    embedded: Database, tmp_path: Path, cell: str
) -> None:
    quoted = cell if cell.startswith('"') else '"' + cell.replace('"', '""') + '"'
    track = one(embedded, tmp_path, "genres", quoted)

    assert (track.genre, track.genres) == ("art pop", "art pop;dub")


@pytest.mark.parametrize("cell", ["[]", "set()", "['']", "[None]", "()", "{}", "nan", "None"])
def test_an_empty_list_is_no_genre(embedded: Database, tmp_path: Path, cell: str) -> None:
    assert one(embedded, tmp_path, "genres", cell).genre is None


def test_a_genre_whose_name_holds_commas_is_one(embedded: Database, tmp_path: Path) -> None:
    assert one(embedded, tmp_path, "genre", '"Folk, World, & Country"').genre == (
        "Folk, World, & Country"
    )


@pytest.mark.parametrize(
    ("cell", "artist"),
    [
        ("['Uli']", "Uli"),
        ("['Uli', \"Guns N' Roses\"]", "Uli;Guns N' Roses"),
        ('["Beyonc\\u00e9", "AC\\/DC"]', "Beyoncé;AC/DC"),
        ("['it\\'s', 'x']", "it's;x"),
        ("[spunge]", "[spunge]"),
        ('("Weird Al") Yankovic', '("Weird Al") Yankovic'),
        ("(hed) p.e.", "(hed) p.e."),
        ("Tyler, The Creator", "Tyler, The Creator"),
        ("X (feat. Y)", "X (feat. Y)"),
    ],
)
def test_artists_are_read_from_lists_and_names_are_left_alone(
    embedded: Database, tmp_path: Path, cell: str, artist: str
) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    (track,) = imported(embedded, tmp_path, f"id,name,artists\na1,Carve,{quoted}\n")

    assert track.artist == artist


@pytest.mark.parametrize(
    "cell",
    [
        "['art pop', 'du",
        "['Guns N' Roses']",
        "[1, 2]",
        "[" * 900 + "1" + "]" * 900,
        "{'a(u}}&\t\nu&}",
        "[" * 90_000,
        "{'a'" * 900,
    ],
)
def test_a_list_that_cannot_be_read_is_told_and_not_taken_for_a_name(
    embedded: Database, tmp_path: Path, cell: str
) -> None:
    report = load_tracks(embedded, written(tmp_path, f'title,artist,genres\nT,X,"{cell}"\n'))

    assert tracks(embedded)[0].genre is None
    assert list(findings(report, "incomplete").values()) == [[2]]


EXPORTIFY = (
    "Track URI,Track Name,Album Name,Artist Name(s),Release Date,Duration (ms),Popularity,"
    "Explicit,Added By,Added At,Genres,Record Label,Danceability,Energy,Key,Loudness,Mode,"
    "Speechiness,Acousticness,Instrumentalness,Liveness,Valence,Tempo,Time Signature\n"
)
OLDER_EXPORTIFY = (
    '"Track URI","Track Name","Artist URI(s)","Artist Name(s)","Album URI","Album Name",'
    '"Album Artist URI(s)","Album Artist Name(s)","Album Release Date","Album Image URL",'
    '"Disc Number","Track Number","Track Duration (ms)","Track Preview URL","Explicit",'
    '"Popularity","ISRC","Added By","Added At"\n'
)


def test_exportify_is_read_as_it_is(embedded: Database, tmp_path: Path) -> None:
    row = (
        'spotify:track:7k4t,Tusa,Tusa,"KAROL G;Nicki Minaj",2019-11-07,200960,78,false,,'
        '2020-01-01T00:00:00Z,"reggaeton,latin pop",L,0.8,0.7,2,-3.3,1,0.3,0.3,0,0.05,0.57,101,4\n'
    )
    (track,) = imported(embedded, tmp_path, EXPORTIFY + row)

    assert (track.external_id, track.title, track.artist) == ("7k4t", "Tusa", "KAROL G;Nicki Minaj")
    assert (track.duration, track.duration_ms, track.release_date) == (201, 200_960, "2019-11-07")
    assert (track.genre, track.genres) == ("reggaeton", "reggaeton;latin pop")
    assert (track.explicit, track.mode, track.time_signature, track.key) == (False, 1, 4, "D")


@pytest.mark.parametrize(
    ("uris", "names", "artist"),
    [
        ("spotify:artist:1, spotify:artist:2", "KAROL G, Nicki Minaj", "KAROL G;Nicki Minaj"),
        ("spotify:artist:1", "Tyler, The Creator", "Tyler, The Creator"),
        ("spotify:artist:1, spotify:artist:2", "A, Tyler, The Creator", "A, Tyler, The Creator"),
    ],
)
def test_the_other_exportify_tells_by_its_uris_how_many_artists_there_are(
    embedded: Database, tmp_path: Path, uris: str, names: str, artist: str
) -> None:
    row = (
        f'"spotify:track:7k4t","Tusa","{uris}","{names}","spotify:album:1","Tusa","","KAROL G",'
        '"2019-11-07","","1","1","200960","","true","78","","",""\n'
    )
    (track,) = imported(embedded, tmp_path, OLDER_EXPORTIFY + row)

    assert (track.external_id, track.artist, track.album) == ("7k4t", artist, "Tusa")
    assert (track.duration_ms, track.release_date, track.explicit) == (200_960, "2019-11-07", True)


@pytest.mark.parametrize(
    ("names", "artist"),
    [("KAROL G,Nicki Minaj", "KAROL G;Nicki Minaj"), ("Earth, Wind & Fire", "Earth, Wind & Fire")],
)
def test_commas_separate_artists_where_the_column_says_that_there_are_several(
    embedded: Database, tmp_path: Path, names: str, artist: str
) -> None:
    (track,) = imported(embedded, tmp_path, f'Track Name,Artist Name(s)\nT,"{names}"\n')

    assert track.artist == artist


@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        ("spotify:track:7k4t", "7k4t"),
        ("https://open.spotify.com/track/7k4t?si=x", "7k4t"),
        ("https://open.spotify.com/intl-de/track/7k4t", "7k4t"),
        ("spotify:local:A:B:C:200", None),
        ("12345.0", "12345"),
        ("=\"\"0042\"\"", "0042"),
        ("nan", None),
        ("#REF!", None),
        ("0042", "0042"),
    ],
)  # fmt: skip
def test_ids_are_freed_from_addresses_and_spreadsheets(
    embedded: Database, tmp_path: Path, cell: str, stored: str | None
) -> None:
    (track,) = imported(embedded, tmp_path, f'track_id,title,artist\n"{cell}",T,X\n')

    assert track.external_id == stored


@pytest.mark.parametrize("cell", ["1.23E+10", "5E+15", "1,23E+10", "-1.2e+9"])
def test_an_id_that_a_spreadsheet_has_rounded_is_told_and_does_not_join_tracks(
    embedded: Database, tmp_path: Path, cell: str
) -> None:
    content = f'id,title,artist\n"{cell}",One,X\n"{cell}",Two,X\n"{cell}",,X\n'
    report = load_tracks(embedded, written(tmp_path, content))

    assert [(each.title, each.external_id) for each in tracks(embedded)] == [
        ("One", None),
        ("Two", None),
    ]
    reason = "external_id is a number that a spreadsheet has rounded"
    assert findings(report, "incomplete") == {reason: [2, 3]}
    assert rejections(report) == {reason: [4]}


@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        ("2019-11-07T00:00:00Z", "2019-11-07"),
        ("2019-11-07 00:00:00", "2019-11-07"),
        ("2019/11/7", "2019-11-07"),
        ("20191107", "2019-11-07"),
        ("07.11.2019", "2019-11-07"),
        ("13/11/2019", "2019-11-13"),
        ("11/13/2019", "2019-11-13"),
        ("7 Nov 2019", "2019-11-07"),
        ("November 7, 2019", "2019-11-07"),
        ("07-Nov-2019", "2019-11-07"),
        ("Nov 2019", "2019-11"),
        ("2019-11-00", "2019-11"),
        ("2019-00-00", "2019"),
        ("0000-00-00", None),
        ("07/11/2019", None),
        ("07/11/19", None),
        ("1573084800", None),
        ("2019-02-30", None),
    ],
)
def test_dates_are_read_where_they_can_mean_one_day_only(
    embedded: Database, tmp_path: Path, cell: str, stored: str | None
) -> None:
    assert one(embedded, tmp_path, "release_date", f'"{cell}"').release_date == stored


@pytest.mark.parametrize(
    ("column", "cell", "seconds", "milliseconds"),
    [
        ("duration_ms", "210826", 211, 210_826),
        ("duration_ms", "210826.0", 211, 210_826),
        ("duration_ms", '"210,826"', 211, 210_826),
        ("duration_ms", "210.826", 211, 210_826),
        ("duration", "3:45", 225, None),
        ("duration", "1:02:03", 3723, None),
        ("duration", "PT3M45S", 225, None),
        ("duration", '"225,4"', 225, None),
        ("duration", '"1,225"', None, None),
        ("duration,duration_ms", "211,210826", 211, 210_826),
    ],
)
def test_lengths_are_read_in_several_shapes_and_milliseconds_stay_exact(
    embedded: Database,
    tmp_path: Path,
    column: str,
    cell: str,
    seconds: int | None,
    milliseconds: int | None,
) -> None:
    track = one(embedded, tmp_path, column, cell)

    assert (track.duration, track.duration_ms) == (seconds, milliseconds)


def test_lengths_of_one_row_that_differ_are_told(embedded: Database, tmp_path: Path) -> None:
    content = "title,artist,duration,duration_ms\nT,X,100,210826\n"
    report = load_tracks(embedded, written(tmp_path, content))

    (track,) = tracks(embedded)
    assert (track.duration, track.duration_ms) == (100, None)
    assert list(findings(report, "contradictory").values()) == [[2]]


@pytest.mark.parametrize(
    ("column", "cell", "stored"),
    [
        ("mode", "1", 1), ("mode", "0.0", 0), ("mode", "Major", 1), ("mode", "minor", 0),
        ("mode", "-1", None), ("mode", "2", None),
        ("time_signature", "4", 4), ("time_signature", "4/4", 4), ("time_signature", "0", None),
        ("liveness", "0.5", 0.5), ("liveness", "1.5", None),
        ("explicit", "True", True), ("explicit", "0", False), ("explicit", "no", False),
        ("explicit", "maybe", None),
        ("energy", "\N{MINUS SIGN}0.5", None), ("energy", '"1,5"', None),
        ("loudness", "\N{MINUS SIGN}5.5", -5.5), ("tempo", '"1,2,3"', None),
    ],
)  # fmt: skip
def test_further_columns_are_kept(
    embedded: Database, tmp_path: Path, column: str, cell: str, stored: object
) -> None:
    assert getattr(one(embedded, tmp_path, column, cell), column) == stored


def test_all_columns_of_a_track_come_back_unchanged_and_a_second_import_changes_nothing(
    database: Database, tmp_path: Path
) -> None:
    content = (
        "track_id,title,artist,mode,time_signature,liveness,explicit,duration_ms\n"
        "a,T,X,0,3,0.358,True,230666\nb,U,X,1,4,0.1,False,180001\n"
    )
    path = written(tmp_path, content)
    first, second = load_tracks(database, path), load_tracks(database, path)

    assert (counts(first), counts(second)) == ({"inserted": 2}, {"unchanged": 2})
    kept = [
        (t.mode, t.time_signature, t.liveness, t.explicit, t.duration_ms) for t in tracks(database)
    ]
    assert kept == [(0, 3, 0.358, True, 230_666), (1, 4, 0.1, False, 180_001)]
    seconds = written(tmp_path, "track_id,title,artist,duration\na,T,X,99\n")
    load_tracks(database, seconds)
    assert [(t.duration, t.duration_ms) for t in tracks(database)] == [(99, None), (180, 180_001)]


def test_a_bad_optional_cell_costs_that_cell_only(database: Database, tmp_path: Path) -> None:
    rows = [
        "1,A,B,120,nan,2019",
        "2,C,D,120,0.5,2019-11-07T00:00:00Z",
        "3,E,F,120,1.0000001,07/11/2019",
    ]
    content = "external_id,title,artist,tempo,energy,release_date\n" + "\n".join(rows)
    report = load_tracks(database, written(tmp_path, content))

    assert counts(report) == {"inserted": 3, "incomplete": 3}
    assert [(each.energy, each.release_date) for each in tracks(database)] == [
        (None, "2019"),
        (0.5, "2019-11-07"),
        (None, None),
    ]
    assert findings(report, "incomplete") == {
        "energy is not a finite number": [2],
        "energy is out of range (0 to 1)": [4],
        "release_date is not YYYY, YYYY-MM or YYYY-MM-DD": [4],
    }


def test_rows_of_one_id_that_contradict_each_other_are_told_by_column(
    database: Database, tmp_path: Path
) -> None:
    content = (
        "external_id,title,artist,tempo,genre\n9,Alpha,One,100,rock\n9,Beta,Two,180,rock\n"
        "9,Alpha,One,101,pop\n9,Alpha,One,100,rock\n"
    )
    report = load_tracks(database, written(tmp_path, content))

    assert counts(report) == {"inserted": 1, "merged": 3}
    assert findings(report, "contradictory") == {
        "title, artist, tempo: not as on an earlier line, which counts": [3],
        "tempo: not as on an earlier line, which counts": [4],
    }
    assert findings(report, "merged") == {
        "contradicts a track of an earlier line": [3],
        "adds a genre to a track of an earlier line": [4],
        "says nothing new about a track of an earlier line": [5],
    }
    (track,) = tracks(database)
    assert (track.title, track.artist, track.tempo, track.genres) == (
        "Alpha",
        "One",
        100,
        "rock;pop",
    )
