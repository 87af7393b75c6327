"""Which column of a file means what: the aliases that imports understand."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.importing.source import UnusableError

TRACK_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "external_id": ("external_id", "track_id", "id"),
    "title": ("title", "track_name", "name"),
    "artist": ("artists", "artist", "track_artist", "artist_name"),
    "album": ("album", "album_name", "track_album_name"),
    "genre": ("genres", "genre", "track_genre", "playlist_genre"),
    "duration": ("duration",),
    "duration_ms": ("duration_ms",),
    "tempo": ("tempo",),
    "key": ("key",),
    "energy": ("energy",),
    "danceability": ("danceability",),
    "valence": ("valence",),
    "acousticness": ("acousticness",),
    "instrumentalness": ("instrumentalness",),
    "loudness": ("loudness",),
    "speechiness": ("speechiness",),
    "popularity": ("popularity", "track_popularity"),
    "release_date": ("release_date", "track_album_release_date"),
}
"""Field -> column names, best first."""

INTERACTION_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "user": ("user", "user_id", "playlist_id"),
    "track": ("track", "track_id"),
    "action": ("action",),
    "created_at": ("created_at", "timestamp"),
    "rating": ("rating",),
    "listen_duration": ("listen_duration",),
}

PLAYLIST_COLUMNS: Mapping[str, tuple[str, ...]] = {
    **INTERACTION_COLUMNS,
    "position": ("position",),
}

FALLING_BACK = frozenset({"artist", "genre"})
"""Fields for which an empty cell of the best column is looked up in the next: a file may have both
``artists`` (all names) and ``artist`` (the first)."""

_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Header:
    """Where the fields stand in a row."""

    width: int
    places: Mapping[str, tuple[int, ...]]
    """Field -> positions, best first; only the fields that the file has."""
    names: tuple[str, ...]
    """The column names as compared: trimmed, lower case, spaces as underscores."""
    unused: tuple[str, ...]


def match_header(
    cells: list[str], fields: Mapping[str, tuple[str, ...]], *, needed: tuple[str, ...]
) -> Header:
    """Find the fields in a header line; raise `UnusableError` if one of ``needed`` is missing."""
    names = tuple(cell.strip().lower().replace(" ", "_") for cell in cells)
    places: dict[str, tuple[int, ...]] = {}
    for field, aliases in fields.items():
        for alias in aliases:
            if names.count(alias) > 1:
                raise UnusableError(f"there are two columns named {alias}")
        if found := tuple(names.index(alias) for alias in aliases if alias in names):
            places[field] = found if field in FALLING_BACK else found[:1]
    missing = [_alternatives(fields[field]) for field in needed if field not in places]
    if missing:
        raise UnusableError(
            f"there is no column {' and none '.join(missing)}. Columns found: "
            + ", ".join(shown(cell, at) for at, cell in enumerate(cells[:20], 1))
        )
    used = {place for found in places.values() for place in found}
    unused = tuple(shown(cells[at], at + 1) for at in range(len(cells)) if at not in used)
    return Header(len(cells), places, names, unused)


def shown(name: str, position: int) -> str:
    """Return a column name that is safe to print."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in name.strip())
    if not clean:
        return f"(column {position})"
    return clean if len(clean) <= _SHOWN else clean[:_SHOWN] + "..."


def _alternatives(aliases: tuple[str, ...]) -> str:
    return " or ".join(aliases)
