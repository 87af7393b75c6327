"""Which column of a file means what: the aliases that imports understand."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.importing.source import UnusableError
from service.importing.values import RejectError

TRACK_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "external_id": (
        "external_id", "track_id", "spotify_id", "spotify_track_id", "track_uri",
        "spotify_track_uri", "spotify_uri", "id", "song_id", "uri",
    ),
    "title": (
        "title", "track_name", "track_title", "name", "song_name", "song_title", "track", "song",
    ),
    "artist": (
        "artists", "artist_name_s", "artist_names", "artist_s", "artist_s_name", "artist",
        "track_artists", "track_artist", "artists_names", "artist_name", "artists_name",
    ),
    "artist_ids": ("artist_uri_s", "artist_uris", "artist_ids", "artist_id_s"),
    "album": ("album", "album_name", "track_album_name", "album_title"),
    "genre": (
        "genres", "genre", "track_genre", "artist_genres", "artist_genre", "playlist_genre",
        "top_genre", "main_genre", "music_genre",
    ),
    "duration": (
        "duration", "duration_s", "duration_sec", "duration_seconds", "length", "track_duration",
    ),
    "duration_ms": (
        "duration_ms", "track_duration_ms", "song_duration_ms", "length_ms", "duration_millis",
        "milliseconds",
    ),
    "tempo": ("tempo", "bpm"),
    "key": ("key",),
    "energy": ("energy",),
    "danceability": ("danceability",),
    "valence": ("valence", "audio_valence"),
    "acousticness": ("acousticness",),
    "instrumentalness": ("instrumentalness",),
    "loudness": ("loudness",),
    "speechiness": ("speechiness",),
    "popularity": ("popularity", "track_popularity", "song_popularity"),
    "release_date": (
        "release_date", "track_album_release_date", "album_release_date", "track_release_date",
        "album_date",        "released", "release_year", "year",
    ),
    "mode": ("mode", "audio_mode"),
    "time_signature": ("time_signature",),
    "liveness": ("liveness",),
    "explicit": ("explicit", "is_explicit", "track_explicit"),
}  # fmt: skip
"""Field -> column names, best first."""

INTERACTION_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "user": ("user", "user_id", "username", "user_name", "listener", "listener_id", "playlist_id"),
    "track": (
        "track", "track_id", "external_id", "spotify_track_uri", "track_uri", "spotify_track_id",
        "spotify_id", "spotify_uri", "song_id", "uri",
    ),
    "title": (
        "title", "track_name", "track_title", "song", "song_name", "song_title",
        "master_metadata_track_name", "name",
    ),
    "artist": (
        "artist", "artists", "artist_name", "artist_name_s", "artist_names", "track_artist",
        "master_metadata_album_artist_name",
    ),
    "action": ("action", "event", "interaction"),
    "created_at": (
        "created_at", "timestamp", "ts", "end_time", "played_at", "listened_at", "datetime",
        "date_time", "uts", "utc_time", "date",
    ),
    "rating": ("rating",),
    "listen_duration": ("listen_duration", "seconds_played"),
    "ms_played": ("ms_played", "listen_duration_ms"),
    "skipped": ("skipped",),
    "reason_end": ("reason_end",),
    "episode": ("episode_name", "episode_show_name", "spotify_episode_uri"),
    "audiobook": ("audiobook_title", "audiobook_chapter_title", "audiobook_uri"),
}  # fmt: skip

PLAYLIST_COLUMNS: Mapping[str, tuple[str, ...]] = {
    **INTERACTION_COLUMNS,
    "position": ("position",),
}

FALLING_BACK = frozenset({"artist", "genre", "release_date"})
"""Fields for which an empty cell of the best column is looked up in the next: a file may have both
``artists`` (all names) and ``artist`` (the first)."""
SEVERAL_ARTISTS = frozenset({"artist_name_s", "artist_s", "artist_s_name"})
"""Columns whose names say that commas may separate artists."""

_SHOWN = 40
_NEW_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_LETTER = re.compile(r"[^\w%]+|_+")


@dataclass(frozen=True, slots=True)
class Header:
    """Where the fields stand in a row."""

    cells: list[str]
    """The header line as it stands in the file."""
    places: Mapping[str, tuple[int, ...]]
    """Field -> positions, best first; only the fields that the file has."""
    names: tuple[str, ...]
    """The column names as compared: see `plain_name`."""
    unused: tuple[str, ...]

    @property
    def width(self) -> int:
        """The number of cells of each row."""
        return len(self.cells)

    def is_repeated_by(self, cells: list[str]) -> bool:
        """Tell whether a row is this header once more, as where files were joined."""
        return cells == self.cells


def plain_name(column: str) -> str:
    """Return a column name as compared: ``Artist Name(s)`` and ``artistName_s`` alike."""
    return _NO_LETTER.sub("_", _NEW_WORD.sub("_", column.strip())).strip("_").lower()


def match_header(
    cells: list[str],
    fields: Mapping[str, tuple[str, ...]],
    *,
    needed: tuple[str, ...],
    falling_back: Iterable[str] = FALLING_BACK,
) -> Header:
    """Find the fields in a header line; raise `UnusableError` if one of ``needed`` is missing."""
    names = tuple(plain_name(cell) for cell in cells)
    places: dict[str, tuple[int, ...]] = {}
    for field, aliases in fields.items():
        for alias in aliases:
            if names.count(alias) > 1:
                raise UnusableError(f"there are two columns named {alias}")
        if found := tuple(names.index(alias) for alias in aliases if alias in names):
            places[field] = found if field in falling_back else found[:1]
    missing = [_alternatives(fields[field]) for field in needed if field not in places]
    if missing:
        raise UnusableError(
            f"there is no column {' and none '.join(missing)}. Columns found: "
            + ", ".join(shown(cell, at) for at, cell in enumerate(cells[:20], 1))
        )
    used = {place for found in places.values() for place in found}
    unused = tuple(shown(cells[at], at + 1) for at in range(len(cells)) if at not in used)
    return Header(cells, places, names, unused)


def check_shape(cells: list[str], header: Header) -> None:
    """Raise `RejectError` for a row that cannot be one of the file with this header."""
    if len(cells) != len(header.cells):
        raise RejectError("the number of fields differs from the header's")
    if header.is_repeated_by(cells):
        raise RejectError("the line repeats the header")


def shown(name: str, position: int) -> str:
    """Return a column name that is safe to print."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in name.strip())
    if not clean:
        return f"(column {position})"
    return clean if len(clean) <= _SHOWN else clean[:_SHOWN] + "..."


def _alternatives(aliases: tuple[str, ...]) -> str:
    return " or ".join(aliases[:4])
